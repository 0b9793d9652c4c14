/**
 * Whether anybody is heard where an event comes from. Of what nobody listens to nothing is stored. The session decides
 * once more; here a no may be half a minute old, so that a busy server does not ask the directory for each message.
 */
import { isHeardIn, type SessionPolicy } from "../../protocol/access.ts";
import { assertNever } from "../../protocol/assert.ts";
import { ACCESS_BOUNDS } from "../../protocol/bounds.ts";
import { StorageError } from "../../protocol/errors.ts";
import type { Happening, Inbound, Sender } from "../../protocol/inbound.ts";
import type { SessionKey } from "../../protocol/session-key.ts";
import { within } from "../../worker/agentcore/deadline.ts";
import type { StoredIntake } from "../../worker/handover.ts";
import { errorFields, log } from "../../worker/log.ts";
import { GATEWAY_BOUNDS } from "./bounds.ts";

export type AskPolicy = (session: SessionKey) => Promise<SessionPolicy>;

type Known = { readonly policy: SessionPolicy | null; readonly goodUntil: number };

export class Listening {
  readonly #ask: AskPolicy;
  /** Oldest first. */
  readonly #known = new Map<SessionKey, Known>();

  constructor(ask: AskPolicy) {
    this.#ask = ask;
  }

  /** Whether anything of it is worth storing. Without an answer of the directory: yes. Never rejects. */
  async wants(intake: StoredIntake): Promise<boolean> {
    const items: readonly (Inbound | Happening)[] = intake.kind === "messages" ? intake.messages : intake.happenings;
    for (const item of items) {
      const policy = await this.#policyOf(item.session, Date.now());
      if (policy === null || isHeard(item, policy)) return true;
    }
    return false;
  }

  async #policyOf(session: SessionKey, now: number): Promise<SessionPolicy | null> {
    const known = this.#known.get(session);
    if (known && now < known.goodUntil) return known.policy;
    const policy = await this.#askFor(session);
    const goodMs = policy ? GATEWAY_BOUNDS.policyFreshMs : GATEWAY_BOUNDS.policyRetryMs;
    this.#known.delete(session);
    this.#known.set(session, { policy, goodUntil: now + goodMs });
    const [oldest] = this.#known.keys();
    if (this.#known.size > GATEWAY_BOUNDS.policiesMax && oldest !== undefined) this.#known.delete(oldest);
    return policy;
  }

  async #askFor(session: SessionKey): Promise<SessionPolicy | null> {
    const late = () => new StorageError("storage_unavailable", "the directory does not answer");
    try {
      return await within(ACCESS_BOUNDS.policyAnswerMs, this.#ask(session), late);
    } catch (error) {
      log("warn", "gateway_policy_unknown", { session, ...errorFields(error) });
      return null;
    }
  }
}

/** By a policy. Pure. */
export function isHeard(item: Inbound | Happening, { access }: Pick<SessionPolicy, "access">): boolean {
  switch (access.kind) {
    case "admitted":
    // Whoever asks to be let in is told how.
    case "stranger":
      return true;
    case "ignored":
      return false;
    case "group": {
      const sender = senderOf(item);
      return sender === null || isHeardIn(access, sender);
    }
    default:
      return assertNever(access);
  }
}

/** Null: whoever caused it, the session is to know. */
function senderOf(item: Inbound | Happening): Sender | null {
  if (!("kind" in item)) return item.sender;
  switch (item.kind) {
    case "edited":
    case "pressed":
      return item.message.sender;
    case "reacted":
      return item.sender;
    case "members":
      return item.joined[0] ?? item.left[0] ?? null;
    case "membership":
    case "moved":
      return null;
    default:
      return assertNever(item);
  }
}
