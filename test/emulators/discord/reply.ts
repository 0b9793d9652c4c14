/** What goes back over HTTP: an answer, a refusal, a page of something in front of Discord. */
import type { ServerResponse } from "node:http";
import { DiscordFailure } from "./failure.ts";
import type { Json } from "./json.ts";
import type { TooMany, Verdict } from "./rates.ts";

export type Reply = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
  readonly bytes?: Uint8Array;
  /** The call did what it is there for. */
  readonly isCarriedOut?: boolean;
  /** Discord's code of a refusal. */
  readonly code?: number;
};

/** The refusal that was thrown. Throws anything else again. */
export function failed(error: unknown): Reply {
  if (!(error instanceof DiscordFailure)) throw error;
  return { status: error.status, code: error.code, json: error.toBody() };
}

/** 429: the wait in seconds, exact in the body and rounded up in the header. */
export function refuseTooMany({ headers }: Verdict, { retryAfterMs, scope, code }: TooMany): Reply {
  const isGlobal = scope === "global";
  const message = scope === "shared" ? "The resource is being rate limited." : "You are being rate limited.";
  const retryAfterS = Math.ceil(retryAfterMs) / 1000;
  const json: Json = { message, retry_after: retryAfterS, global: isGlobal, ...(code !== undefined && { code }) };
  const limits = isGlobal ? { "x-ratelimit-global": "true" } : headers;
  const retry = { "retry-after": String(Math.ceil(retryAfterS)), "x-ratelimit-scope": scope };
  return { status: 429, json, headers: { ...limits, ...retry }, ...(code !== undefined && { code }) };
}

/** Whoever is shut out sees no answer of Discord, but of what stands in front of it. */
export function shutOut(leftMs: number): Reply {
  const headers = { "retry-after": String(Math.ceil(leftMs / 1000)), "content-type": "text/plain" };
  return { status: 429, text: "error code: 1015", headers };
}

export function respond(response: ServerResponse, { status, headers = {}, json, text, bytes }: Reply): void {
  const isJson = json !== undefined;
  response.writeHead(status, { ...(isJson && { "content-type": "application/json" }), ...headers });
  response.end(isJson ? JSON.stringify(json) : (text ?? bytes));
}

/** Sends half of a file, and nothing more. */
export function breakOff(response: ServerResponse, reply: Reply, then: () => void): void {
  const { status, headers = {}, bytes = new Uint8Array() } = reply;
  response.writeHead(status, { ...headers, "content-length": String(bytes.length) });
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), then);
}
