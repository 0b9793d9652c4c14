/** Reads what the Gateway sends ("Gateway Event Payload Structure"), and writes what it is sent. Pure. */
import * as v from "valibot";
import type { Payload } from "./gateway-state.ts";
import type { Wanted } from "./wanted.ts";

/** A dispatched event (op 0) with its number. */
export type Arrival = { readonly name: string; readonly seq: number; readonly data: unknown };

export type Frame =
  | ({ readonly kind: "dispatch" } & Arrival)
  | { readonly kind: "heartbeat_asked" }
  | { readonly kind: "reconnect" }
  | { readonly kind: "invalid_session"; readonly isResumable: boolean }
  | { readonly kind: "hello"; readonly intervalMs: number }
  | { readonly kind: "acked" }
  /** Of a kind that we do not know, or nothing at all. */
  | { readonly kind: "unknown" };

const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const frame = v.variant("op", [
  v.object({ op: v.literal(0), t: v.string(), s: seq, d: v.unknown() }),
  v.object({ op: v.literal(1) }),
  v.object({ op: v.literal(7) }),
  v.object({ op: v.literal(9), d: v.optional(v.unknown()) }),
  v.object({ op: v.literal(10), d: v.object({ heartbeat_interval: v.pipe(v.number(), v.minValue(1)) }) }),
  v.object({ op: v.literal(11) }),
]);

const UNKNOWN: Frame = { kind: "unknown" };

/** One text frame. */
export function readFrame(text: string): Frame {
  const parsed = v.safeParse(frame, parseJson(text));
  if (!parsed.success) return UNKNOWN;
  const { output } = parsed;
  switch (output.op) {
    case 0:
      return { kind: "dispatch", name: output.t, seq: output.s, data: output.d };
    case 1:
      return { kind: "heartbeat_asked" };
    case 7:
      return { kind: "reconnect" };
    case 9:
      return { kind: "invalid_session", isResumable: output.d === true };
    case 10:
      return { kind: "hello", intervalMs: output.d.heartbeat_interval };
    case 11:
      return { kind: "acked" };
  }
}

const PROPERTIES = { os: "cloudflare-workers", browser: "agent-claw", device: "agent-claw" } as const;

/** One text frame. It holds the token: never in a log. */
export function writeFrame(payload: Payload, { intents, settings: { botToken: token } }: Wanted): string {
  switch (payload.kind) {
    case "heartbeat":
      return JSON.stringify({ op: 1, d: payload.seq });
    case "identify":
      return JSON.stringify({ op: 2, d: { token, intents, properties: PROPERTIES } });
    case "resume":
      return JSON.stringify({ op: 6, d: { token, session_id: payload.sessionId, seq: payload.seq } });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
