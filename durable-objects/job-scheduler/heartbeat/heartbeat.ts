/** The heartbeat of an agent: decides about each beat, and plans the run of one that is begun. */
import { readActiveHours } from "../../../protocol/active-hours.ts";
import type { BeatOutcome, HeartbeatStatus } from "../../../protocol/heartbeat.ts";
import { HEARTBEAT_BOUNDS } from "../../../protocol/own-work-bounds.ts";
import { formatConversationKey } from "../../../protocol/session-key.ts";
import { nextSlot } from "../../../worker/heartbeat/interval.ts";
import { errorFields, log } from "../../../worker/log.ts";
import { agentDirectory } from "../../../worker/objects.ts";
import type { BeatFacts } from "../../agent-directory/beat-facts.ts";
import { hasOpenRun, insertRun } from "../runs.ts";
import type { NewRun } from "../run-plan.ts";
import type { SchedulerContext } from "../scheduler-context.ts";
import { insertBeat, listBeats, readBeat } from "./beats.ts";
import { believable } from "./believable.ts";
import { countEvents, readEvents, type StoredEvent } from "./events.ts";
import { type BeatCause, firstSkip, type OwnFacts, skipOf } from "./gates.ts";
import { beatPrompt, eventsWithRoom } from "./prompt.ts";
import { changeState, readState } from "./state.ts";

/** The job that all beats are runs of. */
const HEARTBEAT_JOB = "heartbeat";

/** Outcomes that `/heartbeat` shows. */
const BEATS_SHOWN = 5;

export class Heartbeat {
  readonly #scheduler: SchedulerContext;
  /** An event has asked for a beat, which is being decided about. */
  #isWaking = false;

  constructor(scheduler: SchedulerContext) {
    this.#scheduler = scheduler;
  }

  /** Decides about one beat, and begins it if nothing speaks against it. A slot is decided about once. */
  async beat(slot: number, cause: BeatCause): Promise<BeatOutcome> {
    const { sql, transact } = this.#scheduler;
    const early = readBeat(sql, slot) ?? this.#skipEarly(slot, cause);
    if (early !== null) return early;
    const facts = await this.#askFacts();
    return transact(() => readBeat(sql, slot) ?? this.#decide(slot, cause, facts));
  }

  /** Begins the beat that an event has asked for, if it is time. */
  kick(now: number): void {
    const { wakeAt } = believable(readState(this.#scheduler.sql), now);
    if (wakeAt === null || wakeAt > now || this.#isWaking) return;
    this.#isWaking = true;
    void this.#wake(now).finally(() => {
      this.#isWaking = false;
    });
  }

  /** When an event wants a beat that is not being decided about; null: none does. */
  nextAt(now: number): number | null {
    return this.#isWaking ? null : believable(readState(this.#scheduler.sql), now).wakeAt;
  }

  /** Stops all beats but those that the owner asks for, or lets them come again. */
  pause(isPaused: boolean): void {
    changeState(this.#scheduler.sql, { isPaused });
  }

  /** How it stands. */
  async status(now: number): Promise<HeartbeatStatus> {
    const { sql, config } = this.#scheduler;
    const { activeHours, timezone, model, checklistHash } = await this.#askFacts();
    const { everyMs } = config().heartbeat;
    const { isPaused } = readState(sql);
    return {
      everyMs: everyMs === 0 ? null : everyMs,
      isPaused,
      activeHours,
      timezone,
      model,
      hasChecklist: checklistHash !== null,
      events: countEvents(sql),
      nextAt: isPaused ? null : nextSlot(now, everyMs),
      beats: listBeats(sql, BEATS_SHOWN),
    };
  }

  async #wake(now: number): Promise<void> {
    try {
      const outcome = await this.beat(now, "event");
      const isSoon = outcome === "busy" || outcome === "still_running" || outcome === "too_soon";
      // What is not begun for another reason waits for the clock, with its events.
      this.#wakeAgain(isSoon ? now + HEARTBEAT_BOUNDS.apartMs : null);
    } catch (error) {
      log("warn", "heartbeat_not_decided", errorFields(error));
      this.#wakeAgain(now + HEARTBEAT_BOUNDS.apartMs);
    }
  }

  #wakeAgain(wakeAt: number | null): void {
    changeState(this.#scheduler.sql, { wakeAt });
    if (wakeAt !== null) this.#scheduler.stir(wakeAt);
  }

  /** Null: nothing speaks against it so far, and the directory is to be asked. */
  #skipEarly(slot: number, cause: BeatCause): BeatOutcome | null {
    const skip = firstSkip(this.#ownFacts(slot, cause));
    return skip && this.#note(slot, cause, skip);
  }

  #decide(slot: number, cause: BeatCause, facts: BeatFacts): BeatOutcome {
    const { sql } = this.#scheduler;
    const { checklistHash, ownerActiveAt, ownerChat, activeHours } = facts;
    const skip = skipOf(this.#ownFacts(slot, cause), {
      ...facts,
      hasChecklist: checklistHash !== null,
      hasRoute: ownerChat !== null,
      activeHours: activeHours === null ? null : readActiveHours(activeHours),
    });
    changeState(sql, { ownerActiveAt });
    return skip === null ? this.#begin(slot, cause, facts) : this.#note(slot, cause, skip);
  }

