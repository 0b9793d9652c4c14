/**
 * A seeded random run: many messages over many chats, and kills of processes that have something to do. Everything is
 * drawn from one seed; what the machine does in between is not, so a seed repeats the orders, not the outcome.
 */
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { discordChat, type DiscordPlace, discordPlaceOf, messageId, type Written } from "./chats.ts";
import { LOST_AFTER_MS } from "./cell-run.ts";
import { AT_HALF_LENGTH, AT_LENGTH, WITH_TOOL } from "./model.ts";
import { isAnswered } from "./oracle.ts";
import { Rig, type RigOptions } from "./rig.ts";
import { until } from "./until.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

export type RandomPlan = {
  readonly seed: number;
  readonly messages: number;
  readonly chats: number;
  /** Kills of workerd, of agents with a turn under way, and of the stand-in. */
  readonly kills: { readonly workerd: number; readonly agent: number; readonly standIn: number };
};

export type RandomRun = Verdict & {
  readonly killed: { readonly workerd: number; readonly agent: number; readonly standIn: number };
  readonly acknowledged: readonly Written[];
  /** From the last kill to the last answer. */
  readonly settledMs: number;
  readonly modelCalls: number;
  /** Ids that stood twice in what one call of the model was asked. */
  readonly readTwice: readonly string[];
};

const FIRST_CHAT = 50_000;
/** Of three chats one is on Discord, of these kinds in turn. */
const DISCORD_SHARE = 3;
const PLACES: readonly DiscordPlace[] = ["asked_channel", "said_direct", "asked_direct", "said_channel", "said_thread"];
const PROCESS_MAX = 32;
/** Messages without an answer at any time; beyond it nobody writes for a moment. */
const UNANSWERED_MAX = 60;
/** A victim that has something to do is waited for this long. */
const VICTIM_WITHIN_MS = 10_000;
/** Doubled answers come late: an unknown outcome is resent after 10 s. */
const SETTLE_MS = 15_000;

/** Runs the plan. `onProgress` is told after each kill. */
export async function runRandom(
  plan: RandomPlan,
  builds: RigOptions["builds"],
  onProgress: (line: string) => void,
): Promise<RandomRun> {
  const random = mulberry32(plan.seed);
  const delayMs = () => 50 + random() * 400;
  const rig = await Rig.open({ builds, delayMs, hasFailPoints: false, processMax: PROCESS_MAX });
  try {
    return await new RandomRunner(plan, rig, random, onProgress).run();
  } finally {
    await rig.close();
  }
}

type Kill = "workerd" | "agent" | "standIn";

class RandomRunner {
  readonly #plan: RandomPlan;
  readonly #rig: Rig;
  readonly #random: () => number;
  readonly #onProgress: (line: string) => void;
  readonly #written: Written[] = [];
  readonly #killed = { workerd: 0, agent: 0, standIn: 0 };

  constructor(plan: RandomPlan, rig: Rig, random: () => number, onProgress: (line: string) => void) {
    this.#plan = plan;
    this.#rig = rig;
    this.#random = random;
    this.#onProgress = onProgress;
  }

