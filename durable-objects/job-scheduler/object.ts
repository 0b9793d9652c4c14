/**
 * JobScheduler: one object per agent. What is to be done without anybody asking for it: jobs, heartbeats, hooks. A thin
 * shell: when something is due is decided by pure modules, and each run is a turn of the session of its job.
 */
import { DurableObject } from "cloudflare:workers";
import type { RpcReply } from "../../protocol/agent-rpc.ts";
import type { BeatOutcome, HeartbeatStatus } from "../../protocol/heartbeat.ts";
import type { HookIntake, HookOutcome } from "../../protocol/hooks.ts";
import type { JobView, RunView } from "../../protocol/jobs.ts";
import type { ConversationKey, SessionKey } from "../../protocol/session-key.ts";
import type { TaskOutcome } from "../../protocol/tasks.ts";
import { errorFields, log } from "../../worker/log.ts";
import { agentDirectory } from "../../worker/objects.ts";
import { earliest } from "../lib/earliest.ts";
import { migrate } from "../lib/migrate.ts";
import { tellOwner } from "./announce.ts";
import { answerCall, type CallOrder } from "./call.ts";
import { takeHook } from "./hook-intake.ts";
import { type Wake, wakeHeartbeat } from "./heartbeat/wake.ts";
import { Heartbeat } from "./heartbeat/heartbeat.ts";
import { takeDue } from "./due.ts";
import { draftChange, draftJob, type JobOrigin } from "./job-draft.ts";
import {
  addJob,
  findJob,
  type JobOutcome,
  listJobRuns,
  listJobs,
  type Refused,
  removeJob,
  runJob,
  type RunStarted,
  schedulerStatus,
  type SchedulerStatus,
  updateJob,
} from "./jobs.ts";
import { nextDueAt } from "./job-rows.ts";
import { takeOutcome } from "./outcome.ts";
import { carryOutOnce, type Wish } from "./once.ts";
import { Runner } from "./runner.ts";
import type { RunsWanted } from "./runs.ts";
import { openScheduler, type SchedulerContext } from "./scheduler-context.ts";
import { MIGRATIONS } from "./schema.ts";

export class JobScheduler extends DurableObject<Env> {
  readonly #scheduler: SchedulerContext;
  readonly #runner: Runner;
  readonly #heartbeat: Heartbeat;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, MIGRATIONS);
    this.#scheduler = openScheduler(ctx, env);
    this.#runner = new Runner(this.#scheduler);
    this.#heartbeat = new Heartbeat(this.#scheduler);
  }

  /** Makes a job of what somebody wrote. `here` is where it is asked for. The same wish makes one job. */
  addJob(input: unknown, origin: JobOrigin, wish: Wish | null = null): Promise<JobOutcome> {
    return carryOutOnce(this.#scheduler, wish, input, async () => {
      const draft = await draftJob(this.#scheduler, input, origin);
      return (now) => (draft.ok ? addJob(this.#scheduler, draft.value, now) : { ok: false, refusal: draft.error });
    });
  }

  /** Changes what `patch` names of a job. */
  async updateJob(jobId: string, patch: unknown, origin: JobOrigin = { session: null }): Promise<JobOutcome> {
    const change = await draftChange(this.#scheduler, patch, origin);
    if (!change.ok) return { ok: false, refusal: change.error };
    return updateJob(this.#scheduler, jobId, change.value, Date.now());
  }

  /** Removes a job; a run that is under way ends as it was planned. */
  removeJob(jobId: string): JobOutcome {
    return removeJob(this.#scheduler, jobId, Date.now());
  }

  /** Runs a job now, besides its schedule. The same wish makes one run. */
  runJob(jobId: string, wish: Wish | null = null): Promise<RunStarted | Refused> {
    return carryOutOnce(this.#scheduler, wish, { run: jobId }, async () => {
      const id = crypto.randomUUID();
      return (now) => runJob(this.#scheduler, jobId, id, now);
    });
  }

  /** The jobs, the one that is due next first. */
  listJobs(which: { readonly includeDisabled?: boolean } = {}): readonly JobView[] {
    return listJobs(this.#scheduler, which);
  }

  /** A job by its id; null: there is none. */
  findJob(jobId: string): JobView | null {
    return findJob(this.#scheduler, jobId);
  }

  /** The run log, of one job or of everything, the newest first. */
  listRuns(which: RunsWanted): readonly RunView[] {
    return listJobRuns(this.#scheduler, which);
  }

  /** How the jobs are in all. */
  schedulerStatus(): SchedulerStatus {
    return schedulerStatus(this.#scheduler);
  }

  /** Carries out what a running turn asks for; who asks has been checked (`AgentDirectory.checkCall`). */
  call(order: CallOrder): Promise<RpcReply> {
    return answerCall(this.#scheduler, order, Date.now);
  }

  /** Takes what a hook asks for, once per idempotency key; when this answers, it is stored. */
  takeHook(intake: HookIntake): Promise<HookOutcome> {
    const { env, agent, config } = this.#scheduler;
    const isKnown = (session: SessionKey) => agentDirectory(env, agent(), config()).knowsSession(session);
    return takeHook(this.#scheduler, intake, { isKnown, newId: () => crypto.randomUUID(), now: Date.now() });
  }

  /** Takes what a session says of a run that it was ordered. Saying it again changes nothing. */
  runEnded(outcome: TaskOutcome): void {
    const removed = takeOutcome(this.#scheduler, outcome, Date.now());
    if (removed.length > 0) this.ctx.waitUntil(this.#dropLanes(removed));
  }

  /** Decides about the beat of a minute of the clock. The same slot is decided about once. */
  async beat(slot: number): Promise<BeatOutcome> {
    try {
      return await this.#heartbeat.beat(slot, "clock");
    } finally {
      // Whatever keeps the beat from being decided: it is also the watch over everything else.
      this.watch();
    }
  }

  /** The owner wants one now, whatever the hour. */
  beatNow(): Promise<BeatOutcome> {
    return this.#heartbeat.beat(Date.now(), "owner");
  }

  /** Gives the heartbeat something to deal with. */
  wake(wake: Wake): void {
    wakeHeartbeat(this.#scheduler, wake, Date.now());
  }

  /** Stops all beats but those that the owner asks for, or lets them come again. */
  pauseHeartbeat(isPaused: boolean): void {
    this.#heartbeat.pause(isPaused);
  }

  /** How the heartbeat stands. */
  heartbeatStatus(): Promise<HeartbeatStatus> {
    return this.#heartbeat.status(Date.now());
  }

  /** Makes up for an alarm that the platform has given up; it finds nothing to do if there is none. */
  watch(): void {
    this.alarm();
  }

  /** Does whatever is due, and is set for what is due next. */
  override alarm(): void {
    const now = Date.now();
    this.#scheduler.alarmOver();
    takeDue(this.#scheduler, now, (notice) => tellOwner(this.#scheduler, notice, now));
    this.#heartbeat.kick(now);
    this.#runner.kick(now);
    const { sql } = this.#scheduler;
    const nextAt = earliest(nextDueAt(sql), this.#runner.nextAt(now), this.#heartbeat.nextAt(now));
    if (nextAt !== null) this.#scheduler.stir(nextAt);
  }

  /** Best effort: what is left is a row. */
  async #dropLanes(conversations: readonly ConversationKey[]): Promise<void> {
    const { env, agent, config } = this.#scheduler;
    try {
      await agentDirectory(env, agent(), config()).dropLanes(conversations);
    } catch (error) {
      log("warn", "lanes_not_dropped", errorFields(error));
    }
  }
}
