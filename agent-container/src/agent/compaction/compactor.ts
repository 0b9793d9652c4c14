/**
 * Sums a conversation up when pi asks for it: notes first, then the summary. What cannot be done now is declined: a turn
 * goes on with what it has, and nobody's conversation is begun anew.
 */
import {
  type AgentLane,
  type AgentMessage,
  BACKGROUND_CONTEXT,
  type CompactionPreparation,
  type CompactResult,
  type Session,
} from "@earendil-works/pi-agent-core";
import type { AssistantMessage } from "@earendil-works/pi-ai";
import type { TurnId } from "../../../../protocol/ids.ts";
import { writeBeside } from "../spent-record.ts";
import type { LoopListener } from "../loop-events.ts";
import type { Failover } from "../models/failover.ts";
import { usageOf } from "../models/usage.ts";
import type { AgentTool } from "../tool.ts";
import { COMPACTION_BOUNDS } from "./bounds.ts";
import { type Cut, cutConversation } from "./cut.ts";
import { coveredOf, flush, type NoteKeeper, putOff, type Stretch } from "./flush.ts";
import { contextTokens, estimate, lastReport, tokensPerEstimate, uncounted } from "./measure.ts";
import { readNoteRecord } from "./note-record.ts";
import { withOriginals } from "./originals.ts";
import { piecesOf } from "./pieces.ts";
import { type SilentCall, SilentModel } from "./silent-model.ts";
import { readStand, type Stand, type SummaryDetails } from "./stand.ts";
import { sumUp } from "./summary.ts";
import { type CompactionReason, keptTokens, settingsOf } from "./window.ts";

/** What pi wants summed up, and why. */
export type CompactionOrder = {
  readonly reason: CompactionReason;
  readonly preparation: CompactionPreparation;
  readonly customInstructions?: string;
};

/** What is in each request beside the conversation. */
export type RequestFrame = {
  readonly prompt: Promise<string>;
  readonly tools: readonly Pick<AgentTool, "name" | "description" | "parameters">[];
};

export type CompactorOptions = {
  readonly session: Session;
  readonly lane: AgentLane;
  readonly turnId: TurnId;
  readonly failover: Failover;
  readonly listener: LoopListener;
  /** Makes durable what was written so far. */
  readonly settle: () => Promise<void>;
  readonly log: (line: { readonly event: string; readonly [field: string]: unknown }) => void;
};

type Outcome = { readonly decline: true } | { readonly compaction: CompactResult };

const DECLINE: Outcome = { decline: true };

/** What is known of a conversation that is to be summed up. */
type Plan = {
  readonly stand: Stand;
  readonly cut: Cut;
  readonly all: readonly AgentMessage[];
  /** Tokens for one of pi's. */
  readonly rate: number;
  /** Pi's count of what else is in a request. */
  readonly beside: number;
};

export class Compactor {
  /** Set before the turn runs. */
  keeper: NoteKeeper | null = null;
  /** Why nothing was summed up when somebody asked for it. */
  problem: "nothing" | "failed" = "failed";
  readonly #options: CompactorOptions;
  /** Pi's count of the system prompt and the tools, once something was summed up. */
  #promptEstimate = 0;
  /** It was tried in this process, and can wait for the next turn. */
  #isPutOff = false;

  constructor(options: CompactorOptions) {
    this.#options = options;
  }

