/** Faults that a test scripts: each is used up by the calls that it hits. */

export type RateScope = "user" | "global" | "shared";

export type Fault = {
  /** Which calls; absent: any. The route is a template: "/channels/{channel_id}/messages". */
  readonly method?: string;
  readonly route?: string;
  readonly channelId?: string;
  /** Of an interaction: calls by its token. */
  readonly token?: string;
  /** How many such calls go through first. */
  readonly skip?: number;
  /** How many calls; one if absent. */
  readonly times?: number;
} & (
  | { readonly kind: "status"; readonly status: number; readonly code?: number; readonly message?: string }
  /** A page of something in front of Discord, which never sees the call. */
  | { readonly kind: "page"; readonly status: number }
  /** 429; until the time has passed, calls of the same scope are refused. `code`: 20028 of a channel, for instance. */
  | { readonly kind: "too_many"; readonly retryAfterS: number; readonly scope?: RateScope; readonly code?: number }
  /** The connection breaks before the call is carried out, or after it and before the answer. */
  | { readonly kind: "cut_before" }
  | { readonly kind: "cut_after" }
  /** Carried out, and the answer kept back until the emulator closes, or for so long by the real clock. */
  | { readonly kind: "hang" }
  | { readonly kind: "slow"; readonly delayMs: number }
  /** Carried out, and answered with a status of success and something that is no JSON. */
  | { readonly kind: "garbage"; readonly text?: string }
);

export type Hit = {
  readonly method: string;
  readonly route: string;
  readonly channelId: string | undefined;
  readonly token: string | undefined;
};

export class Faults {
  #scripted: { readonly fault: Fault; skip: number; left: number }[] = [];

  add(fault: Fault): void {
    this.#scripted.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 });
  }

  /** How many uses are left of all faults together. */
  get left(): number {
    return this.#scripted.reduce((sum, { left }) => sum + left, 0);
  }

  clear(): void {
    this.#scripted = [];
  }

  /** The fault for this call, if any; it has then one use less. */
  take({ method, route, channelId, token }: Hit): Fault | null {
    const matching = this.#scripted.filter(
      ({ fault }) =>
        (fault.method === undefined || fault.method === method) &&
        (fault.route === undefined || fault.route === route) &&
        (fault.channelId === undefined || fault.channelId === channelId) &&
        (fault.token === undefined || fault.token === token),
    );
    const hit = matching.find(({ skip }) => skip === 0);
    for (const other of matching) if (other.skip > 0) other.skip -= 1;
    if (!hit) return null;
    hit.left -= 1;
    if (hit.left <= 0) this.#scripted = this.#scripted.filter((other) => other !== hit);
    return hit.fault;
  }
}
