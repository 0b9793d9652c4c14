/**
 * The budget of the agent as its turns meet it: what they may use, what they have used, and what the owner allows beyond.
 * The law is in `budget.ts`; this reads and writes its rows.
 */
import type { SessionPolicy } from "../../protocol/access.ts";
import {
  type AllowOutcome,
  type Amount,
  type BudgetOffer,
  type LimitUse,
  NOTHING_SPENT,
  type Spent,
  type TurnSpend,
  type Unpaid,
  type UsageReport,
} from "../../protocol/budget.ts";
import { TURN_BOUNDS } from "../../protocol/bounds.ts";
import type { TurnId } from "../../protocol/ids.ts";
import type { TurnBudget } from "../../protocol/invocation.ts";
import { type ConversationKey, parseConversationKey, type SessionKey } from "../../protocol/session-key.ts";
import { OWNER_SPACE, type SpaceId, spaceOf } from "../../protocol/space.ts";
import { log } from "../../worker/log.ts";
import {
  type BudgetEvent,
  type BudgetReply,
  type BudgetState,
  leftOfAll,
  offeredMore,
  type Rule,
  stepBudget,
  usedUpOf,
  useOf,
} from "./budget.ts";
import { offerAbout, takeOffer } from "./budget-offers.ts";
import { holdsAnything, loadBudget, otherHolders, storeBudget } from "./budget-rows.ts";
import { type Calendar, calendarAt, payerKey, rulesOf, sumKeys, totalKey } from "./budget-rules.ts";
import { callAllWaiting, callHeld, countWaiting, stopWaiting, waitForBudget } from "./budget-waiting.ts";
import type { DirectoryContext } from "./directory-context.ts";
import { makeNews } from "./owner-notices.ts";
import { ownerPlace } from "./owner-place.ts";
import { bookSpend, readSpend, sweepSpend } from "./spend-rows.ts";

/** A turn that has its lane and wants to run. */
export type PayingTurn = {
  readonly conversation: ConversationKey;
  readonly turnId: TurnId;
  readonly session: SessionKey;
  readonly policy: SessionPolicy;
  /** What its next model call takes at least; null: not known. */
  readonly needs: Amount | null;
  /** It makes no model call. */
  readonly isFree: boolean;
  /** What people call the chat; null: not known. */
  readonly title: string | null;
};

export type DeskAnswer =
  | { readonly kind: "granted"; readonly budget: TurnBudget | null }
  | { readonly kind: "held" }
  | ({ readonly kind: "unpaid" } & Unpaid);

export class BudgetDesk {
  readonly #directory: DirectoryContext;

  constructor(directory: DirectoryContext) {
    this.#directory = directory;
  }

