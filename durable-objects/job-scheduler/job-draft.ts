/**
 * What somebody writes as a job, or as a change of one, is read and completed with what only others know: the agent's time
 * zone, its models, and which chats there are. It is done before the transaction that writes, for that cannot wait.
 */
import * as v from "valibot";
import type { AgentConfig } from "../../protocol/agent-config.ts";
import { assertNever } from "../../protocol/assert.ts";
import {
  type Delivery,
  jobInput,
  type JobInput,
  jobPatch,
  type JobPatch,
  type JobRefusal,
  type Payload,
} from "../../protocol/jobs.ts";
import { modelOfAlias } from "../../protocol/model-choices.ts";
import { checkWebhookUrl } from "../../protocol/public-address.ts";
import { err, ok, type Result } from "../../protocol/result.ts";
import type { SessionKey } from "../../protocol/session-key.ts";
import { modelProblem } from "../../protocol/setting-checks.ts";
import { learnModelKeys, missingModelKeys } from "../../worker/model-keys.ts";
import { agentDirectory } from "../../worker/objects.ts";
import { findPlace, hereOf } from "./job-place.ts";
import type { SchedulerContext } from "./scheduler-context.ts";

/** Where a job is asked for: in a chat, or by nobody's chat (the command line, the admin API). */
export type JobOrigin = { readonly session: SessionKey | null };

/** A new job, complete but for what follows from the jobs that there are. */
export type JobDraft = Omit<JobInput, "delivery"> & { readonly delivery: Delivery; readonly timezone: string };
/** A change of a job, complete in what it names. */
export type JobChange = Omit<JobPatch, "delivery"> & { readonly delivery?: Delivery; readonly timezone: string };

/** Reads a new job. */
export async function draftJob(
  scheduler: SchedulerContext,
  input: unknown,
  origin: JobOrigin,
): Promise<Result<JobDraft, JobRefusal>> {
  const parsed = parse(jobInput, input);
  if (!parsed.ok) return parsed;
  const { config, isKnown } = await askDirectory(scheduler);
  const payload = completePayload(parsed.value.payload, config, scheduler);
  if (!payload.ok) return payload;
  const wanted = parsed.value.delivery ?? { mode: "announce" };
  const delivery = await completeDelivery(wanted, origin, { scheduler, isKnown });
  if (!delivery.ok) return delivery;
  return ok({ ...parsed.value, payload: payload.value, delivery: delivery.value, timezone: config.timezone });
}

/** Reads a change of a job. */
export async function draftChange(
  scheduler: SchedulerContext,
  patch: unknown,
  origin: JobOrigin,
): Promise<Result<JobChange, JobRefusal>> {
  const parsed = parse(jobPatch, patch);
  if (!parsed.ok) return parsed;
  const { delivery: wanted, payload: wish, ...rest } = parsed.value;
  const { config, isKnown } = await askDirectory(scheduler);
  const payload = wish === undefined ? null : completePayload(wish, config, scheduler);
  if (payload?.ok === false) return payload;
  const delivery = wanted === undefined ? null : await completeDelivery(wanted, origin, { scheduler, isKnown });
  if (delivery?.ok === false) return delivery;
  return ok({
    ...rest,
    ...(payload && { payload: payload.value }),
    ...(delivery && { delivery: delivery.value }),
    timezone: config.timezone,
  });
}

type Directory = {
  readonly config: AgentConfig;
  readonly isKnown: (session: SessionKey) => Promise<boolean>;
};

async function askDirectory(scheduler: SchedulerContext): Promise<Directory> {
  await learnModelKeys(scheduler.config(), Date.now());
  const directory = agentDirectory(scheduler.env, scheduler.agent(), scheduler.config());
  const { effective: config } = await directory.configuration();
  return { config, isKnown: (session) => directory.knowsSession(session) };
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
): Result<v.InferOutput<Schema>, JobRefusal> {
  const parsed = v.safeParse(schema, input, { abortPipeEarly: true });
  if (parsed.success) return ok(parsed.output);
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue);
  const isMissing = path !== null && issue.input === undefined && issue.kind === "schema";
  const message = isMissing ? `${path}: this field is missing.` : `${path ?? "The job"}: ${issue.message}.`;
  return err({ code: "bad_job", message });
}

/** Short names of models are replaced: they may mean another one when the job runs. */
function completePayload(
  payload: Payload,
  { models }: AgentConfig,
  scheduler: SchedulerContext,
): Result<Payload, JobRefusal> {
  if (payload.kind !== "agentTurn" || payload.model === undefined) return ok(payload);
  const model = modelOfAlias(payload.model, models) ?? payload.model;
  const problem = modelProblem(model);
  if (problem !== null) {
    return err({ code: "bad_model", message: `The model ${problem}, or a short name from the configuration.` });
  }
  const [provider = ""] = model.split("/");
  const missing = missingModelKeys(scheduler.config()).get(provider);
  return missing === undefined
    ? ok({ ...payload, model })
    : err({ code: "bad_model", message: `That model needs ${missing}, which is not set.` });
}

async function completeDelivery(
  wanted: NonNullable<JobInput["delivery"]>,
  { session }: JobOrigin,
  { scheduler, isKnown }: Pick<Directory, "isKnown"> & { readonly scheduler: SchedulerContext },
): Promise<Result<Delivery, JobRefusal>> {
  switch (wanted.mode) {
    case "none":
      return ok(wanted);
    case "webhook": {
      const { webhooks, publicUrl } = scheduler.config();
      const checked = checkWebhookUrl(wanted.url, { ...webhooks, publicUrl });
      if (checked.ok) return ok(wanted);
      return err({ code: "bad_delivery", message: `The webhook's address ${checked.error}.` });
    }
    case "announce": {
      const { mode, to = "here" } = wanted;
      if (to === "here") return ok({ mode, to: hereOf(session) });
      if (to === "owner") return ok({ mode, to });
      const place = await findPlace(scheduler.agent(), to, isKnown);
      if (place !== null) return ok({ mode, to: place });
      const message = "I know no such chat: name one where somebody who is let in has written, or owner, or here.";
      return err({ code: "bad_delivery", message });
    }
    default:
      return assertNever(wanted);
  }
}
