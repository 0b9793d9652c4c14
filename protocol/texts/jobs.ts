/** What the edge says to people about jobs: a part of `Texts`. */
import type { DeliveryStatus, JobRefusal, Payload, RunStatus } from "../jobs.ts";
import type { ScheduleProblem, WhenProblem } from "../job-when.ts";

type Word = (value: string) => string;

/** What is wrong with a `/cron` before anybody is asked. */
export type CronProblem = WhenProblem | ScheduleProblem | "no_text" | "text_too_long" | "no_job";

export type JobTexts = {
  /** In the middle of a sentence. */
  readonly schedule: {
    readonly once: Word;
    readonly every: Word;
    readonly everyOne: Readonly<Record<"minute" | "hour" | "day", string>>;
    readonly daily: Word;
    readonly weekdays: Word;
    readonly weekends: Word;
    readonly onDays: (days: string, time: string) => string;
    readonly monthly: (day: string, time: string) => string;
    readonly hourly: Word;
    readonly expression: Word;
    readonly inZone: (schedule: string, zone: string) => string;
  };
  readonly outcome: Readonly<Record<RunStatus, string>>;
  readonly underWay: string;
  readonly delivery: Readonly<Record<DeliveryStatus, string>>;
  readonly list: {
    readonly header: Word;
    readonly none: string;
    readonly item: (job: { readonly number: string; readonly label: string; readonly schedule: string }) => string;
    readonly next: (at: string, distance: string) => string;
    readonly off: string;
    readonly over: string;
    readonly last: (outcome: string, distance: string) => string;
    readonly failures: Word;
    /** Behind how many there are besides. */
    readonly rest: string;
    readonly hint: string;
  };
  readonly add: {
    readonly once: (job: { readonly name: string; readonly schedule: string; readonly distance: string }) => string;
    readonly again: (job: { readonly name: string; readonly schedule: string; readonly next: string }) => string;
    readonly what: Readonly<Record<Payload["kind"], string>>;
    readonly undo: Word;
  };
  readonly show: {
    readonly header: (job: { readonly label: string; readonly state: string }) => string;
    readonly on: string;
    readonly off: string;
    readonly when: Word;
    readonly stagger: Word;
    readonly what: Readonly<Record<Payload["kind"], Word>>;
    readonly to: Word;
    readonly place: {
      readonly owner: string;
      readonly here: string;
      readonly webhook: Word;
      readonly none: string;
    };
    readonly next: Word;
    readonly last: Word;
    readonly failures: (count: string, error: string) => string;
    readonly missed: Word;
    readonly runNow: string;
    readonly switchOn: string;
    readonly switchOff: string;
    readonly remove: string;
  };
  readonly runs: {
    readonly header: string;
    readonly headerOf: Word;
    readonly none: string;
  };
  readonly isOver: Word;
  readonly several: (name: string, ids: string) => string;
  readonly removed: Word;
  readonly started: Word;
  readonly switchedOn: (name: string, next: string) => string;
  readonly switchedOff: Word;
  readonly problem: Readonly<Record<CronProblem, string>>;
  readonly unknownJob: Word;
  readonly refused: Readonly<Record<JobRefusal["code"], string>>;
  readonly howTo: string;
  /** A line of `/status`. */
  readonly status: {
    readonly none: string;
    readonly some: (jobs: string) => string;
    readonly off: Word;
    readonly next: Word;
    readonly failing: Word;
  };
};
