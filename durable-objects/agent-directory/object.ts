/**
 * AgentDirectory: one object per agent. It grants turns, knows which sessions there are, and tells the owner of dead
 * letters. A thin shell: the law of the lanes is in `lane.ts`, what the alarm is for in `owner-notifier.ts`.
 */
import type { RpcVerb } from "../../protocol/agent-rpc.ts";
import type { SessionPolicy } from "../../protocol/access.ts";
import {
  cleanName,
  type ConversationFacts,
  type ConversationSummary,
  type ImportOutcome,
} from "../../protocol/conversations.ts";
import type { AllowOutcome, Amount, TurnSpend, Unpaid, UsageReport } from "../../protocol/budget.ts";
import type { ConfigChange, ConfigOutcome } from "../../protocol/configuration.ts";
import type { DeadLetter, SessionReport } from "../../protocol/dead-letter.ts";
import type { Fence, TurnId } from "../../protocol/ids.ts";
import type { TurnBudget } from "../../protocol/invocation.ts";
import type { ForgetOutcome } from "../../protocol/people.ts";
import type { OwnerNews } from "../../protocol/owner-news.ts";
import type { ChannelId, ConversationKey, SessionKey } from "../../protocol/session-key.ts";
import { OWNER_SPACE, type SpaceId } from "../../protocol/space.ts";
import { errorFields, log } from "../../worker/log.ts";
import { earliest } from "../lib/earliest.ts";
import type { ResetRules } from "./auto-reset.ts";
import { mayBegin } from "./access.ts";
import { BudgetDesk, type PayingTurn } from "./budget-desk.ts";
import { nextCallAt, tellWaiting } from "./budget-waiting.ts";
import { nextTriesEndAt, sweepTries } from "./code-tries.ts";
import { nextExpiryAt, readOpenCodes } from "./codes.ts";
import { type BeatFacts, readBeatFacts } from "./beat-facts.ts";
import { noteChecklist } from "./checklist.ts";
import { ClosedLanes } from "./closed-lanes.ts";
import { describeConversation, listConversations } from "./conversations.ts";
import { countDeadLetters, hasUntold, readDeadLetters, replaceDeadLetters } from "./dead-letters.ts";
import { ErrandRunner } from "./errand-runner.ts";
import { nextErrandAt } from "./errands.ts";
import { knowsConversation } from "./forget-rows.ts";
import { Forgetting } from "./forgetting.ts";
import { Importing } from "./importing.ts";
import type { Holder, LaneEvent, LaneReply, LaneStep } from "./lane.ts";
import { applyLaneEvent, dropLanes, readLane } from "./lanes.ts";
import { makeNews } from "./owner-notices.ts";
import { OwnerNotifier } from "./owner-notifier.ts";
import { isOwnersChat, ownerChat, ownerPlaceBeyond } from "./owner-place.ts";
import type { Slot, SlotRequest } from "./pace.ts";
import { Pacer } from "./pacer.ts";
import { PeopleDirectory } from "./people-object.ts";
import { type EdgeToken, type GrantedTurn, type RpcAdmission, RpcGate } from "./rpc-gate.ts";
import { hasSession, noteSession, readSessions, type SessionSummary } from "./sessions.ts";

/** What a turn that asks for its lane is told. */
export type TurnAnswer =
  | (Extract<LaneReply, { kind: "granted" }> & {
      readonly policy: SessionPolicy;
      /** By which the turn calls the edge, and what it may call. To be kept in memory only. */
      readonly edgeToken: string;
      readonly edgeVerbs: readonly RpcVerb[];
      /** What it may use before it asks anew; null: as much as it likes. */
      readonly budget: TurnBudget | null;
    })
  | Extract<LaneReply, { kind: "busy" }>
  /** Nothing is left of its budget, so it has not got the lane. */
  | ({ readonly kind: "unpaid" } & Unpaid)
  /** Nobody is heard in the session any more, or what is said there belongs to another conversation now. */
  | { readonly kind: "refused"; readonly policy: SessionPolicy };

/** Where a turn comes from. */
export type TurnOrigin = {
  /** What its chat is called; null: not known. */
  readonly title: string | null;
  /** It makes no model call, and so needs nothing of the budget. */
  readonly isFree: boolean;
  /** Somebody's message begins it: it was granted nothing yet, and is no background work. */
  readonly isOpening: boolean;
  /** What the next model call takes at least; null: not known. */
  readonly needs: Amount | null;
  /** What the turns of the session have used, as far as it was not taken yet. */
  readonly spends: readonly TurnSpend[];
};

const NO_ORIGIN: TurnOrigin = { title: null, isFree: false, isOpening: false, needs: null, spends: [] };

