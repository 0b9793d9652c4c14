/** What an assistant says of itself at `/admin/api/status`, and in what words people read it. */
import * as v from "valibot";
import { jobsStatus, type JobsStatus } from "./job-answers.ts";
import { localTime } from "./table.ts";

export const assistantStatus = v.object({
  deployment: v.string(),
  channels: v.record(v.string(), v.string()),
  /** Whether other services can ask it for something. */
  hooks: v.optional(v.string()),
  /** Whether the agent can plan reminders and jobs. */
  reminders: v.optional(v.string()),
  access: v.object({ owner: v.optional(v.nullable(v.string())) }),
  runtime: v.object({ endpoint: v.string(), region: v.string() }),
  model: v.nullable(v.string()),
  modelKeys: v.array(v.string()),
  /** Parts of answers that were given up. */
  deadLetters: v.optional(v.number()),
  jobs: v.optional(jobsStatus),
});

export type AssistantStatus = v.InferOutput<typeof assistantStatus>;

/** The model in use: the one that was named, or what the keys lead to; null: the offline one. */
export function modelInUse({ model, modelKeys }: Pick<AssistantStatus, "model" | "modelKeys">): string | null {
  if (model !== null) return model;
  return modelKeys.length > 0 ? `the default one of ${modelKeys.join(" or ")}` : null;
}

/** Said of dead letters, when there are any. */
export function deadLettersText(count: number): string {
  return `${count === 1 ? "1 part of an answer" : `${count} parts of answers`} could not be delivered; ${SEE_DEAD_LETTERS}`;
}

/** Where more is said of dead letters. */
export const SEE_DEAD_LETTERS = "see npm run claw -- ledger --dead";

/** How many jobs there are, the next one, and whether some fail. */
export function jobsText({ jobs, enabled, nextRunAt, failing }: JobsStatus): string {
  if (jobs === 0) return "none";
  const off = jobs - enabled;
  return [
    `${jobs}${off > 0 ? `, ${off} of them switched off` : ""}`,
    ...(nextRunAt === null ? [] : [`next ${localTime(nextRunAt)}`]),
    ...(failing > 0 ? [`${failing} failing, see npm run claw -- jobs`] : []),
  ].join("; ");
}

/** Said in place of a model's name. */
export const OFFLINE = "no key is set, so the offline model answers";
