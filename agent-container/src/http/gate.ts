/** Who is let in, told by a request's headers alone. */
import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { AGENT_TOKEN } from "../../../protocol/agent-token.ts";

export type Gate = {
  /** What each invocation must bring; undefined where only the runtime can reach the process. */
  readonly token: string | undefined;
  /** The process listens on the loopback alone, and so has no other name than that. */
  readonly isLoopback: boolean;
};

const LOOPBACK_HOST = /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/i;

/** False for a page whose own name was made to point here: a browser sends that name. */
export function isCalledByName(headers: IncomingHttpHeaders, { isLoopback }: Gate): boolean {
  return !isLoopback || LOOPBACK_HOST.test(headers.host ?? "");
}

/** Compares in constant time. */
export function bringsToken(headers: IncomingHttpHeaders, { token }: Gate): boolean {
  if (token === undefined) return true;
  const brought = headers[AGENT_TOKEN.header];
  if (typeof brought !== "string") return false;
  const [given, expected] = [Buffer.from(brought), Buffer.from(token)];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
