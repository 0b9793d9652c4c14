/** Jobs: what is to be done when, as people and the agent write it and as the edge keeps it. */
import * as v from "valibot";
import { THINKING_LEVELS } from "./access.ts";
import { JOB_BOUNDS } from "./own-work-bounds.ts";
import type { ConversationKey } from "./session-key.ts";
import type { Destination } from "./tasks.ts";
import type { Usage } from "./turn-event.ts";

/** Of control characters a text may have line ends and tabs. They show nobody anything, and blow up what is sent. */
const plain = v.regex(/^[\P{Cc}\n\t]*$/u, "It has control characters.");
const text = v.pipe(
  v.string(),
  v.transform((written) => written.replaceAll("\r\n", "\n")),
  v.trim(),
  v.minLength(1),
  v.maxLength(JOB_BOUNDS.textMax),
  plain,
);
const name = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1),
  v.maxLength(JOB_BOUNDS.nameMax),
  v.regex(/^\P{Cc}*$/u, "It has control characters."),
);
const milliseconds = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** As somebody writes it; `readSchedule` makes a `Schedule` of it. */
export const scheduleInput = v.variant("kind", [
  /** `at`: ISO 8601 (without a zone: UTC), or a time from now such as `20m`. */
  v.strictObject({ kind: v.literal("at"), at: v.pipe(v.string(), v.maxLength(64)) }),
  v.strictObject({ kind: v.literal("every"), everyMs: milliseconds, anchorMs: v.optional(milliseconds) }),
  /** Five or six fields; `tz`: an IANA name, absent: the agent's. `staggerMs`: 0 for exactly then. */
  v.strictObject({
    kind: v.literal("cron"),
    expr: v.pipe(v.string(), v.maxLength(200)),
    tz: v.optional(v.pipe(v.string(), v.maxLength(64))),
    staggerMs: v.optional(milliseconds),
  }),
]);

export const payload = v.variant("kind", [
  /** Said word for word, without a model: exact, and free of charge. */
  v.strictObject({ kind: v.literal("reminder"), text }),
  /** Told to the model in the owner's own conversation. */
  v.strictObject({ kind: v.literal("systemEvent"), text }),
  /** Asked in a conversation of its own, which begins anew each time. */
  v.strictObject({
    kind: v.literal("agentTurn"),
    message: text,
    model: v.optional(v.pipe(v.string(), v.maxLength(256))),
    thinking: v.optional(v.picklist(THINKING_LEVELS)),
    /** 0: as long as a run may last at all. */
    timeoutSeconds: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(JOB_BOUNDS.runLongestMs / 1000))),
    lightContext: v.optional(v.boolean()),
  }),
]);

/** `to`: a session key, `<channel>:<chat id>`, `owner` or `here`; absent: where it was asked for, else the owner. */
const deliveryInput = v.variant("mode", [
  v.strictObject({ mode: v.literal("announce"), to: v.optional(v.pipe(v.string(), v.maxLength(512))) }),
  v.strictObject({ mode: v.literal("webhook"), url: v.pipe(v.string(), v.maxLength(2_000)) }),
  v.strictObject({ mode: v.literal("none") }),
]);

const alert = v.union([
  v.literal(false),
  v.strictObject({
    after: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(100)),
    cooldownMs: v.optional(milliseconds),
  }),
]);

/** A new job, from the agent's tool, `/cron`, the CLI or the admin API. */
export const jobInput = v.strictObject({
  name,
  description: v.optional(v.pipe(v.string(), v.maxLength(JOB_BOUNDS.descriptionMax), plain)),
  schedule: scheduleInput,
  payload,
  delivery: v.optional(deliveryInput),
  enabled: v.optional(v.boolean()),
  /** Absent: a one-shot goes when it has succeeded. */
  deleteAfterRun: v.optional(v.boolean()),
  failureAlert: v.optional(alert),
});

/** A change of one: what it names is replaced. */
export const jobPatch = v.partial(jobInput);

export type ScheduleInput = v.InferOutput<typeof scheduleInput>;
export type Payload = v.InferOutput<typeof payload>;
export type JobInput = v.InferOutput<typeof jobInput>;
export type JobPatch = v.InferOutput<typeof jobPatch>;

/** When a job is due. Times are epoch ms. `staggerMs`: how much later than the expression says, always. */
export type Schedule =
  | { readonly kind: "at"; readonly at: number }
  | { readonly kind: "every"; readonly everyMs: number; readonly anchorMs: number }
  | { readonly kind: "cron"; readonly expr: string; readonly tz: string; readonly staggerMs: number };

export type Delivery =
  | { readonly mode: "announce"; readonly to: Destination }
  | { readonly mode: "webhook"; readonly url: string }
  | { readonly mode: "none" };

export type FailureAlert = false | { readonly after: number; readonly cooldownMs: number };

/** A job as it is kept. */
export type Job = {
  /** `[a-z0-9-]{1,40}`, made from its name. */
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly schedule: Schedule;
  readonly payload: Payload;
  readonly delivery: Delivery;
  readonly enabled: boolean;
  readonly deleteAfterRun: boolean;
  readonly failureAlert: FailureAlert;
  readonly createdAt: number;
  readonly updatedAt: number;
};

/** What the scheduler remembers of a job between two slots. */
export type JobState = {
  /** Up to here every slot was run or passed over; the next one is the first after it. Epoch ms; null: none was yet. */
  readonly lastSlot: number | null;
  /** When it is due next; null: never again, or it is switched off. */
  readonly nextRunAt: number | null;
  readonly lastRunAt: number | null;
  readonly lastStatus: RunStatus | null;
  readonly lastError: string | null;
  readonly failuresInRow: number;
  /** Whether the owner was told of these failures, and when they were told of any. */
  readonly isAlerted: boolean;
  readonly alertedAt: number | null;
  /** How often in a row its next slot could not be computed. */
  readonly scheduleErrors: number;
  /** Slots that were passed over since the job is there: nothing was awake then, or its last run was not over. */
  readonly missed: number;
};

export type JobView = Job & { readonly state: JobState };

export const RUN_STATUSES = ["ok", "silent", "error", "stopped", "missed", "skipped"] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/**
 * What became of what a run wanted to say. `kept_back`: it said nothing, or what was said already. `in_doubt`: the platform
 * never said whether it was shown.
 */
export const DELIVERY_STATUSES = ["not_requested", "kept_back", "pending", "delivered", "failed", "in_doubt"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];
/** How a delivery can end. */
export type DeliveryEnd = Extract<DeliveryStatus, "delivered" | "failed" | "in_doubt">;

/** One line of the run log. */
export type RunView = {
  readonly runId: string;
  readonly jobId: string;
  readonly kind: "heartbeat" | "job" | "hook";
  readonly slot: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly attempt: number;
  /** Null: it is under way, or waits. */
  readonly status: RunStatus | null;
  readonly error: string | null;
  /** The beginning of what it said. */
  readonly summary: string | null;
  readonly delivery: DeliveryStatus;
  readonly conversation: ConversationKey;
  readonly usage: Usage | null;
};

/** Why a job is not taken or changed; each has words for people. */
export type JobRefusal = {
  readonly code:
    | "job_unknown"
    | "job_running"
    | "too_many_jobs"
    | "bad_schedule"
    | "bad_delivery"
    | "bad_model"
    /** The key of a request was used for another one. */
    | "key_used"
    | "bad_job";
  /** What is wrong and what to do, in one English sentence. */
  readonly message: string;
};
