/** Posts to the bot's interactions endpoint: each interaction once, within three seconds, and the probes of Discord. */
import { isObject } from "./json.ts";
import type { Signer } from "./signing.ts";

/** A POST to the endpoint, and what came back. */
export type EndpointPost = {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Epoch ms, by the emulator's clock. */
  readonly at: number;
  readonly tookMs: number;
  /** Null: no whole answer came in time. */
  readonly status: number | null;
  readonly answer: string;
};

/** How often the clock is looked at while an answer is waited for. */
const LOOK_MS = 10;

export class Endpoint {
  readonly #signer: Signer;
  readonly #now: () => number;
  readonly posts: EndpointPost[] = [];
  #cutsLeft = 0;

  constructor(signer: Signer, now: () => number) {
    this.#signer = signer;
    this.#now = now;
  }

  /** The connections of the next posts break before their answer. */
  cutNext(count: number): void {
    this.#cutsLeft += count;
  }

  get cutsLeft(): number {
    return this.#cutsLeft;
  }

  heal(): void {
    this.#cutsLeft = 0;
  }

  /** Posts a body, well signed. Never rejects. */
  async post(url: string, body: string, withinMs: number): Promise<EndpointPost> {
    return this.send(url, body, this.#signer.headersFor(body, this.#seconds()), withinMs);
  }

  /** Posts a body with these headers. Never rejects. */
  async send(url: string, body: string, headers: EndpointPost["headers"], withinMs: number): Promise<EndpointPost> {
    const at = this.#now();
    const abort = new AbortController();
    const timer = setInterval(() => this.#now() - at > withinMs && abort.abort(), LOOK_MS);
    const answered = await fetch(url, { method: "POST", body, headers, signal: abort.signal, redirect: "manual" })
      .then(async (response) => ({ status: response.status, answer: await response.text() }))
      .catch(() => ({ status: null, answer: "" }));
    clearInterval(timer);
    const tookMs = this.#now() - at;
    const isCut = this.#cutsLeft > 0;
    if (isCut) this.#cutsLeft -= 1;
    const isLost = isCut || tookMs > withinMs;
    const post = { body, headers, at, tookMs, ...(isLost ? { status: null, answer: "" } : answered) };
    this.posts.push(post);
    return post;
  }

  /** What Discord asks before it takes an endpoint, and now and then later: a ping, and one that is wrongly signed. */
  async isSound(url: string, applicationId: string, id: string, withinMs: number): Promise<boolean> {
    const ping = {
      application_id: applicationId,
      entitlements: [],
      id,
      token: "probe",
      type: 1,
      user: null,
      version: 1,
    };
    const body = JSON.stringify(ping);
    const pong = await this.post(url, body, withinMs);
    if (pong.status !== 200 || !isPong(pong.answer)) return false;
    return this.refusesForged(url, body, withinMs);
  }

  /** Whether a body that somebody else signed gets 401. */
  async refusesForged(url: string, body: string, withinMs: number): Promise<boolean> {
    const headers = this.#signer.headersFor(body, this.#seconds());
    const forged = { ...headers, "x-signature-ed25519": "00".repeat(64) };
    return (await this.send(url, body, forged, withinMs)).status === 401;
  }

  #seconds(): number {
    return Math.floor(this.#now() / 1000);
  }
}

function isPong(answer: string): boolean {
  try {
    const json: unknown = JSON.parse(answer);
    return isObject(json) && json["type"] === 1;
  } catch {
    return false;
  }
}
