/**
 * The port to pi: one turn of a conversation on pi's durable harness. Nothing outside this folder and the session
 * store knows pi's types. A turn id is pi's operation id.
 */
import {
  type AgentHarness as Harness,
  type AgentLane,
  type AgentMessage,
  BACKGROUND_CONTEXT,
  laneState,
  type Session,
} from "@earendil-works/pi-agent-core";
import type { ThinkingLevel } from "../../../protocol/access.ts";
import type { InboundId, TurnId } from "../../../protocol/ids.ts";
import type { PromptMessage } from "../../../protocol/invocation.ts";
import type { Taint } from "../../../protocol/policy.ts";
import type { ContextUse } from "../../../protocol/turn-event.ts";
import type { TurnAttachments } from "./attachments/turn-attachments.ts";
import type { Compactor } from "./compaction/compactor.ts";
import { readCompacted, readContextUse } from "./compaction/context-use.ts";
import { readStand } from "./compaction/stand.ts";
import { type NoteKeeper, settleNotes, takeOverNotes } from "./compaction/flush.ts";
import { inboundMessage, type InboundSetting, repeatedMessage } from "./inbound-message.ts";
import {
  type Answer,
  ANSWER_ENTRY,
  failureText,
  LANE,
  type LedgerState,
  readLedger,
  type Brings,
  readTurn,
  readTurnTaints,
  readUnanswered,
  type TurnRecord,
  writeCommandAnswer,
} from "./ledger.ts";
import { listen, type LoopListener } from "./loop-events.ts";
import type { Failover } from "./models/failover.ts";
import { BudgetShortError, type Purse } from "./models/purse.ts";
import { ASKING_AGAIN, wasAskedAgain } from "./asking-again.ts";
import { type Attached, attach, causeOf } from "./attach.ts";
import { toHarnessTool } from "./pi-adapters.ts";
import { prune } from "./pruning/prune.ts";
import { readSpent, writeBeside } from "./spent-record.ts";
import { StepBudget } from "./step-budget.ts";
import type { AgentTool } from "./tool.ts";

/** How the loop ended. */
export type LoopOutcome =
  | { readonly kind: "completed" }
  | { readonly kind: "aborted" }
  | { readonly kind: "failed"; readonly message: string };

export type LoopOptions = {
  readonly turnId: TurnId;
  readonly session: Session;
  /** Makes durable what was written so far. */
  readonly flush: () => Promise<void>;
  readonly failover: Failover;
  /** Looks into what came with messages. */
  readonly attachments: Pick<TurnAttachments, "read" | "show">;
  /** Names of all tools that the turn will have; the tools themselves come with `run`. */
  readonly toolNames: readonly string[];
  /** How hard the model is to think; pi asks each model for what it can do of it. */
  readonly thinking: ThinkingLevel;
  readonly brings: Brings;
  readonly listener: LoopListener;
  readonly log: (line: { readonly event: string; readonly [field: string]: unknown }) => void;
};

/** What a turn needs once it runs. */
export type LoopEquipment = {
  readonly tools: readonly AgentTool[];
  systemPrompt(): Promise<string>;
  /** Why a call is not to be done, for the model. */
  refuseCall(tool: string): Promise<string | null>;
  /** Called before a tool's result is journalled; the id is kept with it. */
  checkpoint(): Promise<string | null>;
  /** Whether what a turn has come to has no words for somebody who waits for some. */
  lacksWords(record: TurnRecord): boolean;
  /** Where notes are written before anything is summed up; null: this conversation keeps no files. */
  readonly notes: NoteKeeper | null;
};

export class AgentLoop {
  readonly #turnId: TurnId;
  readonly #session: Session;
  readonly #flush: () => Promise<void>;
  readonly #harness: Harness;
  readonly #lane: AgentLane;
  readonly #toolNames: readonly string[];
  readonly #thinking: ThinkingLevel;
  readonly #brings: Brings;
  readonly #attachments: LoopOptions["attachments"];
  readonly #budget: StepBudget;
  readonly #compactor: Compactor;
  readonly #windowTokens: number;
  readonly #stopListening: () => void;
  readonly #purse: Purse | undefined;
  /** Steered messages of this process. */
  readonly #steered = new Set<InboundId>();
  /** Why the loop was closed from inside: something failed that pi would have gone on without. */
  #broken: { readonly cause: unknown } | undefined;

