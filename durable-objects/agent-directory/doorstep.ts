/** Which chats are worth waking their session for: a session that is called is stored, even if it keeps nothing. */
import { assertNever } from "../../protocol/assert.ts";
import { ACCESS_BOUNDS } from "../../protocol/bounds.ts";
import { parseSessionKey, type SessionKey } from "../../protocol/session-key.ts";
import { policyOfKey } from "./access.ts";
import { readOpenCodes } from "./codes.ts";
import type { DirectoryContext } from "./directory-context.ts";
import { strangersCodes } from "./pairing.ts";
import { channelOf } from "./roster.ts";

/**
 * What came in a chat: a message, one that is to join the chat to somebody, something else, or a change of the chat itself,
 * of which the owner may have to be told where nobody is heard.
 */
export type Arrival = "message" | "link" | "happening" | "change";

export class Doorstep {
  readonly #directory: DirectoryContext;
  /** Strangers whose session was called to ask for a code, and until when it may be on its way. */
  readonly #called = new Map<SessionKey, number>();

  constructor(directory: DirectoryContext) {
    this.#directory = directory;
  }

  /**
   * Whether the session would say or keep anything of it. Of strangers only those who have a code or can still get one, and
   * those who type a link code while there is one.
   */
  isWorthWaking(session: SessionKey, what: Arrival, now: number): boolean {
    const { access } = policyOfKey(session, this.#directory.standing());
    switch (access.kind) {
      case "admitted":
        return true;
      case "group":
        return access.listens || what === "change";
      case "ignored":
      case "tasks":
        return false;
      case "stranger":
        return this.#isWorthMeeting(session, what, now);
      default:
        return assertNever(access);
    }
  }

  /** The session has asked for the code, or for whatever else it was called for. */
  isThere(session: SessionKey): void {
    this.#called.delete(session);
  }

  #isWorthMeeting(session: SessionKey, what: Arrival, now: number): boolean {
    const pairings = strangersCodes(this.#directory, now);
    if (pairings.some((code) => code.session === session)) return true;
    if (what === "happening" || what === "change") return false;
    if (what === "link" && readOpenCodes(this.#directory.sql, now).some(({ kind }) => kind === "link")) return true;
    const channel = channelOfSession(session);
    const waiting = pairings.filter((code) => channelOf(code.peer) === channel);
    for (const [other, until] of this.#called) if (until <= now) this.#called.delete(other);
    const coming = [...this.#called.keys()].filter((other) => other !== session && channelOfSession(other) === channel);
    if (waiting.length + coming.length >= ACCESS_BOUNDS.pairingsOpenMax) return false;
    this.#called.set(session, now + ACCESS_BOUNDS.policyAnswerMs);
    return true;
  }
}

function channelOfSession(session: SessionKey): string | null {
  const ref = parseSessionKey(session);
  return ref.ok ? ref.value.channel : null;
}