  async run(): Promise<RandomRun> {
    const kills = this.#shuffledKills();
    for (const [index, kill] of kills.entries()) {
      await this.#writeUpTo(Math.ceil(((index + 1) / kills.length) * this.#plan.messages));
      await pause(this.#random() * 300);
      await this.#kill(kill);
      const { workerd, agent, standIn } = this.#killed;
      this.#onProgress(
        `${this.#written.length} written, killed ${workerd} workerd ${agent} agents ${standIn} stand-ins`,
      );
    }
    const lastKillAt = Date.now();
    await until(() => this.#unanswered().length === 0, LOST_AFTER_MS);
    const settledMs = Date.now() - lastKillAt;
    await pause(SETTLE_MS);
    const acknowledged = this.#written.filter((message) => this.#rig.isAcknowledged(message));
    const verdict = await verdictOf(acknowledged, this.#rig.shown, this.#rig.excuses());
    return {
      ...strict(verdict),
      killed: this.#killed,
      acknowledged,
      settledMs,
      modelCalls: this.#rig.model.calls,
      readTwice: [...this.#rig.model.readTwice],
    };
  }

  #shuffledKills(): readonly Kill[] {
    const { workerd, agent, standIn } = this.#plan.kills;
    const kills: Kill[] = [
      ...Array<Kill>(workerd).fill("workerd"),
      ...Array<Kill>(agent).fill("agent"),
      ...Array<Kill>(standIn).fill("standIn"),
    ];
    const drawn = kills.map((kill) => ({ kill, at: this.#random() }));
    return drawn.toSorted((left, right) => left.at - right.at).map(({ kill }) => kill);
  }

  /** People write until there are `count` messages; some are repeated by the platform, some arrive out of order. */
  async #writeUpTo(count: number): Promise<void> {
    while (this.#written.length < count) {
      await until(() => this.#unanswered().length <= UNANSWERED_MAX, LOST_AFTER_MS);
      const message = this.#next();
      const dice = this.#random();
      if (dice < 0.1) {
        const second: Written = { chat: message.chat, id: messageId(message.chat, this.#written.length) };
        this.#written.push(second);
        this.#rig.sayReordered(message, second);
      } else this.#rig.say(message, dice < 0.2 ? longIn(message) : dice < 0.4 ? WITH_TOOL : "");
      if (dice > 0.85) void this.#rig.repeat(message);
      if (dice > 0.95) void this.#rig.repeat(this.#pick(this.#written) ?? message);
      await pause(this.#random() * 60);
    }
  }

  #next(): Written {
    const chat = chatAt(Math.floor(this.#random() * this.#plan.chats));
    const message = { chat, id: messageId(chat, this.#written.length) };
    this.#written.push(message);
    return message;
  }

  /** Kills only what has something to do. */
  async #kill(kill: Kill): Promise<void> {
    if (!(await until(() => this.#isBusy(kill), VICTIM_WITHIN_MS))) return;
    this.#killed[kill] += 1;
    if (kill === "workerd") {
      await this.#rig.edge.kill();
      return this.#rig.edge.start();
    }
    if (kill === "standIn") {
      await this.#rig.standIn.kill();
      return this.#rig.standIn.start();
    }
    const pid = this.#pick([...this.#rig.standIn.busyAgents.keys()]);
    if (pid !== undefined) this.#rig.standIn.killAgent(pid);
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.#random() * items.length)];
  }

  #isBusy(kill: Kill): boolean {
    return kill === "agent" || kill === "standIn"
      ? this.#rig.standIn.busyAgents.size > 0
      : this.#unanswered().length > 0;
  }

  #unanswered(): readonly Written[] {
    return this.#written.filter((message) => !this.#rig.isRefused(message) && !isAnswered(message, this.#rig.shown));
  }
}

/** On Discord nothing that is shown again is excused. */
function strict({ lost, doubled, excused, stale }: Verdict): Verdict {
  const isExcusable = ({ chat }: Written) => discordPlaceOf(chat) === null;
  const inexcusable = [...excused, ...stale].filter((message) => !isExcusable(message));
  return {
    lost,
    doubled: [...doubled, ...inexcusable],
    excused: excused.filter(isExcusable),
    stale: stale.filter(isExcusable),
  };
}

function chatAt(index: number): number {
  const place = PLACES[Math.floor(index / DISCORD_SHARE) % PLACES.length];
  return index % DISCORD_SHARE === 0 && place !== undefined ? discordChat(place, index) : FIRST_CHAT + index;
}

function longIn({ chat }: Written): string {
  return discordPlaceOf(chat) === null ? AT_LENGTH : AT_HALF_LENGTH;
}

/** Names a set of messages, whatever their order. */
export function digestOf(messages: readonly Written[]): string {
  const ids = messages.map(({ id }) => id).toSorted();
  return createHash("sha256").update(ids.join("\n")).digest("hex").slice(0, 16);
}

/** A small seeded generator (Tommy Ettinger's mulberry32, public domain): numbers from 0 to 1. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