  /** Throws what the store throws. */
  async carryOut(order: CompactionOrder, beside: RequestFrame, signal: AbortSignal): Promise<Outcome> {
    const { reason, preparation, customInstructions } = order;
    if (reason === "threshold" && this.#isPutOff) return DECLINE;
    this.#promptEstimate = frameEstimate(await beside.prompt, beside.tools);
    const { failover, settle } = this.#options;
    const plan = await this.#plan(reason, preparation);
    if (plan === null) return this.#decline("nothing", reason);
    const model = new SilentModel({ failover, signal, settle, count: this.#count });
    if (!(await this.#takeNotes(model, plan, reason)) || signal.aborted) return this.#decline("failed", reason);
    const pieces = piecesOf(plan.cut.summed, this.#pieceChars(plan.rate));
    const summary = await sumUp(model, pieces, preparation.previousSummary, customInstructions);
    if (summary === null || signal.aborted) return this.#decline("failed", reason);
    // At an overflow the texts are cut besides; else nothing is better than more than there was.
    if (reason !== "overflow" && isNoShorter(summary, plan, preparation.previousSummary)) {
      return this.#decline("failed", reason);
    }
    const compaction = await this.#result(plan, summary);
    this.#note("compacted", {
      reason,
      pieces: pieces.length,
      tokensBefore: compaction.tokensBefore,
      ...compaction.details,
    });
    return { compaction };
  }

  /** False when there are none and the summary can wait for a better moment. */
  async #takeNotes(model: SilentModel, { stand, cut, rate }: Plan, reason: CompactionReason): Promise<boolean> {
    const { session, turnId, failover } = this.#options;
    const flushed = await flush({ session, turnId, keeper: this.keeper, now: failover.now }, model, {
      ...baseOf(stand),
      tip: stand.tip,
      messages: cut.summed.length,
      pieces: (from) => piecesOf(cut.summed.slice(from), this.#pieceChars(rate)),
    });
    this.#note("memory_flush", { reason, outcome: flushed });
    if (flushed === "done" || reason === "overflow") return true;
    // Files that take no notes are no reason never to sum up, whoever asks for it.
    return (reason === "threshold" || flushed === "refused") && !(await putOff(session));
  }

  async #result({ stand, cut, all, rate, beside }: Plan, summary: string): Promise<CompactResult<SummaryDetails>> {
    // Notes can be ahead of the summary: a try before this one failed, and wanted to keep less.
    const covered = coveredOf(await readNoteRecord(this.#options.session), baseOf(stand));
    const kept = withOriginals(cut.kept, cut.summed);
    const after = this.#promptEstimate + Math.ceil(summary.length / 4) + estimate(kept);
    return {
      summary,
      retainedTail: kept.map(uncounted),
      tokensBefore: lastReport(all) ? contextTokens(all) : Math.round(rate * (beside + estimate(all))),
      details: {
        count: stand.details.count + 1,
        tokensAfter: Math.round(rate * after),
        failures: failuresOf(stand),
        noted: Math.max(0, covered - cut.summed.length),
      },
    };
  }

  /** Whether a summary cannot make the coming request shorter: it was just made, or there is nothing to sum up. */
  async isOfNoHelp(): Promise<boolean> {
    const stand = await readStand(this.#options.session);
    if (stand.summary !== undefined && !stand.isAnswered) return true;
    const said = stand.messages.filter(({ role }) => role !== "compactionSummary");
    return this.#cut("overflow", stand, said).cut.summed.length === 0;
  }

  async #plan(reason: CompactionReason, preparation: CompactionPreparation): Promise<Plan | null> {
    const stand = await readStand(this.#options.session);
    const { messagesToSummarize, turnPrefixMessages, retainedTail } = preparation;
    const all = [...messagesToSummarize, ...turnPrefixMessages, ...retainedTail];
    const plan = this.#cut(reason, stand, all);
    if (plan.cut.summed.length === 0) return null;
    const { manualMinTokens, worthShare } = COMPACTION_BOUNDS;
    if (reason === "manual" && estimate(all) < manualMinTokens) return null;
    // Where prompt and tools alone fill the window, each turn would sum up the one before it.
    const gain = plan.rate * estimate(plan.cut.summed);
    return reason === "threshold" && gain < this.#windowTokens * worthShare ? null : plan;
  }

  #cut(reason: CompactionReason, stand: Stand, all: readonly AgentMessage[]): Plan {
    const beside = this.#promptEstimate + Math.ceil((stand.summary?.summary.length ?? 0) / 4);
    const windowTokens = reason === "overflow" ? this.#refusingWindow(all) : this.#windowTokens;
    const rate = tokensPerEstimate(all, beside, reason === "overflow" ? windowTokens : null);
    const facts = { windowTokens, totalTokens: rate * estimate(all), failures: failuresOf(stand) };
    const kept = keptTokens(reason, facts) / rate;
    return { stand, cut: cutConversation(all, kept), all, rate, beside };
  }

  get #windowTokens(): number {
    return this.#options.failover.candidates[0].model.contextWindow;
  }

  /** The window of the model that refused the request: a fallback can have a smaller one. */
  #refusingWindow(all: readonly AgentMessage[]): number {
    const last = all.at(-1);
    if (last?.role !== "assistant" || last.stopReason !== "error") return this.#windowTokens;
    const refusing = this.#options.failover.candidates.find(
      ({ model }) => model.provider === last.provider && model.id === last.model,
    );
    return Math.min(this.#windowTokens, refusing?.model.contextWindow ?? this.#windowTokens);
  }

  /** Characters of conversation that fit into one request beside the summary so far, with room for the answer. */
  #pieceChars(rate: number): number {
    const { summaryShare, promptTokens, fillShare } = COMPACTION_BOUNDS;
    const summaryTokens = settingsOf(this.#windowTokens).reserveTokens * summaryShare;
    const room = (this.#windowTokens - 2 * summaryTokens - promptTokens) * fillShare;
    return Math.max(1, Math.floor((4 * room) / rate));
  }

  readonly #count = async (message: AssistantMessage, call: SilentCall): Promise<void> => {
    const usage = usageOf(message);
    this.#options.listener({ kind: "usage", usage });
    const details = { call, model: usage.model };
    const recorded = await this.#options.lane.recordUsage(message.usage, { details }, BACKGROUND_CONTEXT);
    if (!recorded.ok) throw recorded.error;
    const beside = this.#options.failover.purse?.takeBeside();
    if (beside !== undefined) await writeBeside(this.#options.session, this.#options.turnId, beside);
  };

  #decline(problem: "nothing" | "failed", reason: CompactionReason): Outcome {
    this.problem = problem;
    this.#isPutOff = true;
    this.#note("compaction_declined", { reason, problem });
    return DECLINE;
  }

  #note(event: string, fields: Readonly<Record<string, unknown>>): void {
    this.#options.log({ event, turnId: this.#options.turnId, ...fields });
  }
}

function isNoShorter(summary: string, { cut }: Plan, before = ""): boolean {
  return Math.ceil(summary.length / 4) >= estimate(cut.summed) + Math.ceil(before.length / 4);
}

function frameEstimate(prompt: string, tools: RequestFrame["tools"]): number {
  const schemas = tools.map(({ name, description, parameters }) => ({ name, description, parameters }));
  return Math.ceil((prompt.length + JSON.stringify(schemas).length) / 4);
}

/** What the conversation goes on from. */
function baseOf({ summary, details }: Stand): Pick<Stretch, "base" | "noted"> {
  return { base: summary?.id ?? null, noted: details.noted };
}

/** Summaries right before this moment that did not help: no model has answered since. */
function failuresOf({ summary, isAnswered, details }: Stand): number {
  return summary !== undefined && !isAnswered ? details.failures + 1 : 0;
}
