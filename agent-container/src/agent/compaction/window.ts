/** What follows from the size of a model's window: whether it can be used, when to sum up, how much to keep. Pure. */
import type { CompactionSettings } from "@earendil-works/pi-agent-core";
import { COMPACTION_BOUNDS, WINDOW_BOUNDS } from "./bounds.ts";

/** Why somebody or something wants a conversation summed up. */
export type CompactionReason = "manual" | "threshold" | "overflow";

/** Whether a model with such a window can hold a conversation. */
export function windowVerdict(windowTokens: number): "fits" | "small" | "refused" {
  if (windowTokens < WINDOW_BOUNDS.refusedBelow) return "refused";
  return windowTokens < WINDOW_BOUNDS.warnedBelow ? "small" : "fits";
}

/** Pi's settings: it asks for a summary once less than the reserve is free. */
export function settingsOf(windowTokens: number): CompactionSettings {
  const { reserveTokens, reserveShareMax, keepTokens, keepShareMax } = COMPACTION_BOUNDS;
  const reserve = Math.min(reserveTokens, Math.floor(windowTokens * reserveShareMax));
  const keep = Math.min(keepTokens, Math.floor((windowTokens - reserve) * keepShareMax));
  return { enabled: true, reserveTokens: reserve, keepRecentTokens: keep };
}

/** Tokens that stay as they were said. `failures`: summaries in a row after which the transcript was too long still. */
export function keptTokens(
  reason: CompactionReason,
  facts: { readonly windowTokens: number; readonly totalTokens: number; readonly failures: number },
): number {
  const { overflowKeepShare, manualKeepShare } = COMPACTION_BOUNDS;
  const keep = settingsOf(facts.windowTokens).keepRecentTokens;
  switch (reason) {
    case "threshold":
      return keep;
    case "overflow":
      return Math.floor(keep * overflowKeepShare ** (1 + facts.failures));
    case "manual":
      return Math.min(keep, Math.floor(facts.totalTokens * manualKeepShare));
  }
}
