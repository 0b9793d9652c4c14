/** The failover of one turn: what it finds out goes to the log, what it spends to the turn. */
import type { Usage } from "../../../../protocol/turn-event.ts";
import { windowVerdict } from "../compaction/window.ts";
import type { Candidates } from "./candidates.ts";
import type { Failover } from "./failover.ts";
import type { ModelNote } from "./model-note.ts";

/** A model whose window is so small that its conversations are summed up all the time. */
type SmallWindow = { readonly event: "model_window_small"; readonly model: string; readonly windowTokens: number };

export type TurnFailoverOptions = Pick<Failover, "cooldowns" | "open" | "now" | "sleep" | "purse"> & {
  readonly log: (line: ModelNote | SmallWindow) => void;
  /** Told of a cost that is in no message of the transcript. */
  readonly spend: (usage: Usage) => void;
};

/** Puts it together; says in the log which of the candidates are poor ones. */
export function createTurnFailover(candidates: Candidates, options: TurnFailoverOptions): Failover {
  const { log, spend, ...rest } = options;
  for (const { name, model } of candidates) {
    const { contextWindow: windowTokens } = model;
    if (windowVerdict(windowTokens) === "small") log({ event: "model_window_small", model: name, windowTokens });
  }
  return { ...rest, candidates, note: log, billed: spend };
}