  #begin(slot: number, cause: BeatCause, { model }: BeatFacts): BeatOutcome {
    const { sql, config, agent, stir } = this.#scheduler;
    const now = Date.now();
    const events = eventsWithRoom(readEvents(sql));
    const run = beatRun({ agent: agent(), slot, everyMs: config().heartbeat.everyMs, model, events });
    insertRun(sql, run, now);
    changeState(sql, { lastBeatAt: slot });
    stir(now);
    return this.#note(slot, cause, "running", { runId: run.runId, eventsTo: events.at(-1)?.seq ?? null });
  }

  #note(
    slot: number,
    cause: BeatCause,
    outcome: BeatOutcome,
    run: { readonly runId: string | null; readonly eventsTo: number | null } = { runId: null, eventsTo: null },
  ): BeatOutcome {
    insertBeat(this.#scheduler.sql, { slot, outcome, ...run }, Date.now());
    log("info", "heartbeat", { slot, cause, outcome });
    return outcome;
  }

  #ownFacts(slot: number, cause: BeatCause): OwnFacts {
    const { sql, config } = this.#scheduler;
    const { isPaused, lastBeatAt } = believable(readState(sql), slot);
    return {
      slot,
      cause,
      everyMs: config().heartbeat.everyMs,
      isPaused,
      lastBeatAt,
      hasEvents: countEvents(sql) > 0,
      isRunning: hasOpenRun(sql, HEARTBEAT_JOB),
    };
  }

  async #askFacts(): Promise<BeatFacts> {
    const { env, agent, config } = this.#scheduler;
    return await agentDirectory(env, agent(), config()).beatFacts();
  }
}

type BeatPlan = {
  readonly agent: string;
  readonly slot: number;
  readonly everyMs: number;
  readonly model: string | null;
  readonly events: readonly StoredEvent[];
};

function beatRun({ agent, slot, everyMs, model, events }: BeatPlan): NewRun {
  const { beatMaxMs } = HEARTBEAT_BOUNDS;
  return {
    runId: `${HEARTBEAT_JOB}:${slot}`,
    jobId: HEARTBEAT_JOB,
    kind: "heartbeat",
    slot,
    conversation: formatConversationKey({ kind: "job", agent, jobId: HEARTBEAT_JOB, runId: String(slot) }),
    plan: {
      name: HEARTBEAT_JOB,
      delivery: { mode: "announce", to: "owner" },
      work: {
        kind: "ask",
        ...beatPrompt(events),
        isLight: true,
        ...(model !== null && { model }),
        timeoutMs: everyMs === 0 ? beatMaxMs : Math.min(everyMs, beatMaxMs),
      },
    },
  };
}
