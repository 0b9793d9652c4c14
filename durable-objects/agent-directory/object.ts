/**
 * AgentDirectory: one object per agent. It grants turns, knows which sessions there are, and tells the owner of dead
 * letters. A thin shell: the law of the lanes is in `lane.ts`, what the alarm is for in `owner-notifier.ts`.
 */
import { DurableObject } from "cloudflare:workers";
import { assertNever } from "../../protocol/assert.ts";
import type { SessionPolicy } from "../../protocol/access.ts";
import type { ConfigDocument } from "../../protocol/agent-config.ts";
import type {
  ConfigChange,
  ConfigDifference,
  ConfigOutcome,
  ConfigurationView,
  ConfigVersion,
  DocumentProblem,
} from "../../protocol/configuration.ts";
import type { DeadLetter, SessionReport } from "../../protocol/dead-letter.ts";
import { StorageError } from "../../protocol/errors.ts";
import type { Fence, TurnId } from "../../protocol/ids.ts";
import type {
  ApprovalOutcome,
  CodeTry,
  DismissalOutcome,
  LinkAnswer,
  LinkOutcome,
  OpenPairing,
  PairingAnswer,
  PairingRequest,
} from "../../protocol/pairing.ts";
import type { ForgetOutcome, PersonSummary, RemovalOutcome } from "../../protocol/people.ts";
import { type ConversationKey, parseSessionKey, type SessionKey } from "../../protocol/session-key.ts";
import { readConfig } from "../../worker/config.ts";
import { errorFields, log } from "../../worker/log.ts";
import { earliest } from "../lib/earliest.ts";
import { migrate } from "../lib/migrate.ts";
import { mayBegin, policyOf } from "./access.ts";
import { countDeadLetters, hasUntold, readDeadLetters, replaceDeadLetters } from "./dead-letters.ts";
import type { Holder, LaneEvent, LaneReply, LaneStep } from "./lane.ts";
import { applyLaneEvent, readLane } from "./lanes.ts";
import { OwnerNotifier } from "./owner-notifier.ts";
import type { Slot, SlotRequest } from "./pace.ts";
import { Pacer } from "./pacer.ts";
import { EMPTY_ROSTER } from "./roster.ts";
import { MIGRATIONS } from "./schema.ts";
import { hasSession, noteSession, readSessions, type SessionSummary } from "./sessions.ts";

/** What a turn that asks for its lane is told. */
export type TurnAnswer =
  | (Extract<LaneReply, { kind: "granted" }> & { readonly policy: SessionPolicy })
  | Extract<LaneReply, { kind: "busy" }>
  /** Nobody is heard in the session any more, or what is said there belongs to another conversation now. */
  | { readonly kind: "refused"; readonly policy: SessionPolicy };

