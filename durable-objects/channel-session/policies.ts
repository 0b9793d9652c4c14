/**
 * What the directory said last of this session: who may speak in it and how the agent behaves there. A yes is good for a
 * while; nobody is refused by an old answer, since the owner may have let them in a moment ago.
 */
import type { SessionPolicy } from "../../protocol/access.ts";
import { ACCESS_BOUNDS } from "../../protocol/bounds.ts";
import { StorageError } from "../../protocol/errors.ts";
import { within } from "../../worker/agentcore/deadline.ts";
import { errorFields, log } from "../../worker/log.ts";

/** Where the last policy is kept. */
export type PolicyShelf = { read(): SessionPolicy | null; write(policy: SessionPolicy): void };

export class Policies {
  readonly #session: string;
  readonly #ask: () => Promise<SessionPolicy>;
  #shelf: PolicyShelf | null = null;
  #latest: SessionPolicy | null = null;
  /** When `#latest` was true; null: it comes from before this instance, or something changed since. */
  #knownAt: number | null = null;
  /** The directory did not answer; it is left alone until then. */
  #quietUntil = 0;

  constructor(session: string, ask: () => Promise<SessionPolicy>) {
    this.#session = session;
    this.#ask = ask;
  }

  /** From now on the policy is kept; what is on the shelf counts while the directory is out of reach. */
  keepOn(shelf: PolicyShelf): void {
    this.#shelf = shelf;
    if (this.#latest) shelf.write(this.#latest);
    else this.#latest = shelf.read();
  }

  /** The shelf is gone. */
  release(): void {
    this.#shelf = null;
    this.expire();
  }

  /** The last policy; null if there never was one. */
  get latest(): SessionPolicy | null {
    return this.#latest;
  }

  /** The last policy. Throws `StorageError` if there never was one. */
  current(): SessionPolicy {
    if (this.#latest) return this.#latest;
    throw new StorageError("storage_unavailable", "the directory has not said yet who may speak here");
  }

  /** The policy to decide by: the known one if it is new and says yes, else the directory's. Throws `StorageError`. */
  async deciding(saysYes: (policy: SessionPolicy) => boolean, now: number): Promise<SessionPolicy> {
    const known = this.#latest;
    const isYes = known !== null && saysYes(known);
    if (isYes && this.#knownAt !== null && now - this.#knownAt < ACCESS_BOUNDS.policyFreshMs) return known;
    try {
      if (now < this.#quietUntil) throw unanswered();
      const policy = await within(ACCESS_BOUNDS.policyAnswerMs, this.#ask(), unanswered);
      this.learn(policy, now);
      return policy;
    } catch (error) {
      if (now >= this.#quietUntil) this.#quietUntil = Date.now() + ACCESS_BOUNDS.policyAnswerMs;
      log("warn", "policy_unknown", { session: this.#session, ...errorFields(error) });
      if (isYes) return known;
      throw unanswered();
    }
  }

  /** The directory has said it by the way. */
  learn(policy: SessionPolicy, now: number): void {
    const isNew = JSON.stringify(policy) !== JSON.stringify(this.#latest);
    this.#latest = policy;
    this.#knownAt = now;
    this.#quietUntil = 0;
    if (isNew) this.#shelf?.write(policy);
  }

  /** Something has changed: the directory is asked before the next decision. */
  expire(): void {
    this.#knownAt = null;
    this.#quietUntil = 0;
  }
}

function unanswered(): StorageError {
  return new StorageError("storage_unavailable", "the directory does not say who may speak here");
}
