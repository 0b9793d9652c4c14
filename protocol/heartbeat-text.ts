/** How the heartbeat stands, in words: for `/heartbeat` and for the command line. Pure. */
import type { Language } from "./access.ts";
import type { BeatOutcome, BeatView, HeartbeatStatus } from "./heartbeat.ts";
import { everyText, momentText } from "./job-text.ts";
import type { HeartbeatTexts } from "./texts/heartbeat.ts";
import { inlineCode } from "./texts/inline-code.ts";

export type HeartbeatReader = { readonly language: Language; readonly now: number };

/** The lines of its status, in Markdown. */
export function heartbeatLines(status: HeartbeatStatus, texts: HeartbeatTexts, reader: HeartbeatReader): string[] {
  const { everyMs, isPaused, activeHours, timezone, model, hasChecklist, events, nextAt, beats } = status;
  const moment = (at: number) => momentText(at, reader.now, timezone, reader.language);
  return [
    everyMs === null ? texts.clockOff : texts.on(everyText(everyMs, reader.language)),
    ...(isPaused ? [texts.paused] : []),
    ...(activeHours === null ? [] : [texts.hours(activeHours)]),
    ...(model === null ? [] : [texts.model(inlineCode(model))]),
    hasChecklist ? texts.hasChecklist : texts.noChecklist,
    ...(events > 0 ? [texts.events(String(events))] : []),
    ...(nextAt === null ? [] : [texts.next(moment(nextAt))]),
    ...(beats.length > 0 ? ["", texts.last] : []),
    ...beats.map((beat) => texts.beat(moment(beat.slot), texts.outcome[beat.outcome]) + costText(beat, texts)),
  ];
}

/** The answer to a wish for a beat now. */
export function orderText(outcome: BeatOutcome, texts: HeartbeatTexts): string {
  return outcome === "running" ? texts.begun : texts.notBegun(texts.outcome[outcome]);
}

function costText({ usage }: BeatView, texts: HeartbeatTexts): string {
  if (usage === null) return "";
  const tokens = usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  return ` ${texts.cost(String(tokens), usage.costUsd.toFixed(4))}`;
}
