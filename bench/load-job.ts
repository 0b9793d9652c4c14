/** What the load generator is asked for and what it answers. */

export type LoadJob = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** One request each, in this order. */
  readonly bodies: readonly string[];
  readonly pace: Pace;
};

export type Pace =
  /** `connections` clients; each sends its next request when it has its answer. */
  | { readonly kind: "closed"; readonly connections: number }
  /** A request every `1/perSecond`, whatever the answers do; latency counts from when it was due. */
  | { readonly kind: "open"; readonly perSecond: number };

export type LoadReport = {
  /** One per request, in ms. */
  readonly latencies: readonly number[];
  /** From the first request to the last answer. */
  readonly elapsedMs: number;
  /** How many answers had each status; 0: there was none. */
  readonly statuses: Readonly<Record<number, number>>;
};
