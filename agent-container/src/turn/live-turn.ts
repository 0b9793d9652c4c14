/**
 * One turn while this process runs it: begins it or goes on with it, ends it in the fixed order (workspace head, answer
 * entry, `final`), and stops it when told to. Losing the subscriber never stops a turn.
 */
import { isSpent } from "../../../protocol/budget.ts";
import type { Fence, InboundId, TurnId } from "../../../protocol/ids.ts";
import type { PromptMessage } from "../../../protocol/invocation.ts";
import { AnswerParts } from "../agent/answer-parts.ts";
import { type CommandWords, commandWords } from "../agent/command-words.ts";
import type { InboundSetting } from "../agent/inbound-message.ts";
import type { Answer } from "../agent/ledger.ts";
import { Purse } from "../agent/models/purse.ts";
import type { AgentLoop } from "../agent/loop.ts";
import { GrantKeeper } from "../edge/grant-keeper.ts";
import { finalAnswer } from "./answer.ts";
import { checklistText } from "./checklist-command.ts";
import { heartbeatAnswer } from "./heartbeat-answer.ts";
import { type Command, commandOf, compactedText, contextText, instructionsOf } from "./command-turn.ts";
import { reachInTurn } from "./fail-point.ts";
import type { TurnPorts, TurnRequest } from "./ports.ts";
import { type ConversationKey, parseConversationKey } from "../../../protocol/session-key.ts";
import type { SpaceId } from "../../../protocol/space.ts";
import { type ErrorBody, fenceLost, modelFailed, stoppedError, thrownError } from "./turn-error.ts";
import type { Subscriber } from "./turn-log.ts";
import { openTurnSetting, type TurnSetting } from "./turn-setting.ts";
import { type Terminal, TurnStream } from "./turn-stream.ts";

export class LiveTurn {
  readonly turnId: TurnId;
  /** Resolves when the terminal event was sent and everything is closed. Never rejects. */
  readonly done: Promise<void>;
  readonly #request: TurnRequest;
  readonly #ports: TurnPorts;
  readonly #stream: TurnStream;
  readonly #purse: Purse;
  /** The messages that were given to the turn, whether or not it has taken them in yet. */
  readonly #known = new Set<InboundId>();
  readonly #ready = Promise.withResolvers<AgentLoop | null>();
  #setting: TurnSetting | undefined;
  #fence: Fence;
  readonly #keeper: GrantKeeper;
  #raising: Promise<unknown> = Promise.resolve();
  /** Why the turn was stopped from outside. */
  #stopped: ErrorBody | undefined;
  /** Whether a message can still enter the turn. */
  #isOpen = true;
  /** Whether it has let go of its stream. */
  #isClosed = false;
  #deadline: NodeJS.Timeout | undefined;

