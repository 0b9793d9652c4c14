/**
 * A newer release while turns are under way, and the way back: AWS first and then the Worker, the Worker first and then AWS.
 * Each turn must end on the version that it began with, asked of no model twice; what begins afterwards is the other's.
 */
import { setTimeout as pause } from "node:timers/promises";
import { messageId, sessionOf, type Written } from "./chats.ts";
import { AT_LEISURE, AT_LENGTH, type SLOWLY, WITH_TOOL } from "./model.ts";
import { isAnswered, type Judgement } from "./oracle.ts";
import { Rig } from "./rig.ts";
import type { TurnLine } from "./stand-in.ts";
import { until } from "./until.ts";
import { type Builds, buildVariant, type Edit } from "./variant.ts";
import { verdictOf } from "./verdict.ts";

/** What tells the newer build from the first, in every line that its agents log of a turn. */
const MARKED: readonly Edit[] = [
  {
    file: "agent-container/src/turn/live-turn.ts",
    find: "this.#ports.log({ event, conversation,",
    replace: 'this.#ports.log({ build: "second", event, conversation,',
  },
];

type Name = "first" | "second";

export type UpgradePlan = {
  /** Conversations with a turn under way when the release changes. */
  readonly chats: number;
  /** Conversations that begin while it changes, and as many right after. */
  readonly newcomers: number;
  /** How answers are shown that are under way when it changes. */
  readonly pace: typeof SLOWLY | typeof AT_LEISURE;
  /** A second answer would come within it. */
  readonly settleMs: number;
};

export const UPGRADE: UpgradePlan = { chats: 50, newcomers: 5, pace: AT_LEISURE, settleMs: 15_000 };

const FIRST_CHAT = 50_000;
/** Of three turns one is showing its answer when the release changes; the others wait for their model. */
const isStreaming = (chat: number) => chat % 3 === 2;
/** A process for each conversation takes its time on a laptop. */
const PATIENCE_MS = 300_000;

export type Direction = {
  readonly name: "upgrade" | "rollback";
  /** Turns that were under way, and those of them whose answer was just being shown. */
  readonly held: number;
  readonly streaming: number;
  /** Of those whose process was killed once the release had changed, how many; and how many went on with the other version. */
  readonly killed: number;
  readonly revived: number;
  /** Of the others: ran on the other version as well, or in more than one process, or asked the model for a step twice. */
  readonly moved: readonly Written[];
  /** Turns that began afterwards, and those of them that ran on the version of before. */
  readonly begun: number;
  readonly stale: readonly TurnLine[];
};

export type UpgradeRun = Judgement & {
  readonly written: number;
  /** Shown twice as the ledger says: allowed. */
  readonly excused: readonly Written[];
  readonly readTwice: readonly string[];
  readonly directions: readonly Direction[];
};

/** Whether nothing was lost or done twice, and each version did what was its own. */
export function isUpgradeGreen({ lost, doubled, readTwice, directions }: UpgradeRun): boolean {
  const isProper = ({ held, killed, revived, moved, begun, stale }: Direction) =>
    held > 0 && killed > 0 && revived === killed && moved.length === 0 && begun >= held && stale.length === 0;
  return lost.length + doubled.length + readTwice.length === 0 && directions.length === 2 && directions.every(isProper);
}

/** One round; `note` is told how far it is. Both builds are made with `edits`. */
export async function runUpgrade(
  plan: UpgradePlan,
  edits: readonly Edit[],
  note: (line: string) => void,
): Promise<UpgradeRun> {
  const first = await buildVariant(edits);
  const second = await buildVariant([...edits, ...MARKED]);
  const rig = await Rig.open({
    builds: first,
    delayMs: () => 50,
    hasFailPoints: false,
    processMax: plan.chats + 4 * plan.newcomers + 5,
  });
  try {
    return await new Upgrade(plan, rig, { first, second }, note).run();
  } finally {
    await rig.close();
  }
}

class Upgrade {
  readonly #plan: UpgradePlan;
  readonly #rig: Rig;
  readonly #builds: Readonly<Record<Name, Builds>>;
  readonly #note: (line: string) => void;
  readonly #chats: readonly number[];
  readonly #written: Written[] = [];
  #newcomers = 0;

  constructor(plan: UpgradePlan, rig: Rig, builds: Readonly<Record<Name, Builds>>, note: (line: string) => void) {
    this.#plan = plan;
    this.#rig = rig;
    this.#builds = builds;
    this.#note = note;
    this.#chats = Array.from({ length: plan.chats }, (_, index) => FIRST_CHAT + index);
  }

