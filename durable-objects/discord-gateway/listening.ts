/**
 * Whether anybody is heard where an event comes from. Of what nobody listens to nothing is stored. The session decides
 * once more; here a no may be half a minute old, so that a busy server does not ask the directory for each message. One
 * that means us asks anew: whoever was let in a moment ago is heard.
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

type Known = { readonly policy: SessionPolicy | null; readonly askedAt: number; readonly goodUntil: number };

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
      const known = await this.#standing(item, GATEWAY_BOUNDS.policyFreshMs);
      const own =
        known === "unheard" && meansUs(item) ? await this.#standing(item, GATEWAY_BOUNDS.policyAskedAnewMs) : known;
      if (own === "heard") return own;
      if (own === "stranger") standing = own;
    }
    return standing;
  }

  /** Whether some are heard in a session for a role that they have. Never rejects. */
  async hearsRoles(session: SessionKey): Promise<boolean> {
    const policy = await this.#policyOf(session, GATEWAY_BOUNDS.policyFreshMs, Date.now());
    if (policy?.access.kind !== "group" || !policy.access.listens) return false;
    return policy.access.senders?.some((sender) => sender.startsWith("role:")) ?? false;
  }

  /** By what the directory said at most so long ago. */
  async #standing(item: Inbound | Happening, maxAgeMs: number): Promise<Standing> {
    const policy = await this.#policyOf(item.session, maxAgeMs, Date.now());
    return policy === null ? "heard" : standingBy(item, policy);
  }

  async #policyOf(session: SessionKey, maxAgeMs: number, now: number): Promise<SessionPolicy | null> {
    const known = this.#known.get(session);
    if (known && now < known.goodUntil && now - known.askedAt < maxAgeMs) return known.policy;
    const policy = await this.#askFor(session);
    const goodMs = policy ? GATEWAY_BOUNDS.policyFreshMs : GATEWAY_BOUNDS.policyRetryMs;
    this.#known.delete(session);
    this.#known.set(session, { policy, askedAt: now, goodUntil: now + goodMs });
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
    case "tasks":
      return "unheard";
    case "group": {
      const sender = senderOf(item);
      return sender === null || isHeardIn(access, sender) ? "heard" : "unheard";
    }
    default:
      return assertNever(access);
  }
}

/** Whether whoever wrote it waits for an answer. */
function meansUs(item: Inbound | Happening): boolean {
  const chat = "kind" in item ? (item.kind === "edited" ? item.message.chat : null) : item.chat;
  return chat !== null && (chat.kind === "direct" || chat.addressed);
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