  /** Starts at once. */
  constructor(request: TurnRequest, ports: TurnPorts, subscriber: Subscriber) {
    this.turnId = request.turnId;
    this.#request = request;
    this.#ports = ports;
    this.#fence = request.fence;
    this.#keeper = new GrantKeeper(request.turnId, request.grants, {
      now: ports.now,
      sleep: (ms, signal) => ports.sleep(ms, signal),
      log: ({ event, ...fields }) => this.#note(event, fields),
    });
    this.#purse = new Purse(request.limits);
    this.#stream = new TurnStream(request.turnId, request.limits.pingEveryMs);
    this.#stream.subscribe(subscriber, request.fence);
    this.done = this.#live();
  }

  get fence(): Fence {
    return this.#fence;
  }

  get conversation(): ConversationKey {
    return this.#request.conversation;
  }

  get space(): SpaceId {
    return this.#request.space;
  }

  /**
   * An edge comes back, with the same or a later fence: it takes over the stream, from where it was if possible. With
   * nothing sent it is told `passed` when another process had the conversation since, so that what this one knows of it
   * is old, and `over` when the turn has ended and let go of its stream.
   */
  async attach(subscriber: Subscriber, request: TurnRequest): Promise<"joined" | "passed" | "over"> {
    this.#keeper.take(request.grants);
    this.#purse.allow(request.limits);
    if (!(await this.#raise(request.fence))) return "passed";
    if (this.#isClosed) return "over";
    this.#stream.subscribe(subscriber, request.fence);
    this.#stream.catchUp(request.kind === "resume" ? request.afterSeq : 0, () => {
      this.#sayTotal();
    });
    return "joined";
  }

  /** Whether anybody reads its events. */
  get isHeard(): boolean {
    return this.#stream.isHeard;
  }

  /** The connection of a subscriber is gone. */
  detach(subscriber: Subscriber): void {
    this.#stream.unsubscribe(subscriber);
  }

  get #command(): Command | undefined {
    return commandOf(this.#request.messages);
  }

  get #ids(): InboundId[] {
    return this.#request.messages.map(({ id }) => id);
  }

  get #inboundSetting(): InboundSetting {
    const { place, settings } = this.#request;
    return { place, timezone: settings.timezone };
  }

  /** Offers a message to the running turn; false when it is too late. Idempotent by inbound id. */
  async steer(message: PromptMessage): Promise<boolean> {
    if (this.#command !== undefined) return false;
    const loop = await this.#ready.promise;
    if (loop === null || !this.#isOpen) return false;
    if (this.#known.has(message.id)) return true;
    this.#known.add(message.id);
    try {
      await loop.steer(message, this.#inboundSetting, () => this.#isOpen);
    } catch (error) {
      // It is not queued: whoever offers it again must not be told that it is.
      this.#known.delete(message.id);
      throw error;
    }
    return this.#isOpen;
  }

  /**
   * Stops the turn for good, so that the ledger says so; resolves when it is over. False when another process had the
   * conversation since: the turn is over here, nobody can commit for it any more, but the ledger has it open.
   */
  async abort(fence: Fence): Promise<boolean> {
    const isHolder = await this.#raise(fence);
    if (isHolder) await this.#stop("aborted");
    else await this.cut(fenceLost(fence));
    await this.done;
    return isHolder;
  }

  /** Cuts the turn: it stays open in the ledger, for whoever comes next. Resolves when it is over. */
  async cut(error: ErrorBody): Promise<void> {
    this.#stopped ??= error;
    this.#isOpen = false;
    await this.#setting?.loop.close();
    await this.done;
  }

  async #live(): Promise<void> {
    const startedAt = this.#ports.now();
    this.#note("turn_started", { kind: this.#request.kind });
    const terminal = await this.#work().catch((error: unknown) => {
      this.#note("turn_broke", { error: describe(error) });
      return this.#stopped ?? thrownError(error);
    });
    this.#stream.end(terminal);
    this.#isOpen = false;
    this.#ready.resolve(null);
    clearTimeout(this.#deadline);
    await this.#setting?.close();
    this.#keeper.close();
    this.#isClosed = true;
    this.#stream.close();
    const end = terminal.kind === "error" ? terminal.code : "final";
    this.#note("turn_ended", { end, ms: this.#ports.now() - startedAt });
  }

  async #work(): Promise<Terminal> {
    const setting = await openTurnSetting({
      request: this.#request,
      ports: this.#ports,
      fence: () => this.#fence,
      settled: () => this.#raising,
      grants: () => this.#keeper.current,
      purse: this.#purse,
      listener: (event) => this.#stream.hear(event.kind === "usage" ? { ...event, total: this.#purse.total } : event),
    });
    if (!setting.ok) return setting.error;
    this.#setting = setting.value;
    if (this.#stopped !== undefined) return this.#stopped;
    return this.#proceed(setting.value);
  }

  /** Begins, goes on, finishes or repeats, as the ledger says. */
  async #proceed(setting: TurnSetting): Promise<Terminal> {
    const { loop, state } = setting;
    const command = this.#command;
    // A command is not in the transcript.
    const record = command === undefined ? setting.record : { ...setting.record, consumed: this.#ids };
    switch (state.kind) {
      case "unknown":
        if (command !== undefined) return this.#obey(command, setting);
        await loop.begin(this.#request.messages, { ...this.#inboundSetting, ...runOf(this.#request) });
        FAIL_POINTS && (await reachInTurn("turn.begun", this.#request));
        this.#stream.begin(this.#ids);
        return this.#run(setting);
      case "open":
        this.#stream.goOn(record);
        this.#sayTotal();
        if (command !== undefined) return this.#sumUp(setting);
        // What was queued in a process that is gone: the edge steers it again, and once is enough.
        await loop.dropQueued();
        return this.#run(setting);
      case "completed":
        this.#stream.goOn(record);
        this.#sayTotal();
        return command === undefined
          ? this.#finish(setting)
          : this.#say(await compactedText(loop, this.#words), setting);
      case "answered":
        this.#stream.accept();
        this.#sayTotal();
        return finalOf(state.answer);
      case "aborted":
        this.#stream.recall(record);
        this.#sayTotal();
        return stoppedError("aborted");
      case "failed":
        this.#stream.recall(record);
        this.#sayTotal();
        return modelFailed(state.message);
    }
  }

  /** An edge that comes back may not have heard of all calls. */
  #sayTotal(): void {
    const { total } = this.#purse;
    if (!isSpent(total)) return;
    const model = this.#setting?.model ?? this.#request.settings.model ?? "unknown";
    const none = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0 };
    this.#stream.hear({ kind: "usage", usage: { model, ...none }, total });
  }

  async #run(setting: TurnSetting): Promise<Terminal> {
    return (await this.#drive(setting)) ?? this.#finish(setting);
  }

  /** Carries a command out from its beginning. */
  async #obey(command: Command, setting: TurnSetting): Promise<Terminal> {
    switch (command.name) {
      case "context":
        this.#stream.begin(this.#ids);
        return this.#say(await contextText(setting, command, this.#words), setting);
      case "checklist":
        this.#stream.begin(this.#ids);
        return this.#say(await checklistText((await setting.home()).workspace, command, this.#words), setting);
      case "compact": {
        const isBegun = await setting.loop.beginCompaction(instructionsOf(command));
        this.#stream.begin(this.#ids);
        return isBegun ? this.#sumUp(setting) : this.#say(this.#words.nothingToSumUp, setting);
      }
    }
  }

  get #words(): CommandWords {
    return commandWords(this.#request.settings.language);
  }

  async #sumUp(setting: TurnSetting): Promise<Terminal> {
    return (await this.#drive(setting)) ?? this.#say(await compactedText(setting.loop, this.#words), setting);
  }

  /** Runs the loop; null once it is through. */
  async #drive(setting: TurnSetting): Promise<Terminal | null> {
    const { loop, record } = setting;
    for (const id of this.#ids) this.#known.add(id);
    for (const id of record.consumed) this.#known.add(id);
    this.#deadline = setTimeout(() => void this.#stop("deadline"), this.#request.limits.leftMs);
    this.#ready.resolve(loop);
    const outcome = await loop.run(await setting.equipment(), record.steps);
    clearTimeout(this.#deadline);
    if (outcome.kind === "aborted") return this.#stopped ?? stoppedError("aborted");
    return outcome.kind === "failed" ? modelFailed(outcome.message) : null;
  }

  /** The end of a command. Each step can be repeated. */
  async #say(text: string, setting: TurnSetting): Promise<Terminal> {
    const { loop } = setting;
    this.#isOpen = false;
    const { head, heartbeatHash } = await (await setting.home()).workspace.commit();
    await loop.landed();
    const answer = { text, consumed: this.#ids, workspace: { head, heartbeatHash }, context: await loop.contextUse() };
    await loop.answerCommand(answer);
    return finalOf(answer);
  }

  /** The end of a turn, in this order: workspace head, answer entry, `final`. Each step can be repeated. */
  async #finish(setting: TurnSetting): Promise<Terminal> {
    const { loop } = setting;
    this.#isOpen = false;
    FAIL_POINTS && (await reachInTurn("turn.finishing", this.#request));
    await loop.dropQueued();
    const home = await setting.home();
    const { head, heartbeatHash } = await home.workspace.commit();
    FAIL_POINTS && (await reachInTurn("workspace.committed", this.#request));
    await loop.landed();
    const { blocks, consumed, parts } = await loop.record();
    const { task } = this.#request;
    const has = { blocks, consumed, parts: new AnswerParts(parts) };
    const said = task?.kind === "heartbeat" ? heartbeatAnswer(has) : finalAnswer(has, this.#request);
    const context = await loop.contextUse();
    const answer: Answer = { ...said, consumed: [...consumed], workspace: { head, heartbeatHash }, context };
    await loop.answer(answer);
    FAIL_POINTS && (await reachInTurn("turn.answered", this.#request));
    return finalOf(answer);
  }

  async #stop(reason: "aborted" | "deadline"): Promise<void> {
    this.#stopped ??= stoppedError(reason);
    const loop = await this.#ready.promise;
    if (loop === null || !this.#isOpen) return;
    this.#isOpen = false;
    await loop.abort().catch((error: unknown) => {
      this.#note("abort_failed", { error: describe(error) });
    });
  }

  /** False if the fence was no longer this turn's: it keeps its own, under which nothing can be committed. */
  #raise(fence: Fence): Promise<boolean> {
    const raised = this.#raising.then(async () => {
      if (fence <= this.#fence) return true;
      const { conversation, space } = this.#request;
      const store = this.#ports.storeOf({ conversation, space, grants: () => this.#keeper.current });
      const before = await store.raiseFence(conversation, fence);
      if (before > this.#fence) return false;
      this.#fence = fence;
      return true;
    });
    // One after the other: each must know what the one before it has done.
    this.#raising = raised.catch(() => undefined);
    return raised;
  }

  #note(event: string, fields: Readonly<Record<string, unknown>>): void {
    const { conversation } = this.#request;
    this.#ports.log({ event, conversation, turnId: this.turnId, fence: this.#fence, ...fields });
  }
}

/** What the messages that a turn begins with stand for, if nobody wrote them. */
function runOf({ task, conversation }: TurnRequest): Pick<InboundSetting, "run"> {
  if (task === undefined) return {};
  const ref = parseConversationKey(conversation);
  return { run: { ...task, isEvent: ref.ok && ref.value.kind === "main" } };
}

function finalOf(answer: Answer): Terminal {
  return { kind: "final", ...answer };
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : "not an error";
}