  /** Holds something for a turn, or says why it cannot run. */
  begin(turn: PayingTurn, now: number): DeskAnswer {
    const { conversation, turnId, session, needs } = turn;
    const payer = payerOf(conversation);
    const rules = this.#rulesOf(payer, now);
    const leaseUntil = now + TURN_BOUNDS.leaseMs;
    const heldBefore = holdsAnything(this.#directory.sql, turnId);
    const reply = this.#step({ kind: "begin", turnId, payer, rules, needs, leaseUntil }, conversation, rules, now);
    if (reply.kind !== "held" && reply.kind !== "unpaid") {
      stopWaiting(this.#directory.sql, session);
      return { kind: "granted", budget: reply.kind === "granted" ? reply.budget : null };
    }
    if (turn.isFree && needs === null) {
      // If it makes a call after all, it asks again.
      stopWaiting(this.#directory.sql, session);
      return { kind: "granted", budget: { microUsd: 0, tokens: 0 } };
    }
    waitForBudget(this.#directory.sql, session, reply.kind);
    if (heldBefore) this.#callHeld(now);
    if (reply.kind === "held") return reply;
    const { limit } = reply;
    log("info", "turn_unpaid", { session, turn: turnId, whose: limit.whose, period: limit.period, unit: limit.unit });
    const { timezone } = this.#directory.standing().config;
    return { ...limit, kind: "unpaid", timezone, offer: this.#offer(turn, payer, { rules, limit }, now) };
  }

  /** The turn still runs. */
  renew(turnId: TurnId, now: number): void {
    this.#step({ kind: "renew", turnId, leaseUntil: now + TURN_BOUNDS.leaseMs }, null, [], now);
  }

  /** Books what turns have used since they were heard of last. */
  settle(spends: readonly TurnSpend[], now: number): void {
    for (const spend of spends) {
      const payer = payerOf(spend.conversation);
      const calendar = this.#calendar(now);
      const keys = sumKeys(payer, calendar);
      const reply = this.#step({ kind: "settle", spend, keys }, null, keys, now, [spend.turnId]);
      if (reply.kind !== "done") continue;
      for (const part of reply.booked) {
        bookSpend(this.#directory.sql, { day: calendar.day.name, payer, kind: spend.kind, ...part });
      }
    }
  }

  /** Nothing is held any more for turns of a conversation, but for the one that has its lane. */
  releaseOthers(conversation: ConversationKey, holder: TurnId | null, now: number): void {
    const over = otherHolders(this.#directory.sql, conversation, holder);
    for (const turnId of over) this.#step({ kind: "release", turnId }, null, [], now);
    if (over.length > 0) this.#callHeld(now);
  }

  /** There may be something left for everybody who waits. */
  callWaiting(now: number): void {
    if (callAllWaiting(this.#directory.sql, now)) this.#directory.stir();
  }

  #callHeld(now: number): void {
    if (callHeld(this.#directory.sql, now)) this.#directory.stir();
  }

  /** Whether a turn of this payer could begin now. */
  mayAfford(payer: SpaceId, now: number): boolean {
    const rules = this.#rulesOf(payer, now);
    const state = this.#load(rules, []);
    return rules.every((rule) => {
      const { limit, spent, reserved } = useOf(state, rule);
      return limit - spent - reserved > 0;
    });
  }

  /** Takes an offer: once, however often this wish is told. */
  takeOffer(id: string, by: string, now: number): AllowOutcome {
    const taken = takeOffer(this.#directory.sql, id, by, now);
    if (taken === null) return { kind: "unknown_offer" };
    const { payer, amount, isNew } = taken;
    return isNew ? this.#allow(payer, amount, now) : this.#allowed(payer, amount, now);
  }

  /** Allows so much more today; `by`: of the wish to, which may be told again. */
  allow(amount: Amount, by: string, now: number): AllowOutcome {
    const hasLimit = this.#rulesOf(OWNER_SPACE, now).some(({ unit }) => amount[unit] > 0);
    if (!hasLimit) return { kind: "no_limit" };
    const { until } = this.#calendar(now).day;
    offerAbout(this.#directory.sql, `wish ${by}`, OWNER_SPACE, { id: by, until, ...amount }, now);
    return this.takeOffer(by, by, now);
  }

  #allow(payer: SpaceId, amount: Amount, now: number): AllowOutcome {
    const rules = this.#rulesOf(payer, now);
    if (rules.length === 0) return { kind: "no_limit" };
    this.#step({ kind: "allow", rules, amount }, null, rules, now);
    log("info", "budget_raised", { microUsd: amount.microUsd, tokens: amount.tokens });
    this.callWaiting(now);
    return this.#allowed(payer, amount, now);
  }

  #allowed(payer: SpaceId, amount: Amount, now: number): AllowOutcome {
    const rules = this.#rulesOf(payer, now);
    const state = this.#load(rules, []);
    const { timezone } = this.#directory.standing().config;
    return { kind: "allowed", amount, left: leftOfAll(state, rules), usedUp: usedUpOf(state, rules), timezone };
  }

  /** What was used; `payer`: by one only, with the limits that are theirs; null: by all. */
  report(payer: SpaceId | null, now: number): UsageReport {
    const { sql, standing } = this.#directory;
    const calendar = this.#calendar(now);
    const rules = this.#rulesOf(payer ?? OWNER_SPACE, now);
    const keys = payer === null ? allKeys(calendar) : ownKeys(payer, calendar);
    const state = loadBudget(sql, [...keys, ...rules.map(({ key }) => key)], []);
    const sumOf = (key: string): Spent => state.sums[key]?.spent ?? NOTHING_SPENT;
    const own = payer === null || payer === OWNER_SPACE ? rules : rules.filter((rule) => rule.payer === payer);
    return {
      at: now,
      timezone: standing().config.timezone,
      today: sumOf(keys[0]),
      month: sumOf(keys[1]),
      limits: own.map((rule) => useOf(state, rule)),
      lines: readSpend(sql, calendar.month.name, payer),
      running: Object.keys(state.reservations).length,
      waiting: countWaiting(sql),
    };
  }

  /** Forgets what is too old. */
  sweep(now: number): void {
    sweepSpend(this.#directory.sql, now);
  }

  /** In the owner's own chat they are asked there; else where they are, once for what is used up. */
  #offer(
    { turnId, session, policy, needs, title }: PayingTurn,
    payer: SpaceId,
    { rules, limit }: { readonly rules: readonly Rule[]; readonly limit: LimitUse },
    now: number,
  ): BudgetOffer | null {
    const { sql, stir, standing } = this.#directory;
    const { timezone } = standing().config;
    const { until } = this.#calendar(now).day;
    const fresh = { id: crypto.randomUUID().slice(0, 13), until, ...offeredMore(rules, needs) };
    const isOwners = policy.access.kind === "admitted" && policy.access.role === "owner";
    if (isOwners) return offerAbout(sql, turnId, payer, fresh, now).offer;
    // Told anew once they have allowed more and that is used up too.
    const about = [
      "budget",
      payer,
      limit.whose,
      limit.period,
      String(limit.until),
      limit.unit,
      String(limit.limit),
    ].join(" ");
    const { offer, isNew } = offerAbout(sql, about, payer, fresh, now);
    if (!isNew) return null;
    const place = ownerPlace(this.#directory, session);
    makeNews(sql, place, { kind: "budget_spent", payer, title, timezone, use: limit, offer }, offer.id, now);
    stir();
    return null;
  }

  #rulesOf(payer: SpaceId, now: number): readonly Rule[] {
    return rulesOf(payer, this.#directory.standing().config, this.#calendar(now));
  }

  #calendar(now: number): Calendar {
    return calendarAt(now, this.#directory.standing().config.timezone);
  }

  #load(rules: readonly Rule[] | readonly string[], turnIds: readonly string[]): BudgetState {
    const keys = rules.map((rule) => (typeof rule === "string" ? rule : rule.key));
    return loadBudget(this.#directory.sql, keys, turnIds);
  }

  #step(
    event: BudgetEvent,
    conversation: ConversationKey | null,
    keys: readonly Rule[] | readonly string[],
    now: number,
    turnIds: readonly string[] = [],
  ): BudgetReply {
    const before = this.#load(keys, turnIds);
    const { state, reply } = stepBudget(before, event, now);
    storeBudget(this.#directory.sql, before, state, conversation, now);
    return reply;
  }
}

const allKeys = (calendar: Calendar) => [totalKey("day", calendar), totalKey("month", calendar)] as const;
const ownKeys = (payer: string, calendar: Calendar) =>
  [payerKey(payer, "day", calendar), payerKey(payer, "month", calendar)] as const;

/** Who pays for a conversation: whose space it works on. */
export function payerOf(conversation: ConversationKey): SpaceId {
  const ref = parseConversationKey(conversation);
  if (!ref.ok) throw new Error("a conversation key is broken");
  return spaceOf(ref.value);
}
