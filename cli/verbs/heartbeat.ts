/** `claw heartbeat`: when the assistant looks at its checklist by itself, and what came of it; one now, off and on. */
import { Argument } from "commander";
import * as v from "valibot";
import { BEAT_ENDS, BEAT_SKIPS, HEARTBEAT_ORDERS } from "../../protocol/heartbeat.ts";
import { heartbeatLines, orderText } from "../../protocol/heartbeat-text.ts";
import { HEARTBEAT_EN } from "../../protocol/texts/heartbeat.ts";
import { describe } from "../table.ts";
import { carryOut } from "./ask.ts";
import type { Verb } from "./verb.ts";

const outcome = v.picklist([...BEAT_SKIPS, ...BEAT_ENDS]);
const usage = v.object({
  model: v.string(),
  inputTokens: v.number(),
  outputTokens: v.number(),
  cacheReadTokens: v.number(),
  cacheWriteTokens: v.number(),
  costUsd: v.number(),
});
const status = v.object({
  everyMs: v.nullable(v.number()),
  isPaused: v.boolean(),
  activeHours: v.nullable(v.string()),
  timezone: v.string(),
  model: v.nullable(v.string()),
  hasChecklist: v.boolean(),
  events: v.number(),
  nextAt: v.nullable(v.number()),
  beats: v.array(v.object({ slot: v.number(), outcome, usage: v.nullable(usage) })),
});
const ordered = v.object({ outcome });
const switched = v.object({ isPaused: v.boolean() });

export const heartbeatVerb: Verb = {
  name: "heartbeat",
  summary: "when it looks at its checklist by itself and what came of it; now, on or off",
  declare: (command) =>
    command.addArgument(new Argument("[order]", "look now, or be off until it is on again").choices(HEARTBEAT_ORDERS)),
  run: (options, [order]) => {
    const path = `/admin/api/heartbeat${order === undefined ? "" : `/${order}`}`;
    const change = order === undefined ? {} : { change: { method: "POST" } as const };
    return carryOut("heartbeat", { path, ...change }, options, (answer) => describeHeartbeat(answer, Date.now()));
  },
};

/** What another release answers in its own form is shown as it is. Pure. */
export function describeHeartbeat(answer: unknown, now: number): readonly string[] {
  const read = v.safeParse(v.union([status, ordered, switched]), answer);
  if (!read.success) return describe(answer);
  return linesOf(read.output, now).map(plain);
}

function linesOf(answer: v.InferOutput<typeof status | typeof ordered | typeof switched>, now: number): string[] {
  if ("everyMs" in answer) return heartbeatLines(answer, HEARTBEAT_EN, { language: "en", now });
  if ("outcome" in answer) return [orderText(answer.outcome, HEARTBEAT_EN)];
  return [answer.isPaused ? HEARTBEAT_EN.switchedOff : HEARTBEAT_EN.switchedOn];
}

/** Without marks of Markdown. */
function plain(line: string): string {
  return line.replaceAll(/\*\*|`/g, "");
}
