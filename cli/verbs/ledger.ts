/** `claw ledger`: the way that each message took, with times and tries; never what anybody wrote. */
import { type Command, InvalidArgumentError } from "commander";
import * as v from "valibot";
import {
  howToReplay,
  ledgerAnswer,
  type LedgerEntry,
  type LedgerMessage,
  type LedgerPart,
  showMessage,
  showMessages,
} from "../ledger-lines.ts";
import { describe } from "../table.ts";
import { askAndPrint, type Shown } from "./ask.ts";
import { readSession } from "./session-argument.ts";
import type { Verb, VerbOptions } from "./verb.ts";

type LedgerOptions = VerbOptions & { readonly message?: string; readonly dead?: true; readonly limit: number };

const LIMIT_DEFAULT = 20;
/** The admin API gives no more. */
const LIMIT_MAX = 500;

export const ledgerVerb: Verb<LedgerOptions> = {
  name: "ledger",
  summary: "what became of each message: its steps, tries and parts",
  declare: (command: Command) =>
    command
      .argument("[session]", "one of npm run claw -- sessions (default: the newest of all)", readSession)
      .option("--message <id>", "only this message, in full")
      .option("--dead", "only what was given up, and how to take it up again")
      .option("--limit <n>", "most messages", readLimit, LIMIT_DEFAULT),
  run: (options, [session]) =>
    askAndPrint("ledger", [ledgerPath(session, options)], options, ([answer]) => showLedger(answer, session, options)),
};

/** Where the admin API has it. Pure. */
export function ledgerPath(session: string | undefined, { message, dead, limit }: LedgerOptions): string {
  const query = new URLSearchParams({
    limit: String(limit),
    ...(message !== undefined && { message }),
    ...(dead && { dead: "true" }),
  });
  const path = session === undefined ? "ledger" : `sessions/${encodeURIComponent(session)}/ledger`;
  return `/admin/api/${path}?${query.toString()}`;
}

type ShowOptions = Pick<LedgerOptions, "message" | "dead">;

/** One line a message, or all about one. What another release answers in its own form is shown as it is. Pure. */
export function showLedger(answer: unknown, session: string | undefined, options: ShowOptions): Shown {
  const parsed = v.safeParse(ledgerAnswer, answer);
  if (!parsed.success) return { json: answer, lines: describe(answer) };
  const { messages, parts, unavailable } = parsed.output;
  const placeOf = (row: LedgerMessage | LedgerPart) => row.session ?? session ?? "";
  const entries = messages.map((one): LedgerEntry => {
    const own = parts.filter((other) => other.session === one.session && one.parts.includes(other.seq));
    return { message: one, place: placeOf(one), parts: own.toSorted((a, b) => a.seq - b.seq) };
  });
  const notices = parts.filter(isDeadNotice).map((part) => ({ place: placeOf(part), part }));
  const unasked = unavailable.map((place) => `${place} could not be asked; see npm run claw -- logs`);
  const isMissing = options.message !== undefined && entries.length === 0;
  if (isMissing) return { json: answer, lines: unasked, missing: sayMissing(session, options) };
  const shown =
    options.message === undefined ? showMessages(entries, session === undefined) : entries.flatMap(showMessage);
  const lines = [
    ...(entries.length > 0 ? shown : ["none"]),
    ...(options.dead ? howToReplay(entries, notices) : []),
    ...unasked,
  ];
  return { json: answer, lines };
}

function isDeadNotice({ state, answers }: LedgerPart): boolean {
  return state === "dead" && answers?.length === 0;
}

function sayMissing(session: string | undefined, { dead }: ShowOptions): string {
  const what = dead ? "no message with that id was given up" : "no message with that id";
  return session === undefined ? `${what}; to look in one chat: ledger <session> --message <id>` : what;
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw new InvalidArgumentError(`It must be a whole number up to ${LIMIT_MAX}.`);
}