export class AgentDirectory extends PeopleDirectory {
  readonly #notifier: OwnerNotifier;
  readonly #errands: ErrandRunner;
  readonly #closed = new ClosedLanes();
  readonly #forgetting: Forgetting;
  readonly #importing: Importing;
  readonly #pacer: Pacer;
  readonly #rpc: RpcGate;
  readonly #budget: BudgetDesk;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#pacer = new Pacer(ctx.storage.sql);
    this.#rpc = new RpcGate(ctx.storage.sql);
    this.#budget = new BudgetDesk(this.directory);
    this.#notifier = new OwnerNotifier(this.directory);
    this.#errands = new ErrandRunner(this.directory);
    this.#forgetting = new Forgetting(this.directory, this.#closed);
    this.#importing = new Importing(this.directory, this.#closed, (conversation, event) =>
      this.#apply(conversation, event, Date.now()),
    );
  }

  /**
   * Asks for the lane. The same turn may ask again (after a crash): it is granted again with a higher fence, and with
   * one above `above` if the agent has seen later ones than we remember. `formerChats`: ids that a group had before.
   */
  async beginTurn(
    conversation: ConversationKey,
    turnId: TurnId,
    session: SessionKey,
    above: number,
    formerChats: readonly string[] = [],
    origin: Partial<TurnOrigin> = {},
  ): Promise<TurnAnswer> {
    const now = Date.now();
    const { title, isFree, isOpening, needs, spends } = { ...NO_ORIGIN, ...origin };
    this.#budget.settle(spends, now);
    const policy = this.policyFor(session, formerChats);
    // It ends soon, and then there is nothing left that the turn would go on with.
    if (this.#closed.has(conversation)) return { kind: "busy", holder: session, leaseUntil: now };
    if (!mayBegin(policy, conversation)) return { kind: "refused", policy };
    const opening = isOpening ? { opening: this.#resetRules() } : {};
    const answer = this.#grant(
      { conversation, turnId, session, policy, needs, title, isFree },
      { above, ...opening },
      now,
    );
    // Nobody writes where background work is done: no list of chats has it.
    if (policy.access.kind !== "tasks") {
      const turns = answer.kind === "granted" ? 1 : 0;
      noteSession(this.ctx.storage.sql, session, conversation, { turns, title }, now);
    }
    if (answer.kind !== "granted") return answer;
    const { token, verbs } = await this.#mint({ conversation, turnId, session, fence: answer.fence });
    return { ...answer, policy, edgeToken: token, edgeVerbs: verbs };
  }

  /** The lane, and something that the turn may use: both or none. */
  #grant(turn: PayingTurn, how: Pick<Extract<LaneEvent, { kind: "begin" }>, "above" | "opening">, now: number) {
    const { conversation, turnId, session } = turn;
    const { reply } = this.#apply(conversation, { kind: "begin", turnId, session, ...how }, now);
    if (reply.kind === "busy") return reply;
    if (reply.kind !== "granted") throw new Error("a lane that is asked for is granted or busy");
    const paid = this.#budget.begin(turn, now);
    if (paid.kind === "granted") return { ...reply, budget: paid.budget };
    this.#apply(conversation, { kind: "leave", turnId }, now);
    // What is held for others is free again when they are through.
    return paid.kind === "unpaid" ? paid : ({ kind: "busy", holder: session, leaseUntil: now } as const);
  }

  /** Whether a call of a running turn is heard (`POST /agent/rpc`); changes nothing. `verb` as it was written, if it was. */
  checkCall(token: string, verb: string | null): Promise<RpcAdmission> {
    return this.#rpc.check(this.agent(), token, verb, Date.now());
  }

  #mint(turn: GrantedTurn): Promise<EdgeToken> {
    return this.#rpc.mint(this.agent(), turn, Date.now());
  }

  /** Removes all that is stored of somebody, here, in their sessions and at the agent. */
  forgetPerson(personId: string): Promise<ForgetOutcome> {
    return this.#forgetting.forget(this.agent(), personId);
  }

  /** Extends the lease of a running turn. `lost` means: another turn holds the lane, stop at once. */
  renewTurn(conversation: ConversationKey, turnId: TurnId, fence: Fence, spends: readonly TurnSpend[] = []): LaneReply {
    const now = Date.now();
    this.#budget.settle(spends, now);
    const { reply } = this.#apply(conversation, { kind: "renew", turnId, fence }, now);
    if (reply.kind !== "lost") this.#budget.renew(turnId, now);
    return reply;
  }

  /** Gives the lane back; a session that waits for it is told. Idempotent: a second call answers `lost`. */
  endTurn(conversation: ConversationKey, turnId: TurnId, fence: Fence, spends: readonly TurnSpend[] = []): LaneReply {
    this.settleSpends(spends);
    return this.#apply(conversation, { kind: "end", turnId, fence }, Date.now()).reply;
  }

  /** Gives back what a turn that is over holds, whatever its last grant was. Idempotent. */
  leaveLane(conversation: ConversationKey, turnId: TurnId, spends: readonly TurnSpend[] = []): LaneReply {
    this.settleSpends(spends);
    return this.#apply(conversation, { kind: "leave", turnId }, Date.now()).reply;
  }

  /** Takes what turns have used. Saying it again changes nothing. */
  settleSpends(spends: readonly TurnSpend[]): void {
    this.#budget.settle(spends, Date.now());
  }

  /** What was used, by everybody or by one; null: nobody's in particular. */
  usageReport(payer: SpaceId | null): UsageReport {
    return this.#budget.report(payer, Date.now());
  }

  /** The owner takes an offer, or allows the agent so much more today; once, however often the wish `by` is told. */
  allowMore(what: ({ readonly offer: string } | { readonly amount: Amount }) & { readonly by: string }): AllowOutcome {
    const now = Date.now();
    if ("offer" in what) return this.#budget.takeOffer(what.offer, what.by, now);
    return this.#budget.allow(what.amount, what.by, now);
  }

  /** Makes a new version of the configuration, or changes nothing and says why. */
  override changeConfiguration(change: ConfigChange): ConfigOutcome {
    const outcome = super.changeConfiguration(change);
    if (outcome.kind === "done" && outcome.changed) this.#budget.callWaiting(Date.now());
    return outcome;
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

  /** What a conversation is called, and since when it goes on. */
  describeConversation(conversation: ConversationKey): ConversationFacts {
    return describeConversation(this.directory, conversation);
  }

  /** Calls a conversation something until it begins anew; null: what it is called by itself. */
  nameConversation(conversation: ConversationKey, name: string | null): ConversationFacts {
    this.#apply(conversation, { kind: "name", name: name === null ? null : cleanName(name) }, Date.now());
    return this.describeConversation(conversation);
  }

  /** The conversations, the one with the newest turn first. */
  listConversations(): readonly ConversationSummary[] {
    return listConversations(this.directory, this.#closed, Date.now());
  }

  /** What is known of a conversation; null if there is none of that name. */
  findConversation(conversation: ConversationKey): ConversationFacts | null {
    return knowsConversation(this.ctx.storage.sql, conversation) ? this.describeConversation(conversation) : null;
  }

  /** Begins a conversation anew with a transcript; `lines` are known to be one. */
  importTranscript(conversation: ConversationKey, lines: readonly string[]): Promise<ImportOutcome> {
    return this.#importing.bringIn(this.agent(), conversation, lines);
  }

  /** Takes what a session says of itself. Saying it again changes nothing. */
  report({ session, conversation, deadLetters, checklist }: SessionReport): void {
    const { sql } = this.ctx.storage;
    const now = Date.now();
    this.directory.transact(() => {
      noteSession(sql, session, conversation, { turns: 0, title: null }, now);
      replaceDeadLetters(sql, session, deadLetters, now);
      if (checklist) noteChecklist(sql, checklist);
    });
    if (hasUntold(sql)) this.directory.stir();
  }

  /** What the heartbeat must know before it begins a beat. */
  beatFacts(): BeatFacts {
    const now = Date.now();
    const mayAfford = this.#budget.mayAfford(OWNER_SPACE, now);
    return readBeatFacts(this.directory, this.agent(), { mayAfford, now });
  }

  /** Tells the owner something, once per `about`: in their chat on another channel than the one that it is about. */
  tellOwner(news: OwnerNews, channel: ChannelId, about: string): void {
    const target = ownerPlaceBeyond(this.directory, this.agent(), channel);
    makeNews(this.ctx.storage.sql, target, news, about, Date.now());
    this.directory.stir();
  }

  /** The owner's direct chat. */
  ownerChat(): SessionKey {
    return ownerChat(this.directory, this.agent());
  }

  /** Whether nobody but the owner reads there. */
  isOwnersChat(chat: SessionKey): boolean {
    return isOwnersChat(this.directory, this.agent(), chat);
  }

  /** The lanes of conversations that nobody goes on with. */
  dropLanes(conversations: readonly ConversationKey[]): void {
    this.directory.transact(() => dropLanes(this.ctx.storage.sql, conversations, Date.now()));
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

  /** Tells the owner and the sessions what nobody told them yet, and removes codes whose time is over. */
  override async alarm(): Promise<void> {
    const { sql } = this.ctx.storage;
    const calls = tellWaiting(this.directory, Date.now());
    const [noticeAt] = await Promise.all([this.#notifier.notify(), this.#errands.run(Date.now()), calls]);
    this.#budget.sweep(Date.now());
    readOpenCodes(sql, Date.now());
    sweepTries(sql, Date.now());
    // What came meanwhile has armed the alarm again.
    const armedAt = await this.ctx.storage.getAlarm();
    const dueAt = earliest(
      noticeAt,
      armedAt,
      nextErrandAt(sql),
      nextExpiryAt(sql),
      nextTriesEndAt(sql),
      nextCallAt(sql),
    );
    if (dueAt !== null) await this.ctx.storage.setAlarm(dueAt);
  }

  #resetRules(): ResetRules {
    const { conversations, timezone } = this.directory.standing().config;
    return { ...conversations, timezone };
  }

  #apply(conversation: ConversationKey, event: LaneEvent, now: number): LaneStep {
    const step = applyLaneEvent(this.ctx.storage.sql, conversation, event, now);
    this.#budget.releaseOthers(conversation, step.lane.holder?.turnId ?? null, now);
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