  async run(): Promise<UpgradeRun> {
    await this.#answered(this.#say(this.#chats));
    this.#note(`${this.#chats.length} conversations have a process`);
    const newer = await this.#rig.standIn.publish(this.#builds.second.agent.entryPath);
    const upgrade = await this.#change("upgrade", "second", async (meanwhile) => {
      await this.#rig.standIn.point(newer);
      meanwhile();
      await this.#deploy("second");
    });
    const rollback = await this.#change("rollback", "first", async (meanwhile) => {
      await this.#deploy("first");
      meanwhile();
      await this.#rig.standIn.point("1");
    });
    await pause(this.#plan.settleMs);
    const { lost, doubled, excused } = await verdictOf(this.#written, this.#rig.shown, this.#rig.excuses());
    return {
      lost,
      doubled,
      excused,
      written: this.#written.length,
      readTwice: [...this.#rig.model.readTwice],
      directions: [upgrade, rollback],
    };
  }

  /** One change of the release with a turn of every chat under way: `carryOut` makes it, and calls `meanwhile` in between. */
  async #change(
    name: Direction["name"],
    to: Name,
    carryOut: (meanwhile: () => void) => Promise<void>,
  ): Promise<Direction> {
    const { model, standIn } = this.#rig;
    const from: Name = to === "first" ? "second" : "first";
    model.hold();
    const streaming = this.#say(this.#chats.filter(isStreaming), `${WITH_TOOL} ${AT_LENGTH} ${this.#plan.pace}`);
    const waiting = this.#say(
      this.#chats.filter((chat) => !isStreaming(chat)),
      WITH_TOOL,
    );
    const held = [...streaming, ...waiting];
    const isUnderWay = () => held.every(({ id }) => model.callsAbout(id) === 2) && model.held === waiting.length;
    await this.#reached(isUnderWay, "a turn of every chat under way");
    const holding = new Map(standIn.turnLines.map(({ chat, turnId }) => [chat, turnId]));
    this.#note(`${name}: ${held.length} turns are under way`);
    const changedAt = this.#rig.log.length;
    const meanwhile: Written[] = [];
    const unanswered = streaming.filter((message) => !isAnswered(message, this.#rig.shown)).length;
    await carryOut(() => {
      // Some of those who wait for an answer write again, and others write for the first time.
      meanwhile.push(...this.#say(this.#chats.filter((_, index) => index % 4 === 0)), ...this.#sayNewcomers());
    });
    const since = standIn.turnLines.length;
    const late = this.#sayNewcomers();
    await this.#answered(late);
    await this.#reached(() => this.#areJoinedSince(changedAt, held), "every turn joined again");
    this.#note(`${name}: the ${to} release is there, has joined them all and answered others`);
    const killed = waiting.filter((_, index) => index % 10 === 1);
    for (const [pid, chat] of standIn.busyAgents)
      if (killed.some((message) => message.chat === chat)) standIn.killAgent(pid);
    model.letGo();
    await this.#answered([...held, ...meanwhile]);
    const next = this.#say(this.#chats);
    await this.#answered(next);
    const chats = new Set([...next, ...late].map(({ chat }) => chat));
    const begun = standIn.turnLines
      .slice(since)
      .filter(({ event, chat, turnId }) => event === "turn_started" && chats.has(chat) && holding.get(chat) !== turnId);
    this.#note(`${name}: ${begun.length} turns have begun since`);
    return {
      name,
      held: held.length,
      streaming: unanswered,
      killed: killed.length,
      revived: killed.filter(({ chat }) => this.#lastBuild(holding.get(chat)) === to).length,
      moved: held
        .filter((message) => !killed.includes(message))
        .filter((message) => !this.#hasStayed(message, holding.get(message.chat), from)),
      begun: begun.length,
      stale: begun.filter(({ build }) => build !== to),
    };
  }

  /**
   * One process of one version had the turn, and asked the model for the tool and for the answer, each once. It may have said
   * its answer again to an edge that came after it was over.
   */
  #hasStayed({ id }: Written, turnId: string | undefined, build: Name): boolean {
    const lines = this.#rig.standIn.turnLines.filter((line) => line.turnId === turnId);
    const isOne = new Set(lines.map(({ pid }) => pid)).size === 1;
    return isOne && lines.every((line) => line.build === build) && this.#rig.model.callsAbout(id) === 2;
  }

  #deploy(name: Name): Promise<void> {
    const { worker, agent } = this.#builds[name];
    return this.#rig.edge.deploy(worker, { RELEASE_ID: agent.hash });
  }

  /** The version that a turn ended on. */
  #lastBuild(turnId: string | undefined): string | undefined {
    return this.#rig.standIn.turnLines.findLast((line) => line.turnId === turnId)?.build;
  }

  /** Those that are over need nobody. */
  #areJoinedSince(line: number, messages: readonly Written[]): boolean {
    const resumed = new Set(this.#rig.log.slice(line).map(({ step, session }) => step === "turn_resumed" && session));
    return messages.every((message) => resumed.has(sessionOf(message.chat)) || isAnswered(message, this.#rig.shown));
  }

  #sayNewcomers(): readonly Written[] {
    const chats = Array.from({ length: this.#plan.newcomers }, () => FIRST_CHAT + 10_000 + (this.#newcomers += 1));
    return this.#say(chats);
  }

  #say(chats: readonly number[], words = ""): readonly Written[] {
    const said = chats.map((chat): Written => ({ chat, id: messageId(chat, this.#written.length + 1) }));
    for (const message of said) this.#rig.say(message, words);
    this.#written.push(...said);
    return said;
  }

  /** What is not answered in time is judged as lost in the end. */
  async #answered(messages: readonly Written[]): Promise<void> {
    await until(() => messages.every((message) => isAnswered(message, this.#rig.shown)), PATIENCE_MS);
  }

  async #reached(isSo: () => boolean, what: string): Promise<void> {
    if (!(await until(isSo, PATIENCE_MS))) throw new Error(`there was never ${what}`);
  }
}
