/** The admin API's refusals in words: one line that says what to do next. Pure. */
import * as v from "valibot";
import { ACCESS_BOUNDS, CONFIG_BOUNDS, TRANSCRIPT_BOUNDS } from "../protocol/bounds.ts";
import { localTime } from "./table.ts";

export type Refusal = { readonly message: string; readonly reasons?: readonly string[] };

const CODE_LIFE = `${ACCESS_BOUNDS.pairingLifeMs / 60_000} minutes`;

/** What the admin API calls a request that it understood and refused, and what to say of it. */
const REFUSALS: Readonly<Record<string, string>> = {
  not_found: "the assistant has nothing there, it may be of an older release",
  unknown_session:
    "nobody who is let in has written in that session, and of others there is nothing to look at; " +
    "npm run claw -- sessions lists them",
  unknown_conversation:
    "nobody has said anything in that conversation, so there is none; npm run claw -- conversations lists them",
  no_transcript: "nothing was said in it since it began; --epoch 0 and on are the earlier ones",
  transcript_unavailable:
    "the agent could not be reached, or is at work on the conversation; nothing was changed, try the same command again",
  import_overtaken:
    "the conversation was begun anew meanwhile, and stays as it is; the same command again brings the transcript in",
  transcript_too_large:
    `a transcript has at most ${TRANSCRIPT_BOUNDS.entriesMax} entries and ` +
    `${TRANSCRIPT_BOUNDS.importMaxBytes / 1_000_000} MB; nothing was changed`,
  unknown_message: "that session has no such message; npm run claw -- ledger <session> lists them",
  unknown_part: "that session has no such part; npm run claw -- ledger <session> --dead lists them",
  not_dead: "there is nothing to take up again",
  not_replayable: "the answer to that command is forgotten; send the command again",
  too_many_waiting: "too many messages of that session wait for an answer; try again later",
  unknown_code:
    `nobody waits with that code: it is mistyped, used, or older than ${CODE_LIFE}; ` +
    "npm run claw -- pair lists who waits, and whose code is too old gets a new one by writing again",
  too_many_people:
    `${ACCESS_BOUNDS.peopleMax} people are let in, and more may not be; ` +
    "remove somebody first: npm run claw -- people remove <id>",
  unknown_person: "nobody has that id; npm run claw -- people lists them",
  is_owner: "that is the owner, who can be neither removed nor forgotten",
  is_listed:
    "access.allowFrom (ALLOW_FROM) lets them in; take them out of it first: npm run claw -- config get access.allowFrom",
  unavailable: "the agent could not be reached, so not all could be forgotten; the same command again does the rest",
  invalid: "nothing was changed, because of this:",
  other_version:
    "the configuration is another one by now, and nothing was changed; look at it: npm run claw -- config get",
  unknown_version: "there is no such version, or it is not kept any more; npm run claw -- config history lists them",
  too_large: `a configuration has at most ${CONFIG_BOUNDS.documentMaxBytes / 1024} KiB; nothing was changed`,
};

const refusal = v.object({
  error: v.string(),
  state: v.optional(v.string()),
  message: v.optional(v.string()),
  /** Epoch ms; before it the same is refused again. */
  retryAt: v.optional(v.number()),
  /** Of a file that cannot be read: where, and what is wrong there. */
  line: v.optional(v.number()),
  problem: v.optional(v.string()),
  /** Of a file of a later release. */
  version: v.optional(v.number()),
  problems: v.optional(v.array(v.object({ path: v.string(), problem: v.string() }))),
});

/** The words for a refusal that we know or that explains itself; null for any other answer. */
export function explainRefusal(answer: unknown): Refusal | null {
  const parsed = v.safeParse(refusal, answer);
  if (!parsed.success) return null;
  const { error, state, message, retryAt, problems } = parsed.output;
  if (error === "too_many_tries") return { message: tooManyTries(retryAt) };
  if (error === "malformed_transcript" || error === "newer_transcript") return { message: badFile(parsed.output) };
  const words = REFUSALS[error] ?? message;
  if (words === undefined) return null;
  return {
    message: `${words}${state === undefined ? "" : `: it is ${state}`}`,
    ...(problems && { reasons: problems.map(showProblem) }),
  };
}

/** Where it is, and what to do. */
export function showProblem({ path, problem }: { readonly path: string; readonly problem: string }): string {
  return path === "" ? problem : `${path}: ${problem}`;
}

function badFile({ line, problem, version }: v.InferOutput<typeof refusal>): string {
  if (version !== undefined) {
    return `the file is of a newer release (version ${version} of transcripts); update this one first; nothing was changed`;
  }
  return `line ${line ?? 1} of the file: ${problem ?? "is not what is expected there"}; nothing was changed`;
}

function tooManyTries(retryAt: number | undefined): string {
  // The end of that minute, because its seconds are not shown.
  const when = retryAt === undefined ? "later" : `after ${localTime(retryAt + 59_999)}`;
  return `too many codes were wrong, so none is looked at now; try again ${when}`;
}
