/** Faults that a test scripts: each is used up by the calls that it hits. */

export type Fault = {
  /** Which calls; absent: any method, any chat. The download of a file is called `file`. */
  readonly method?: string;
  readonly chatId?: number;
  /** How many calls; one if absent. */
  readonly times?: number;
} & (
  | { readonly kind: "status"; readonly status: number; readonly description?: string }
  /** A page of something in front of Telegram, which never sees the call. */
  | { readonly kind: "page"; readonly status: number }
  /** 429; from then on every call of the bot is refused until the time has passed. */
  | { readonly kind: "too_many"; readonly retryAfterS: number }
  /** The connection breaks before the call is carried out, or after it and before the answer; in the midst of a file. */
  | { readonly kind: "cut_before" }
  | { readonly kind: "cut_after" }
  /** The call is carried out and the answer, or half of a file, kept back until the emulator closes. */
  | { readonly kind: "hang" }
);

export class Faults {
  #scripted: { fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#scripted.push({ fault, left: fault.times ?? 1 });
  }

  /** How many uses are left of all faults together. */
  get left(): number {
    return this.#scripted.reduce((sum, { left }) => sum + left, 0);
  }

  clear(): void {
    this.#scripted = [];
  }

  /** The fault for this call, if any; it has then one use less. */
  take(method: string, params: Readonly<Record<string, unknown>>): Fault | null {
    const hit = this.#scripted.find(
      ({ fault }) =>
        (fault.method === undefined || fault.method === method) &&
        (fault.chatId === undefined || fault.chatId === params["chat_id"]),
    );
    if (!hit) return null;
    hit.left -= 1;
    if (hit.left <= 0) this.#scripted = this.#scripted.filter((other) => other !== hit);
    return hit.fault;
  }
}
