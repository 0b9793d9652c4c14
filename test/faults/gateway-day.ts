/**
 * A compressed day of Gateway life: people write to the bot while faults that a seed decides strike its connection, and the
 * edge is killed now and then. Everything that was written must be in a session, and be answered once.
 */
import { setTimeout as pause } from "node:timers/promises";
import { RETRYABLE_CLOSE_CODES } from "../emulators/discord/gateway/codes.ts";
import { faultPlan } from "../emulators/discord/gateway/fault-plan.ts";
import { type PlayedFault, playPlan } from "../emulators/discord/gateway/play-plan.ts";
import type { ViolationKind } from "../emulators/discord/gateway/log.ts";
import { randomOf } from "../emulators/discord/gateway/random.ts";
import { messageId, type Written } from "./chats.ts";
import type { Edit } from "./variant.ts";
import { GatewayRig, type GatewayRigOptions, type Said } from "./gateway-rig.ts";
import { isAnswered } from "./oracle.ts";
import { until } from "./until.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

export type DayPlan = {
  readonly seed: number;
  /** How many times faster than Discord's day; the build must have the same (`timeScaleEdit`). */
  readonly timeScale: number;
  readonly faults: number;
  /** The share of a day in which they strike. */
  readonly share: number;
  readonly messages: number;
  /** Kills of the edge. */
  readonly kills: number;
  /** How often each fault strikes at least. */
  readonly eachAtLeast: number;
};

export type Day = {
  readonly played: readonly PlayedFault[];
  readonly said: readonly Said[];
  /** Messages that no session has, that nobody answered, and that were answered more than once. */
  readonly withoutRow: readonly Said[];
  readonly lost: readonly Written[];
  readonly doubled: readonly Written[];
  /** Answers below a growing one that was given up, since nobody knew whether it was shown. */
  readonly excused: number;
  readonly connections: number;
  readonly identifies: number;
  readonly resumes: number;
  /** Connections that Discord ended for want of one. A busy machine is late, and then the session is resumed. */
  readonly lateHeartbeats: number;
  /** Everything else that Discord would mind. */
  readonly violations: readonly string[];
  readonly kills: number;
  /** Channels that were read by REST. */
  readonly gapsRead: number;
  readonly tookMs: number;
};

const LATE: ViolationKind = "missing_heartbeat";
/** So large a share of the connections may end by a late heartbeat: it says something of the machine only. */
const LATE_MAX_SHARE = 0.2;

/** A whole day in six minutes. */
export const GATEWAY_DAY = {
  timeScale: 240,
  faults: 200,
  share: 1,
  messages: 300,
  kills: 8,
  eachAtLeast: 2,
} as const satisfies Omit<DayPlan, "seed">;

/** Own budget of IDENTIFYs in a day. */
export const IDENTIFIES_MAX = 900;
/** What is to come after the last fault must come within this. */
const SETTLE_MAX_MS = 120_000;
/** Doubled answers come late. */
const DOUBLE_WAIT_MS = 12_000;
const PEOPLE = { direct: 6, channels: 4 } as const;
/** Messages without an answer at any time; beyond it nobody writes for a moment. */
const UNANSWERED_MAX = 40;

/** The times of the Gateway object, divided. */
export function timeScaleEdit(timeScale: number): Edit {
  const line = (value: number) => `GATEWAY_TIME_SCALE = "${value}"`;
  return { file: "wrangler.toml", find: line(1), replace: line(timeScale) };
}

/** Runs the plan with builds that have its time scale. `onProgress` is told every few seconds. */
export async function runGatewayDay(
  plan: DayPlan,
  builds: GatewayRigOptions["builds"],
  onProgress: (line: string) => void,
  doubleWaitMs = DOUBLE_WAIT_MS,
): Promise<Day> {
  const random = randomOf(plan.seed);
  const { timeScale, seed } = plan;
  const rig = await GatewayRig.open({ builds, timeScale, seed, delayMs: () => 20 + random() * 150 }, PEOPLE);
  try {
    return await new DayRunner(plan, rig, random, onProgress).run(doubleWaitMs);
  } finally {
    await rig.close();
  }
}

class DayRunner {
  readonly #plan: DayPlan;
  readonly #rig: GatewayRig;
  readonly #random: () => number;
  readonly #onProgress: (line: string) => void;
  readonly #said: Said[] = [];
  #kills = 0;

  constructor(plan: DayPlan, rig: GatewayRig, random: () => number, onProgress: (line: string) => void) {
    this.#plan = plan;
    this.#rig = rig;
    this.#random = random;
    this.#onProgress = onProgress;
  }

