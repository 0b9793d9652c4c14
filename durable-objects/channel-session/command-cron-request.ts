/** Reads what follows `/cron`. Pure. */
import { jobName, payloadText } from "../../protocol/job-name.ts";
import type { Payload } from "../../protocol/jobs.ts";
import { takeWhen, type When } from "../../protocol/job-when.ts";
import { JOB_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { err, ok, type Result } from "../../protocol/result.ts";
import type { CronProblem } from "../../protocol/texts/jobs.ts";

export type CronRequest =
  | { readonly what: "list" | "help" }
  /** `job`: a number of the list, an id or a name. */
  | { readonly what: "show" | "remove" | "run" | "enable" | "disable"; readonly job: string }
  /** Null: of all jobs. */
  | { readonly what: "runs"; readonly job: string | null }
  | { readonly what: "add"; readonly name: string; readonly when: When; readonly payload: Payload }
  | { readonly what: "malformed"; readonly problem: CronProblem };

/** The words for one job, each with the others that mean the same. */
const VERBS: readonly (readonly [RegExp, "show" | "remove" | "run" | "enable" | "disable"])[] = [
  [/^(?:show|get|zeig|zeige)$/iu, "show"],
  [/^(?:rm|remove|delete|del|cancel|entferne|lösche)$/iu, "remove"],
  [/^run$/iu, "run"],
  [/^(?:on|enable|an|ein)$/iu, "enable"],
  [/^(?:off|disable|aus)$/iu, "disable"],
];

/** Reads a request. What cannot be one is `malformed`, or `help` if nobody can tell what it was to be. */
export function readCronRequest(text: string): CronRequest {
  const typed = text.normalize("NFC").trim();
  const [, word = "", after = ""] = /^(\S*)\s*(.*)$/su.exec(typed) ?? [];
  switch (word.toLowerCase()) {
    case "":
    case "list":
    case "status":
      return { what: "list" };
    case "help":
      return { what: "help" };
    case "add":
    case "new":
      return readAdd(after);
    case "runs":
    case "log":
      return { what: "runs", job: after === "" ? null : after };
    default:
      return readVerb(word, after) ?? readTime(typed);
  }
}

/** `on` is also how a date begins: `on 1.12.2026 9:00 Call Ada`. */
function readVerb(word: string, after: string): CronRequest | null {
  const verb = VERBS.find(([names]) => names.test(word))?.[1];
  if (verb === undefined || (verb === "enable" && takeWhen(`${word} ${after}`).ok)) return null;
  return after === "" ? malformed("no_job") : { what: verb, job: after };
}

/** Who leaves out `add` begins with a time. */
function readTime(typed: string): CronRequest {
  const when = takeWhen(typed);
  return !when.ok && when.error === "unknown" ? { what: "help" } : readAdd(typed);
}

function readAdd(text: string): CronRequest {
  const read = takeWhen(text);
  if (!read.ok) return malformed(read.error);
  const payload = readPayload(read.value.rest);
  if (!payload.ok) return malformed(payload.error);
  const { when } = read.value;
  return { what: "add", name: jobName(payloadText(payload.value)), when, payload: payload.value };
}

const KINDS: readonly (readonly [RegExp, Payload["kind"]])[] = [
  [/^(?:ask|frage?):\s*|^--ask(?:\s+|$)|\s+--ask$/iu, "agentTurn"],
  [/^(?:event|ereignis):\s*|^--event(?:\s+|$)|\s+--event$/iu, "systemEvent"],
  [/^(?:remind|say|sag):\s*|^--remind(?:\s+|$)|\s+--remind$/iu, "reminder"],
];

/** A text is said as it is, unless it says how else it is meant. */
function readPayload(rest: string): Result<Payload, CronProblem> {
  const [mark, kind] = KINDS.find(([marks]) => marks.test(rest)) ?? [/^/u, "reminder" as const];
  const text = rest.replace(mark, "").trim();
  if (text === "") return err("no_text");
  if (text.length > JOB_BOUNDS.textMax) return err("text_too_long");
  return ok(kind === "agentTurn" ? { kind, message: text } : { kind, text });
}

function malformed(problem: CronProblem): CronRequest {
  return { what: "malformed", problem };
}
