/** `claw ledger`: the way that each message took, with times and tries; never what anybody wrote. */
import { type Command, InvalidArgumentError } from "commander";
import * as v from "valibot";
import { describe, localInstant, table } from "../table.ts";
import { askAndPrint, type Shown } from "./ask.ts";
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
      .argument("[session]", "one of npm run claw -- sessions (default: the newest of all)")
      .option("--message <id>", "only this message, in full")
      .option("--dead", "only what was given up, and how to send it again")
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

const message = v.looseObject({
  session: v.optional(v.string()),
  id: v.string(),
  state: v.string(),
  reason: v.nullable(v.string()),
  path: v.array(v.object({ state: v.string(), at: v.number() })),
  replayedAt: v.nullable(v.number()),
  turn: v.nullable(
    v.object({
      id: v.string(),
      fence: v.nullable(v.number()),
      runs: v.nullable(v.number()),
      outcome: v.nullable(v.string()),
    }),
  ),
  parts: v.array(v.number()),
});
type Message = v.InferOutput<typeof message>;

const part = v.looseObject({
  session: v.optional(v.string()),
  seq: v.number(),
  part: v.number(),
  parts: v.number(),
  state: v.string(),
  attempts: v.number(),
  createdAt: v.number(),
  sentAt: v.nullable(v.number()),
  replayedAt: v.nullable(v.number()),
  receipt: v.nullable(v.string()),
  reason: v.nullable(v.string()),
  resentAfterUnknown: v.boolean(),
});
type Part = v.InferOutput<typeof part>;

const ledger = v.object({
  messages: v.array(message),
  parts: v.array(part),
  unavailable: v.optional(v.array(v.string()), []),
});

/** One line a message, or all about one. What another release answers in its own form is shown as it is. Pure. */
export function showLedger(
  answer: unknown,
  session: string | undefined,
  options: Pick<LedgerOptions, "message" | "dead">,
): Shown {
  const parsed = v.safeParse(ledger, answer);
  if (!parsed.success) return { json: answer, lines: describe(answer) };
  const { messages, parts, unavailable } = parsed.output;
  const entries = messages.map((one): Entry => {
    const place = one.session ?? session ?? "";
    const own = parts.filter((other) => other.session === one.session && one.parts.includes(other.seq));
    return { message: one, place, parts: own.toSorted((a, b) => a.seq - b.seq) };
  });
  const body = options.message === undefined ? showAll(entries, session === undefined) : entries.flatMap(showOne);
  const lines = [
    ...(entries.length > 0 ? body : ["none"]),
    ...(options.dead ? howToReplay(entries) : []),
    ...unavailable.map((place) => `${place} could not be asked; see npm run claw -- logs`),
  ];
  return { json: answer, lines };
}

type Entry = { readonly message: Message; readonly place: string; readonly parts: readonly Part[] };

/** Each step in its column, as seconds after the one before; the state closes the path. */
function showAll(entries: readonly Entry[], withPlace: boolean): readonly string[] {
  const header = ["accepted", "leased", "running", "answered", "state", "turn", "parts", "message", "session"];
  const rows = entries.map(({ message: one, place, parts }) => [
    localInstant(one.path[0]?.at ?? 0),
    ...["leased", "running", "answered"].map((step) => sinceBefore(one, step)),
    [one.state, END.has(one.state) ? sinceBefore(one, one.state) : "", one.reason ?? ""].filter(Boolean).join(" "),
    one.turn ? [fenceOf(one.turn), runsOf(one.turn)].filter(Boolean).join(", ") : "-",
    parts.map(shortPart).join(", ") || "-",
    one.id,
    place,
  ]);
  return table([header, ...rows].map((row) => (withPlace ? row : row.slice(0, -1))));
}

/** States that have no column of their own. */
const END: ReadonlySet<string> = new Set(["delivered", "failed", "stopped", "dead"]);

function sinceBefore({ path }: Message, step: string): string {
  const index = path.findIndex(({ state }) => state === step);
  const [before, at] = [path[index - 1]?.at, path[index]?.at];
  return before === undefined || at === undefined ? "-" : `+${((at - before) / 1_000).toFixed(3)}`;
}

function fenceOf({ fence }: NonNullable<Message["turn"]>): string {
  return fence === null ? "" : `fence ${fence}`;
}

function runsOf({ runs }: NonNullable<Message["turn"]>): string {
  return runs === null ? "" : times(runs, "run");
}

function shortPart({ seq, state, attempts, resentAfterUnknown }: Part): string {
  const tries = attempts > 1 ? ` after ${attempts} tries` : "";
  return `#${seq} ${state}${tries}${resentAfterUnknown ? RESENT : ""}`;
}

const RESENT = " (resent after unknown)";

function showOne({ message: one, place, parts }: Entry): readonly string[] {
  return table([
    ["message", one.id],
    ["session", place],
    ...one.path.map(({ state, at }) => [
      state,
      `${localInstant(at)}  ${sinceBefore(one, state)}`.replace(/ {2}-$/, ""),
    ]),
    ...(one.reason === null ? [] : [["reason", one.reason]]),
    ...(one.replayedAt === null ? [] : [["replayed", localInstant(one.replayedAt)]]),
    ...(one.turn ? [["turn", longTurn(one.turn)]] : []),
    ...parts.map((each) => [`part ${each.seq}`, longPart(each)]),
  ]);
}

function longTurn(turn: NonNullable<Message["turn"]>): string {
  return [turn.id, turn.outcome ?? "under way", fenceOf(turn), runsOf(turn)].filter(Boolean).join(", ");
}

function longPart(one: Part): string {
  const {
    part: number,
    parts,
    state,
    attempts,
    createdAt,
    sentAt,
    replayedAt,
    receipt,
    reason,
    resentAfterUnknown,
  } = one;
  return [
    ...(parts > 1 ? [`${number} of ${parts}`] : []),
    `made ${localInstant(createdAt)}`,
    ...(replayedAt === null ? [] : [`replayed ${localInstant(replayedAt)}`]),
    `${state}${sentAt === null ? "" : ` ${localInstant(sentAt)}`} after ${attempts === 1 ? "1 try" : `${attempts} tries`}${
      resentAfterUnknown ? RESENT : ""
    }`,
    ...(receipt === null ? [] : [`receipt ${receipt}`]),
    ...(reason === null ? [] : [reason]),
  ].join(", ");
}

function times(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** The command that takes the first of them up again; the others are alike. */
function howToReplay([first]: readonly Entry[]): readonly string[] {
  if (!first) return [];
  return ["", `To send one again:  npm run claw -- replay ${first.place} ${first.message.id}`];
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw new InvalidArgumentError(`It must be a whole number up to ${LIMIT_MAX}.`);
}