  async run(doubleWaitMs: number): Promise<Day> {
    const { discord, spots } = this.#rig;
    const startedAt = Date.now();
    await discord.gateway.whenLive();
    // What is missed is read in channels in which somebody wrote before.
    for (const spot of spots) this.#say(spot);
    await until(() => this.#unanswered().length === 0, SETTLE_MAX_MS);
    // All agents have just started at once; a late heartbeat then is the machine's fault.
    const before = discord.gateway.log.violations.length;
    const played = await this.#strike();
    await until(() => this.#unanswered().length === 0, SETTLE_MAX_MS);
    await pause(doubleWaitMs);
    const { log } = discord.gateway;
    const { lost, doubled, excused, stale } = await this.#judge();
    const violations = log.violations.slice(before);
    return {
      played,
      said: this.#said,
      withoutRow: await this.#rig.withoutRow(this.#said),
      lost,
      doubled,
      excused: excused.length + stale.length,
      connections: log.connections.length,
      identifies: log.identifies.length,
      resumes: log.resumes.filter(({ outcome }) => outcome === "resumed").length,
      lateHeartbeats: violations.filter(({ kind }) => kind === LATE).length,
      violations: violations.filter(({ kind }) => kind !== LATE).map(({ kind, detail }) => `${kind} ${detail}`.trim()),
      kills: this.#kills,
      gapsRead: this.#rig.logged("gateway_gap_read"),
      tookMs: Date.now() - startedAt,
    };
  }

  /** The faults, what people write meanwhile, and the kills. */
  async #strike(): Promise<readonly PlayedFault[]> {
    const { seed, faults, share, eachAtLeast } = this.#plan;
    const day = faultPlan(seed, faults, { closeCodesAtLeast: eachAtLeast });
    const plan = day.map(({ atMs, fault }) => ({ atMs: atMs * share, fault }));
    const isOver = new AbortController();
    const writing = this.#write(isOver.signal);
    const killing = this.#kill(isOver.signal);
    try {
      return await playPlan(this.#rig.discord.gateway, plan, AbortSignal.timeout(this.#lengthMs * 2 + SETTLE_MAX_MS));
    } finally {
      isOver.abort();
      await Promise.all([writing, killing]);
    }
  }

  get #lengthMs(): number {
    return (86_400_000 * this.#plan.share) / this.#plan.timeScale;
  }

  async #write(signal: AbortSignal): Promise<void> {
    const { messages } = this.#plan;
    const { spots } = this.#rig;
    for (let number = 0; number < messages && !signal.aborted; number += 1) {
      await pause((this.#lengthMs / messages) * 2 * this.#random(), null, { signal }).catch(() => null);
      await until(() => this.#unanswered().length < UNANSWERED_MAX, SETTLE_MAX_MS);
      const spot = spots[Math.floor(this.#random() * spots.length)];
      if (spot) this.#say(spot);
      if (number % 25 === 0) this.#progress();
    }
  }

  async #kill(signal: AbortSignal): Promise<void> {
    const { kills } = this.#plan;
    const beganAt = Date.now();
    for (let number = 1; number <= kills; number += 1) {
      const leftMs = (this.#lengthMs * number) / (kills + 1) - (Date.now() - beganAt);
      await pause(Math.max(0, leftMs), null, { signal }).catch(() => null);
      if (signal.aborted) return;
      await this.#rig.killEdge();
      this.#kills += 1;
    }
  }

  #say(spot: GatewayRig["spots"][number]): void {
    this.#said.push(this.#rig.say(spot, messageId(spot.chat, this.#said.length)));
  }

  #unanswered(): readonly Said[] {
    return this.#said.filter((message) => !isAnswered(message, this.#rig.shown));
  }

  /** An answer may stand below a beginning of it, or all of it, of which nobody knew whether it was shown. */
  #judge(): Promise<Verdict> {
    const { shown, deadPreviews } = this.#rig;
    const resentFor = async ({ chat, id }: Written) => deadPreviews(chat).filter((text) => text.includes(id)).length;
    return verdictOf(this.#said, shown, { deadPreviews, resentFor });
  }

  #progress(): void {
    const { log } = this.#rig.discord.gateway;
    this.#onProgress(
      `${this.#said.length} written, ${this.#unanswered().length} unanswered, ${log.connections.length} connections, ` +
        `${log.identifies.length} identifies, ${log.resumes.length} resumes, ${this.#kills} kills`,
    );
  }
}

/** Which of the retryable close codes struck how often. */
export function closesOf({ played }: Pick<Day, "played">): ReadonlyMap<number, number> {
  const counts = new Map<number, number>(RETRYABLE_CLOSE_CODES.map((code) => [code, 0]));
  for (const { fault } of played) {
    if (fault.kind === "close" && fault.code !== null) counts.set(fault.code, (counts.get(fault.code) ?? 0) + 1);
  }
  return counts;
}

/** Nothing lost, nothing doubled, nothing that Discord would mind, and all of the plan played. */
export function isDayGreen(plan: DayPlan, day: Day): boolean {
  return (
    day.withoutRow.length + day.lost.length + day.doubled.length + day.violations.length === 0 &&
    day.lateHeartbeats <= Math.ceil(day.connections * LATE_MAX_SHARE) &&
    day.identifies <= IDENTIFIES_MAX &&
    day.played.length === plan.faults &&
    day.kills === plan.kills &&
    [...closesOf(day).values()].every((count) => count >= plan.eachAtLeast)
  );
}