export class AgentDirectory extends DurableObject<Env> {
  readonly #notifier: OwnerNotifier;
  readonly #pacer: Pacer;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, MIGRATIONS);
    this.#pacer = new Pacer(ctx.storage.sql);
    this.#notifier = new OwnerNotifier(ctx.storage, env);
  }

  /**
   * Asks for the lane. The same turn may ask again (after a crash): it is granted again with a higher fence, and with
   * one above `above` if the agent has seen later ones than we remember. `formerChats`: ids that a group had before.
   */
  beginTurn(
    conversation: ConversationKey,
    turnId: TurnId,
    session: SessionKey,
    above: number,
    formerChats: readonly string[] = [],
  ): TurnAnswer {
    const now = Date.now();
    const policy = this.policyFor(session, formerChats);
    if (!mayBegin(policy, conversation)) return { kind: "refused", policy };
    const { reply } = this.#apply(conversation, { kind: "begin", turnId, session, above }, now);
    noteSession(this.ctx.storage.sql, session, conversation, reply.kind === "granted" ? 1 : 0, now);
    switch (reply.kind) {
      case "granted":
        return { ...reply, policy };
      case "busy":
        return reply;
      case "done":
      case "lost":
        throw new Error("a lane that is asked for is granted or busy");
      default:
        return assertNever(reply);
    }
  }

  /** Who may speak in a session and how the agent behaves there. `formerChats`: ids that a group had before. */
  policyFor(session: SessionKey, formerChats: readonly string[] = []): SessionPolicy {
    const ref = parseSessionKey(session);
    if (!ref.ok) throw new Error("not a session key");
    const standing = { version: 0, config: readConfig(this.env).defaults, roster: EMPTY_ROSTER };
    return policyOf(ref.value, standing, formerChats);
  }

  /** The code of a stranger; the same one while it is open. */
  askPairing(request: PairingRequest): PairingAnswer {
    throw notBuilt(request);
  }

  /** Lets the stranger of a code in, and tells their session. */
  async approvePairing(attempt: CodeTry): Promise<ApprovalOutcome> {
    throw notBuilt(attempt);
  }

  /** Refuses the stranger of a code. */
  async dismissPairing(attempt: CodeTry): Promise<DismissalOutcome> {
    throw notBuilt(attempt);
  }

  listPairings(): readonly OpenPairing[] {
    return [];
  }

  listPeople(): readonly PersonSummary[] {
    return [];
  }

  async removePerson(personId: string): Promise<RemovalOutcome> {
    throw notBuilt(personId);
  }

  async forgetPerson(personId: string): Promise<ForgetOutcome> {
    throw notBuilt(personId);
  }

  /** A code by which somebody joins a second channel to themselves. */
  askLink(session: SessionKey): LinkAnswer {
    throw notBuilt(session);
  }

  /** Joins the channel of a session to the person who asked for the code. */
  async takeLink(session: SessionKey, code: string, name: string): Promise<LinkOutcome> {
    throw notBuilt([session, code, name]);
  }

  configuration(): ConfigurationView {
    return { version: 0, document: {}, effective: readConfig(this.env).defaults };
  }

  changeConfiguration(change: ConfigChange): ConfigOutcome {
    throw notBuilt(change);
  }

  /** Everything that is wrong with a document; nothing is changed. */
  validateConfiguration(document: unknown): readonly DocumentProblem[] {
    throw notBuilt(document);
  }

  /** The versions that are kept, the newest first. */
  listConfigurations(): readonly ConfigVersion[] {
    return [];
  }

  configurationAt(version: number): ConfigDocument | null {
    return version === 0 ? {} : null;
  }

  diffConfigurations(from: number, to: number): readonly ConfigDifference[] | null {
    return from === 0 && to === 0 ? [] : null;
  }

  /** Extends the lease of a running turn. `lost` means: another turn holds the lane, stop at once. */
  renewTurn(conversation: ConversationKey, turnId: TurnId, fence: Fence): LaneReply {
    return this.#apply(conversation, { kind: "renew", turnId, fence }, Date.now()).reply;
  }

  /** Gives the lane back; a session that waits for it is told. Idempotent: a second call answers `lost`. */
  endTurn(conversation: ConversationKey, turnId: TurnId, fence: Fence): LaneReply {
    return this.#apply(conversation, { kind: "end", turnId, fence }, Date.now()).reply;
  }

  /** Gives back what a turn that is over holds, whatever its last grant was. Idempotent. */
  leaveLane(conversation: ConversationKey, turnId: TurnId): LaneReply {
    return this.#apply(conversation, { kind: "leave", turnId }, Date.now()).reply;
  }

  /** Who holds the lane; null if nobody does. */
  laneHolder(conversation: ConversationKey): Holder | null {
    return readLane(this.ctx.storage.sql, conversation).holder;
  }

  /** Takes the lane from whoever holds it, by raising the fence. */
  revokeTurn(conversation: ConversationKey): LaneReply {
    return this.#apply(conversation, { kind: "revoke" }, Date.now()).reply;
  }

  /** Starts a new transcript for a conversation; the next turn writes to it. */
  startEpoch(conversation: ConversationKey): number {
    return this.#apply(conversation, { kind: "new_epoch" }, Date.now()).lane.epoch;
  }

  /** Takes what a session says of itself. Saying it again changes nothing. */
  report({ session, conversation, deadLetters }: SessionReport): void {
    const { sql } = this.ctx.storage;
    const now = Date.now();
    this.ctx.storage.transactionSync(() => {
      noteSession(sql, session, conversation, 0, now);
      replaceDeadLetters(sql, session, deadLetters, now);
    });
    if (hasUntold(sql)) void this.ctx.storage.setAlarm(now);
  }

  /** Takes a slot for one call to a platform, or says when to ask again. */
  takeSlot(request: SlotRequest): Slot {
    return this.#pacer.take(request, Date.now());
  }

  /** A platform asks for a pause: nobody calls it before `until` (epoch ms). */
  pauseChannel(channel: string, until: number): void {
    this.#pacer.pause(channel, until);
  }

  /** The newest dead letters of all sessions. */
  listDeadLetters(limit: number): readonly DeadLetter[] {
    return readDeadLetters(this.ctx.storage.sql, limit, Date.now());
  }

  countDeadLetters(): number {
    return countDeadLetters(this.ctx.storage.sql, Date.now());
  }

  /** Whether anybody who is let in has written in a session. */
  knowsSession(session: SessionKey): boolean {
    return hasSession(this.ctx.storage.sql, session);
  }

  /** The sessions that anybody who is let in has written in, newest first. */
  listSessions(): readonly SessionSummary[] {
    return readSessions(this.ctx.storage.sql);
  }

  /** Tells the owner what nobody told them yet. */
  override async alarm(): Promise<void> {
    const nextAt = await this.#notifier.notify();
    // A report that came meanwhile has armed the alarm again.
    const dueAt = earliest(nextAt, await this.ctx.storage.getAlarm());
    if (dueAt !== null) await this.ctx.storage.setAlarm(dueAt);
  }

  #apply(conversation: ConversationKey, event: LaneEvent, now: number): LaneStep {
    const step = applyLaneEvent(this.ctx.storage.sql, conversation, event, now);
    if (step.wake) this.ctx.waitUntil(this.#wake(conversation, step.wake));
    return step;
  }

  /** Best effort: a session that is not told asks again by itself after `TURN_BOUNDS.laneRetryMs`. */
  async #wake(conversation: ConversationKey, session: SessionKey): Promise<void> {
    try {
      const { isWanted } = await this.env.CHANNEL_SESSION.getByName(session).laneFree();
      if (!isWanted) this.#apply(conversation, { kind: "pass" }, Date.now());
    } catch (error) {
      log("warn", "lane_wake_failed", { session, ...errorFields(error) });
    }
  }
}

function notBuilt(_asked: unknown): StorageError {
  return new StorageError("storage_unavailable", "not built yet");
}
