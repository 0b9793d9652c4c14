/** What the load generator is asked for and what it answers. */

export type LoadJob = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** One request each, in this order. */
  readonly bodies: readonly string[];
  readonly pace: Pace;
  /** Each request is signed at the moment when it is sent, as Discord does. */
  readonly signing?: Signing;
  /** Whether each answer is told as soon as it is there. */
  readonly tellsAnswers?: boolean;
};

export type Signing = {
  /** Ed25519, as PKCS #8 in PEM. */
  readonly privateKey: string;
};

export type Pace =
  /** `connections` clients; each sends its next request when it has its answer. */
  | { readonly kind: "closed"; readonly connections: number }
  /** A request every `1/perSecond`, whatever the answers do; latency counts from when it was due. */
  | { readonly kind: "open"; readonly perSecond: number };

export type LoadAnswer = {
  readonly kind: "answer";
  /** Which of the bodies it answers. */
  readonly index: number;
  /** 0: there was none. */
  readonly status: number;
  readonly body: string;
};

export type LoadReport = {
  readonly kind: "report";
  /** One per request, in ms. */
  readonly latencies: readonly number[];
  /** From the first request to the last answer. */
  readonly elapsedMs: number;
  /** How many answers had each status; 0: there was none. */
  readonly statuses: Readonly<Record<number, number>>;
};
