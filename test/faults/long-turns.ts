/**
 * Turns that outlive a single stream: a build with small bounds, a model that thinks for many of them, and a look that
 * the turn went on by re-attaching and asked the model no second time.
 */
import { setTimeout as pause } from "node:timers/promises";
import { messageId, type Written } from "./chats.ts";
import { isAnswered } from "./oracle.ts";
import { Rig } from "./rig.ts";
import { until } from "./until.ts";
import { buildVariant, type Edit } from "./variant.ts";

/** An hour becomes ten seconds. */
const SCALE = 360;
/** What a job may take: three hours, so that a turn can be longer than one. */
const TURN_MAX_MS = 10_800_000;

/** Bounds of `TURN_BOUNDS` as they are, each once in its file. */
const BOUNDS = {
  runMaxMs: "600_000",
  leaseMs: "90_000",
  leaseRenewMs: "30_000",
  pingEveryMs: "15_000",
  streamSilenceMs: "45_000",
} as const;

const SMALL_BOUNDS: readonly Edit[] = [
  ...Object.entries(BOUNDS).map(([name, value]) => ({
    file: "protocol/bounds.ts",
    find: `  ${name}: ${value},`,
    replace: `  ${name}: ${Math.round(Number(value.replaceAll("_", "")) / SCALE)},`,
  })),
  {
    file: "protocol/bounds.ts",
    find: "  turnMaxMs: 3_600_000,",
    replace: `  turnMaxMs: ${TURN_MAX_MS / SCALE},`,
  },
];

export type LongTurn = {
  /** How long the model thought, in the time of the bounds as they are. */
  readonly name: string;
  readonly isAnswered: boolean;
  readonly timesShown: number;
  /** How often the edge re-attached. */
  readonly resumed: number;
  readonly modelCalls: number;
};

/** A turn of 25 minutes (several runs) and one of 90 (longer than an hour), each with one call of the model. */
export async function runLongTurns(): Promise<readonly LongTurn[]> {
  const builds = await buildVariant(SMALL_BOUNDS);
  const turns: LongTurn[] = [];
  for (const minutes of [25, 90]) {
    const thinkMs = (minutes * 60_000) / SCALE;
    const rig = await Rig.open({ builds, delayMs: () => thinkMs, hasFailPoints: false, processMax: 4 });
    try {
      const message: Written = { chat: 1_000, id: messageId(1_000, minutes) };
      rig.say(message);
      await until(() => isAnswered(message, rig.shown), 4 * thinkMs);
      // A second showing would come within a run's length.
      await pause(2_000);
      turns.push({
        name: `a turn of ${minutes} min`,
        isAnswered: isAnswered(message, rig.shown),
        timesShown: rig.shown(message.chat).length,
        resumed: rig.log.filter(({ step }) => step === "turn_resumed").length,
        modelCalls: rig.model.calls,
      });
    } finally {
      await rig.close();
    }
  }
  return turns;
}

/** Answered once, by one call of the model, over more than one run. */
export function isLongTurnGreen({ isAnswered: answered, timesShown, resumed, modelCalls }: LongTurn): boolean {
  return answered && timesShown === 1 && resumed > 0 && modelCalls === 1;
}
