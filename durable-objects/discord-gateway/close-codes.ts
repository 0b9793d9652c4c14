/** What a close of Discord's asks for ("Gateway Close Event Codes"), and the codes that we close with. Pure. */
import type { GatewayStop } from "../../protocol/owner-news.ts";

export type CloseMeaning =
  /** The session waits to be resumed. */
  | { readonly kind: "resume" }
  /** The session is gone. */
  | { readonly kind: "new_session" }
  | { readonly kind: "stop"; readonly reason: GatewayStop };

/** Ours. Any but 1000 and 1001 leaves the session to be resumed; 1000 ends it. */
export const CLOSE_TO_RESUME = 4_900;
export const CLOSE_FOR_GOOD = 1_000;

const MEANINGS: Readonly<Record<number, CloseMeaning>> = {
  4003: { kind: "new_session" },
  4004: { kind: "stop", reason: "authentication" },
  4007: { kind: "new_session" },
  4009: { kind: "new_session" },
  4010: { kind: "stop", reason: "shard" },
  4011: { kind: "stop", reason: "shard" },
  4012: { kind: "stop", reason: "api_version" },
  4013: { kind: "stop", reason: "invalid_intents" },
  4014: { kind: "stop", reason: "disallowed_intents" },
};

/**
 * A code that is not known, none at all, and 1000 or 1001 of the other side leave the session as it is, as far as anybody
 * says; if it is not, RESUME is answered by op 9.
 */
export function meaningOf(code: number | null): CloseMeaning {
  return (code !== null && MEANINGS[code]) || { kind: "resume" };
}
