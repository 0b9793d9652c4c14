/** Reads one run of a turn: from the signed call to its last event. Everything it learns goes out through `Reader`. */
import { reach } from "../../fail-points/fail-point.ts";
import { assertNever } from "../../protocol/assert.ts";
import { TURN_BOUNDS } from "../../protocol/bounds.ts";
import type { Spent } from "../../protocol/budget.ts";
import { AgentError } from "../../protocol/errors.ts";
import type { ResumeInvocation, TurnInvocation } from "../../protocol/invocation.ts";
import type { ContextUse, TurnEvent, Usage } from "../../protocol/turn-event.ts";
import type { RuntimeClient } from "../../worker/agentcore/client.ts";
import { errorFields, log, type LogFields } from "../../worker/log.ts";
import type { GrowingAnswer } from "./growing-answer.ts";
import type { Event, Failure, RunRef, SoFar } from "./turn-state.ts";

/** What a run needs of its session. */
export interface Reader {
  /** For the log. */
  readonly ids: LogFields & { readonly session: string };
  readonly runtime: RuntimeClient;
  readonly answer: GrowingAnswer;
  /** Builds the request; asks for the turn's credentials, so it can fail like the call itself. */
  prepare(): Promise<{ readonly sessionId: string; readonly invocation: TurnInvocation | ResumeInvocation }>;
  dispatch(event: Event): void;
  /** `total`: of the whole turn; undefined: the agent does not count it. */
  noteUsage(usage: Usage, total: Spent | undefined): void;
  noteContext(context: ContextUse): void;
  /** What the turn has left of HEARTBEAT.md; null: nothing that asks for anything. */
  noteChecklist(hash: string | null): void;
  /** Extends the lease; false when another turn holds the lane. */
  renew(): Promise<boolean>;
}

/** A run that is being read. `close` ends the reading, not the turn. */
export type ActiveRun = RunRef & { close(): void; readonly done: Promise<void> };

/** Starts to read. Never rejects: however it ends, the session gets exactly one `final`, `failed` or `run_ended`. */
export function startRun({ turnId, fence }: RunRef, reader: Reader): ActiveRun {
  const controller = new AbortController();
  const done = new Run({ turnId, fence }, reader, controller).read().finally(() => reader.answer.stop());
  return { turnId, fence, done, close: () => controller.abort() };
}

class Run {
  readonly #ref: RunRef;
  readonly #reader: Reader;
  readonly #controller: AbortController;
  #progressed = false;
  #reached = false;
  #renewedAt = Date.now();
  #soFar: SoFar | null = null;

  constructor(ref: RunRef, reader: Reader, controller: AbortController) {
    this.#ref = ref;
    this.#reader = reader;
    this.#controller = controller;
  }

  async read(): Promise<void> {
    let isBounded = false;
    const bound = setTimeout(() => {
      isBounded = true;
      this.#controller.abort();
    }, TURN_BOUNDS.runMaxMs);
    try {
      const { sessionId, invocation } = await this.#reader.prepare();
      FAIL_POINTS && (await reach("run.calling", { session: this.#reader.ids.session }));
      const events = this.#reader.runtime.stream(sessionId, invocation, this.#controller.signal);
      for await (const event of events) await this.#onEvent(event);
    } catch (error) {
      const failure = this.#withSoFar(isBounded ? RUN_BOUND : this.#failureOf(error));
      if (!isBounded) log("warn", "run_ended", { ...this.#reader.ids, ...errorFields(error) });
      const progressed = this.#progressed || isBounded;
      this.#reader.dispatch({ kind: "run_ended", ...this.#ref, failure, progressed });
    } finally {
      clearTimeout(bound);
    }
  }

  async #onEvent(event: TurnEvent): Promise<void> {
    this.#reached = true;
    FAIL_POINTS && (await reach(`event.${event.kind}`, { session: this.#reader.ids.session }));
    this.#take(event);
    const now = Date.now();
    if (now - this.#renewedAt < TURN_BOUNDS.leaseRenewMs) return;
    this.#renewedAt = now;
    if (!(await this.#reader.renew()))
      throw new AgentError("agent_stream_broken", "the lane was given to another turn");
  }

  #take(event: TurnEvent): void {
    const { answer } = this.#reader;
    switch (event.kind) {
      case "accepted":
        return this.#reader.dispatch({ kind: "begun", ...this.#ref });
      case "snapshot":
        this.#soFar = event.consumed ? { text: event.text, consumed: event.consumed } : this.#soFar;
        answer.replyTo(event.replyTo);
        return answer.replace(event.text);
      case "delta":
        return answer.append(event.text);
      case "usage":
        // A finished model call is in the agent's ledger: resuming does not repeat it.
        if (isNews(event.usage)) this.#progressed = true;
        return this.#reader.noteUsage(event.usage, event.total);
      case "tool":
      case "ping":
      case "approval":
        return;
      case "final":
        answer.stop();
        if (event.context) this.#reader.noteContext(event.context);
        this.#reader.noteChecklist(event.workspace.heartbeatHash);
        return this.#reader.dispatch({
          kind: "final",
          ...this.#ref,
          text: event.text,
          consumed: event.consumed,
          ...(event.files && { files: event.files }),
          ...(event.buttons && { buttons: event.buttons }),
          ...(event.replyTo !== undefined && { replyTo: event.replyTo }),
        });
      case "error":
        return this.#reader.dispatch({
          kind: "failed",
          ...this.#ref,
          progressed: this.#progressed,
          failure: this.#withSoFar({
            code: event.code,
            message: event.message,
            retry: event.retry,
            reached: true,
            ...(event.passedBy !== undefined && { passedBy: event.passedBy }),
            ...(event.needs && { needs: event.needs }),
          }),
        });
      default:
        return assertNever(event);
    }
  }

  #withSoFar(failure: Failure): Failure {
    return this.#soFar ? { ...failure, soFar: this.#soFar } : failure;
  }

  #failureOf(error: unknown): Failure {
    if (!(error instanceof AgentError)) return { code: "agent_stream_broken", retry: "after", reached: this.#reached };
    // 424: the agent itself failed on this very request, which counts against the turn.
    const reached = this.#reached || error.code === "agent_stream_broken" || error.status === 424;
    return { code: error.code, retry: error.retry, reached };
  }
}

const RUN_BOUND: Failure = { code: "run_bound", retry: "after", reached: true };

/** What is said after a resume is only the total: nothing was used since. */
function isNews({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: Usage): boolean {
  return inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens > 0;
}