  private constructor(options: LoopOptions, attached: Attached, budget: StepBudget) {
    const { harness, lane, compactor } = attached;
    this.#turnId = options.turnId;
    this.#session = options.session;
    this.#flush = options.flush;
    this.#toolNames = options.toolNames;
    this.#thinking = options.thinking;
    this.#brings = options.brings;
    this.#attachments = options.attachments;
    this.#harness = harness;
    this.#lane = lane;
    this.#budget = budget;
    this.#compactor = compactor;
    this.#windowTokens = options.failover.candidates[0].model.contextWindow;
    this.#stopListening = listen(harness, options.turnId, options.listener);
    this.#purse = options.failover.purse;
    if (this.#purse) this.#purse.onShort = (needs) => this.#close(new BudgetShortError(needs));
  }

  /** Attaches to the transcript without running anything. */
  static async open(options: LoopOptions): Promise<AgentLoop> {
    const budget = new StepBudget();
    return new AgentLoop(options, await causeOf(() => attach(options, budget)), budget);
  }

  /** Where the turn stands in the ledger. */
  ledger(): Promise<LedgerState> {
    return readLedger(this.#session, this.#turnId);
  }

  /** What the turn has done so far. */
  record(): Promise<TurnRecord> {
    return readTurn(this.#session, this.#turnId);
  }

  /** What the turn has taken in of others so far. */
  taints(): Promise<readonly Taint[]> {
    return readTurnTaints(this.#session, this.#turnId, this.#brings);
  }

  /** Reads what earlier runs of the turn have used. */
  async recallSpent(): Promise<void> {
    if (this.#purse === undefined) return;
    const { recorded, beside } = await readSpent(this.#session, this.#turnId);
    this.#purse.recall(recorded, beside);
  }

  /** Tokens of the whole transcript, as its models reported them. */
  async tokensUsed(): Promise<number> {
    return (await this.#session.getStats(BACKGROUND_CONTEXT)).usage.totalTokens;
  }

  /** How full the window is, as the model's provider counted it last, and how often the conversation was summed up. */
  async contextUse(): Promise<ContextUse> {
    return readContextUse(this.#session, this.#windowTokens);
  }

  /** What the model is shown of the transcript. */
  async shownMessages(): Promise<readonly AgentMessage[]> {
    return prune((await readStand(this.#session)).messages, this.#windowTokens);
  }

  /**
   * Writes the turn to the ledger as one that sums the conversation up. False: there is nothing to sum up, and nothing is
   * written.
   */
  async beginCompaction(customInstructions: string): Promise<boolean> {
    return causeOf(async () => {
      await this.#abortOpenTurn();
      await this.#dropQueued();
      const custom = customInstructions === "" ? {} : { customInstructions };
      const request = { kind: "compaction", operationId: this.#turnId, ...custom } as const;
      const accepted = await this.#lane.accept(request, BACKGROUND_CONTEXT);
      if (!accepted.ok && accepted.error._tag !== "NothingToCompact") throw accepted.error;
      await this.#flush();
      return accepted.ok;
    });
  }

  /** What came of summing up; undefined: it was declined. */
  async compacted(): Promise<{ readonly before: number; readonly after: number } | undefined> {
    return readCompacted(this.#session, this.#turnId);
  }

  /** Why nothing was summed up, as far as this process knows. */
  get compactionProblem(): "nothing" | "failed" {
    return this.#compactor.problem;
  }

  /**
   * Writes the turn and its messages to the ledger. Ends an older turn that was left open, and drops its steering. A
   * message that such a turn took in is not written again, only named.
   */
  async begin(messages: readonly PromptMessage[], setting: InboundSetting): Promise<void> {
    await causeOf(async () => {
      await this.#abortOpenTurn();
      await this.#dropQueued();
      const { words, taints } = await readUnanswered(this.#session, this.#brings);
      const isRepeated = ({ id, text }: PromptMessage) => words.get(id) === text;
      const news = messages.filter((message) => !isRepeated(message));
      const read = await this.#attachments.read(news);
      const prompt = messages.map((message): AgentMessage => {
        if (isRepeated(message)) return repeatedMessage(message, setting, taints);
        return inboundMessage(message, setting, read[news.indexOf(message)]);
      });
      const request = { kind: "prompt", operationId: this.#turnId, prompt } as const;
      const accepted = await this.#lane.accept(request, BACKGROUND_CONTEXT);
      if (!accepted.ok) throw accepted.error;
      await this.#flush();
    });
  }

  /** Runs the turn, or goes on with it, to its end. Throws `StorageError` and whatever the store throws. */
  async run(equipment: LoopEquipment, stepsBefore: number): Promise<LoopOutcome> {
    const driven = await causeOf(async () => {
      await this.#equip(equipment, stepsBefore);
      const outcome = await this.#lane.drive({ operationId: this.#turnId, waitForRetry: true }, BACKGROUND_CONTEXT);
      await this.#flush();
      return outcome;
    }).catch((error: unknown) => {
      throw this.#broken?.cause ?? error;
    });
    // Pi may take what was closed for an end of its own.
    if (this.#broken !== undefined) throw this.#broken.cause;
    if (!driven.ok) throw driven.error;
    if (driven.value.kind !== "settled") throw new Error(`the turn is waiting for ${driven.value.reason}`);
    const { status, error } = driven.value.outcome;
    if (status === "completed" || status === "declined") return { kind: "completed" };
    return status === "failed" ? { kind: "failed", message: failureText(error) } : { kind: "aborted" };
  }

  /**
   * Queues a message for the next step, unless `isOpen` denies it once its files were looked into. Idempotent by
   * inbound id.
   */
  async steer(message: PromptMessage, setting: InboundSetting, isOpen: () => boolean): Promise<void> {
    if (this.#steered.has(message.id)) return;
    this.#steered.add(message.id);
    const [contents] = await this.#attachments.read([message]);
    if (!isOpen()) return;
    const steered = inboundMessage(message, setting, contents);
    try {
      const queued = await causeOf(() => this.#lane.steer(steered, undefined, BACKGROUND_CONTEXT));
      if (!queued.ok) throw queued.error;
      await this.#flush();
    } catch (error) {
      // It is not queued, and must not be taken for it when it is offered again.
      this.#steered.delete(message.id);
      throw error;
    }
  }

  /** Takes back what was queued too late to enter the transcript. */
  async dropQueued(): Promise<void> {
    await causeOf(() => this.#dropQueued());
  }

  /** Asks the loop to stop; `run` then ends as aborted. */
  async abort(): Promise<void> {
    const requested = await this.#lane.requestAbort(this.#turnId, BACKGROUND_CONTEXT);
    if (!requested.ok && requested.error._tag === "Closed") throw requested.error;
    await this.#flush();
  }

  /** Writes the answer of a turn that is one command: its last commit. */
  async answerCommand(answer: Answer): Promise<void> {
    await causeOf(() => writeCommandAnswer(this.#session, this.#turnId, answer));
    await this.#flush();
  }

  /** The files of the turn have landed. */
  async landed(): Promise<void> {
    await causeOf(() => settleNotes({ session: this.#session, turnId: this.#turnId }));
  }

  /** Writes the answer entry: the last commit of a turn. */
  async answer(answer: Answer): Promise<void> {
    const entry = {
      turnId: this.#turnId,
      text: answer.text,
      consumed: [...answer.consumed],
      ...(answer.files && { files: [...answer.files] }),
      ...(answer.buttons && { buttons: answer.buttons.map((row) => [...row]) }),
      ...(answer.replyTo !== undefined && { replyTo: answer.replyTo }),
      workspace: answer.workspace,
      ...(answer.context && { context: answer.context }),
    };
    await causeOf(() => this.#lane.appendCustomEntry(ANSWER_ENTRY, entry, BACKGROUND_CONTEXT));
    await this.#flush();
  }

  /** Lets go of the transcript. A turn that still runs is cut and stays open in the ledger. */
  async close(): Promise<void> {
    this.#stopListening();
    await this.#harness.close(BACKGROUND_CONTEXT);
  }

  async #equip(equipment: LoopEquipment, stepsBefore: number): Promise<void> {
    let prompt: Promise<string> | undefined;
    const harness = this.#harness;
    // Nothing runs and no model is asked before it is written down that it was begun.
    const settle = () => this.#orBreakOff(this.#flush());
    await harness.setTools(
      equipment.tools.map((tool) => toHarnessTool(tool, settle)),
      BACKGROUND_CONTEXT,
    );
    harness.hooks.on("transform_context", async ({ messages }) => {
      this.#budget.askStep();
      prompt ??= equipment.systemPrompt();
      await this.#noteBeside();
      const [shown, systemPrompt] = await Promise.all([
        this.#attachments.show(prune(messages, this.#windowTokens)),
        this.#orBreakOff(prompt),
        settle(),
      ]);
      return { messages: shown, systemPrompt };
    });
    harness.hooks.on("after_tool", async ({ details }) => {
      const manifestId = await this.#orBreakOff(equipment.checkpoint());
      if (manifestId === null) return undefined;
      const own = typeof details === "object" && !Array.isArray(details) ? details : {};
      return { details: { ...own, manifestId } };
    });
    harness.hooks.on("before_run_end", async ({ messages }) => {
      const isAnswered = !equipment.lacksWords(await this.#orBreakOff(this.record()));
      return isAnswered || wasAskedAgain(messages) ? undefined : { followUp: ASKING_AGAIN };
    });
    harness.hooks.on("before_compaction", (order, { abortSignal = new AbortController().signal }) => {
      prompt ??= equipment.systemPrompt();
      return this.#orBreakOff(this.#compactor.carryOut(order, { prompt, tools: equipment.tools }, abortSignal));
    });
    this.#compactor.keeper = equipment.notes;
    await takeOverNotes({ session: this.#session, turnId: this.#turnId, keeper: equipment.notes });
    this.#budget.resume(stepsBefore);
    harness.events.on("turn_start", () => {
      this.#budget.beginStep();
    });
    harness.hooks.on("before_tool", async ({ toolName }) => {
      const block = this.#budget.refuseCall();
      if (block !== undefined) return { block };
      const reason = await this.#orBreakOff(equipment.refuseCall(toolName));
      return reason === null ? undefined : { block: { reason } };
    });
    await this.#configure();
  }

  /** Calls in vain are in no message; whoever goes on with the turn is to know of them. */
  async #noteBeside(): Promise<void> {
    const beside = this.#purse?.takeBeside();
    if (beside !== undefined) await this.#orBreakOff(writeBeside(this.#session, this.#turnId, beside));
  }

  /** What a transcript remembers of its last turn is not what this one is to have. Each step takes what is set then. */
  async #configure(): Promise<void> {
    const [active, thinking] = await Promise.all([
      this.#lane.getActiveTools(BACKGROUND_CONTEXT),
      this.#lane.getThinkingLevel(BACKGROUND_CONTEXT),
    ]);
    if (active.join() !== this.#toolNames.join()) {
      await this.#lane.setActiveTools([...this.#toolNames], BACKGROUND_CONTEXT);
    }
    if (thinking !== this.#thinking) await this.#lane.setThinkingLevel(this.#thinking, BACKGROUND_CONTEXT);
  }

  async #abortOpenTurn(): Promise<void> {
    const { current } = await this.#lane.inspectExecution(BACKGROUND_CONTEXT);
    if (current === null || current.id === this.#turnId) return;
    const aborted = await this.#lane.abort(BACKGROUND_CONTEXT);
    if (!aborted.ok && aborted.error._tag === "Closed") throw aborted.error;
  }

  async #dropQueued(): Promise<void> {
    // Not by a watch of the lane, which copies the whole transcript.
    const state = await this.#session.getValue(laneState(LANE), BACKGROUND_CONTEXT);
    for (const { entryId } of state?.value.inbox ?? []) await this.#lane.cancelQueued(entryId, BACKGROUND_CONTEXT);
  }

  /**
   * Pi goes on without a hook that failed: with a result whose files are stored nowhere, or a model that was told
   * nothing. So the lane is closed under it, and the turn stays open in the ledger as it was before.
   */
  async #orBreakOff<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (cause) {
      this.#close(cause);
      throw cause;
    }
  }

  #close(cause: unknown): void {
    this.#broken ??= { cause };
    this.#harness.close(BACKGROUND_CONTEXT).catch(() => undefined);
  }
}
