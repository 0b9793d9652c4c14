/** What the owner is told of a job besides what it has to say, and its words. Pure. */
import { assertNever } from "../../protocol/assert.ts";
import type { Job } from "../../protocol/jobs.ts";
import { inlineCode } from "../../protocol/texts/inline-code.ts";
import { formatTime } from "../../protocol/texts/language.ts";
import { FAILURE_CODES, type Texts } from "../../protocol/texts/texts.ts";

export type JobNotice = { readonly jobId: string; readonly name: string } &
  /** A one-shot is switched off: nothing was awake until it was too late for it. `slot`: epoch ms. */
  (
    | { readonly kind: "once_missed"; readonly slot: number }
    /** A one-shot is switched off: it failed, and trying again did not help or would not. */
    | { readonly kind: "once_failed"; readonly code: string }
    /** What came in through a hook could not be worked on, and is not tried again. */
    | { readonly kind: "hook_failed"; readonly code: string }
    /** The heartbeat failed with these events again and again; they are dropped. */
    | { readonly kind: "events_lost"; readonly count: number }
    /** It fails again and again. */
    | { readonly kind: "failing"; readonly failures: number; readonly code: string }
    | { readonly kind: "recovered"; readonly failures: number }
    /** It is switched off after too many failures. */
    | { readonly kind: "switched_off"; readonly failures: number; readonly code: string }
    /** It is switched off: its next slot cannot be computed any more. */
    | { readonly kind: "schedule_broken" }
    /** What it had to say could not be delivered, or perhaps not. `isKept`: a one-shot stays, switched off. */
    | { readonly kind: "undelivered"; readonly isKept: boolean; readonly isInDoubt: boolean }
  );

/** Whom a notice is about. */
export function about({ id, name }: Pick<Job, "id" | "name">): Pick<JobNotice, "jobId" | "name"> {
  return { jobId: id, name };
}

/** A notice in words. `timezone`: the owner's. */
export function renderJobNotice(notice: JobNotice, { timezone, texts }: { timezone: string; texts: Texts }): string {
  const words = texts.jobNotices;
  const name = inlineCode(notice.name);
  const hint = words.hint(inlineCode(notice.jobId));
  switch (notice.kind) {
    case "once_missed":
      return `${words.onceMissed(name, formatTime(notice.slot, timezone, texts.language))} ${hint}`;
    case "once_failed":
      return `${words.onceFailed(name, reasonOf(notice.code, texts))} ${hint}`;
    case "hook_failed":
      return words.hookFailed(name, reasonOf(notice.code, texts));
    case "events_lost":
      return words.eventsLost(name, String(notice.count));
    case "failing":
      return words.failing(name, String(notice.failures), reasonOf(notice.code, texts));
    case "recovered":
      return words.recovered(name, String(notice.failures));
    case "switched_off":
      return `${words.switchedOff(name, String(notice.failures), reasonOf(notice.code, texts))} ${hint}`;
    case "schedule_broken":
      return `${words.scheduleBroken(name)} ${hint}`;
    case "undelivered": {
      const said = notice.isInDoubt ? words.inDoubt(name) : words.undelivered(name);
      return notice.isKept ? `${said} ${words.kept} ${hint}` : said;
    }
    default:
      return assertNever(notice);
  }
}

function reasonOf(code: string, { failures }: Texts): string {
  const known = FAILURE_CODES.find((failure) => failure === code);
  return `${known === undefined ? failures.unknown : failures.reasons[known]} (${inlineCode(code)})`;
}
