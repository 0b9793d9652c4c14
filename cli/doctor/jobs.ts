/** What an assistant does by itself: jobs that fail, that were switched off for it, and that speak to nobody. */
import * as v from "valibot";
import { parseSessionKey } from "../../protocol/session-key.ts";
import type { Address } from "../address.ts";
import { askAdmin } from "../admin-api.ts";
import { jobsText } from "../assistant-status.ts";
import { type JobAnswer, jobsAnswer, type RunAnswer, runsAnswer } from "../job-answers.ts";
import type { Finding } from "./finding.ts";

type JobFacts = {
  readonly jobs: v.InferOutput<typeof jobsAnswer>;
  /** The newest of all, newest first. */
  readonly runs: readonly RunAnswer[];
  /** The channels, and what `on` or another word says of them. */
  readonly channels: Readonly<Record<string, string>>;
};

/** Asks the assistant. An older release has no jobs, and there is nothing to say. */
export async function examineJobs(address: Address, channels: JobFacts["channels"]): Promise<readonly Finding[]> {
  const paths = ["/admin/api/jobs", "/admin/api/runs?limit=200"];
  const [jobs, runs] = (await Promise.all(paths.map((path) => askAdmin(address, path)))).map((answer) =>
    answer.ok ? answer.value : null,
  );
  const parsed = v.safeParse(jobsAnswer, jobs);
  if (!parsed.success) return [];
  const log = v.safeParse(runsAnswer, runs);
  return describeJobs({
    jobs: parsed.output,
    runs: log.success ? log.output.runs : [],
    channels,
  });
}

/** A finding for all of them, and one for each that needs somebody. Pure. */
export function describeJobs({ jobs: { jobs, status }, runs, channels }: JobFacts): readonly Finding[] {
  const all: Finding = { what: "jobs", state: jobs.length === 0 ? "off" : "ok", detail: jobsText(status) };
  const troubles = jobs.flatMap((job) =>
    [describeFailures(job), describePlace(job, channels) ?? describeDelivery(job, runs)]
      .filter((finding) => finding !== null)
      .map((finding) => ({ what: `job ${job.id}`, ...finding })),
  );
  return [all, ...troubles];
}

type Trouble = Omit<Finding, "what"> | null;

function describeFailures({ id, enabled, schedule, state }: JobAnswer): Trouble {
  const { failuresInRow, lastError, lastStatus } = state;
  const why = lastError === null ? "" : `: ${lastError}`;
  const times = failuresInRow === 1 ? "once" : `${failuresInRow} times in a row`;
  const seeRuns = `see npm run claw -- jobs runs ${id}`;
  if (!enabled && failuresInRow > 0) {
    const again = `then npm run claw -- jobs enable ${id}`;
    return { state: "wrong", detail: `is switched off, because it failed ${times}${why}; ${seeRuns}, ${again}` };
  }
  if (failuresInRow > 0) {
    return { state: failuresInRow > 1 ? "wrong" : "note", detail: `failed ${times}${why}; ${seeRuns}` };
  }
  // Nothing ran, so nothing failed.
  const isTooLate = !enabled && schedule.kind === "at" && state.missed > 0 && lastStatus === null;
  if (!isTooLate) return null;
  const detail = `is switched off: nothing was awake at its time; npm run claw -- jobs edit ${id} --at gives it a new one, then jobs enable ${id}`;
  return { state: "wrong", detail };
}

function describePlace({ id, enabled, delivery }: JobAnswer, channels: JobFacts["channels"]): Trouble {
  if (!enabled || delivery.mode !== "announce" || delivery.to === "owner") return null;
  const place = parseSessionKey(delivery.to);
  if (!place.ok || channels[place.value.channel] === "on") return null;
  const detail = `speaks in ${delivery.to}, and that channel is off; npm run claw -- jobs edit ${id} --to owner`;
  return { state: "wrong", detail };
}

function describeDelivery({ id }: JobAnswer, runs: readonly RunAnswer[]): Trouble {
  const last = runs.find((run) => run.jobId === id && run.endedAt !== null);
  if (last?.delivery !== "failed") return null;
  return {
    state: "wrong",
    detail: `what it said last could not be delivered, the chat may be gone; npm run claw -- jobs show ${id}, then edit --to`,
  };
}
