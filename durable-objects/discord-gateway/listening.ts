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

/** Who an event comes from: somebody we hear, as far as anybody knows; a stranger, who is told how to be let in; or neither. */
export type Standing = "heard" | "stranger" | "unheard";

type Known = { readonly policy: SessionPolicy | null; readonly goodUntil: number };

export class Listening {
  readonly #ask: AskPolicy;
  /** Oldest first. */
  readonly #known = new Map<SessionKey, Known>();

  constructor(ask: AskPolicy) {
    this.#ask = ask;
  }

  /** Whether it is worth storing, and why. Without an answer of the directory: they are heard. Never rejects. */
  async standingOf(intake: StoredIntake): Promise<Standing> {
    const items: readonly (Inbound | Happening)[] = intake.kind === "messages" ? intake.messages : intake.happenings;
    let standing: Standing = "unheard";
    for (const item of items) {
      const policy = await this.#policyOf(item.session, Date.now());
      const own = policy === null ? "heard" : standingBy(item, policy);
      if (own === "heard") return own;
      if (own === "stranger") standing = own;
    }
    return standing;
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
function standingBy(item: Inbound | Happening, { access }: Pick<SessionPolicy, "access">): Standing {
  switch (access.kind) {
    case "admitted":
      return "heard";
    case "stranger":
      return "stranger";
    case "ignored":
      return "unheard";
    case "group": {
      const sender = senderOf(item);
      return sender === null || isHeardIn(access, sender) ? "heard" : "unheard";
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
