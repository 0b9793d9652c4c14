/** How people read the delivery ledger: a line a message, all about one message, or what was given up. Pure. */
import * as v from "valibot";
import { localInstant, table } from "./table.ts";

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
export type LedgerMessage = v.InferOutput<typeof message>;

const part = v.looseObject({
  session: v.optional(v.string()),
  seq: v.number(),
  answers: v.optional(v.array(v.string())),
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
export type LedgerPart = v.InferOutput<typeof part>;

/** What the admin API answers, as far as it is shown; one session's, or several sessions' with their names. */
export const ledgerAnswer = v.object({
  messages: v.array(message),
  parts: v.array(part),
  unavailable: v.optional(v.array(v.string()), []),
});

/** A message with its session, and the parts that answer it, in order. */
export type LedgerEntry = {
  readonly message: LedgerMessage;
  readonly place: string;
  readonly parts: readonly LedgerPart[];
};

/** A part that answers nobody's message, and its session. */
export type LedgerNotice = { readonly place: string; readonly part: LedgerPart };

/** Each step in its column, as seconds after the one before; the state closes the path. */
export function showMessages(entries: readonly LedgerEntry[], withPlace: boolean): readonly string[] {
  const header = ["accepted", "leased", "running", "answered", "state", "turn", "parts", "message", "session"];
  const rows = entries.map(({ message: one, place, parts }) => [
    localInstant(one.path[0]?.at ?? 0),
    ...["leased", "running", "answered"].map((step) => sinceBefore(one.path, step)),
    [one.state, END.has(one.state) ? sinceBefore(one.path, one.state) : "", one.reason ?? ""].filter(Boolean).join(" "),
    one.turn ? [fenceOf(one.turn), runsOf(one.turn)].filter(Boolean).join(", ") : "-",
    parts.map(shortPart).join(", ") || "-",
    one.id,
    place,
  ]);
  return table([header, ...rows].map((row) => (withPlace ? row : row.slice(0, -1))));
}

/** All about one message, its steps in the order of time. */
export function showMessage({ message: one, place, parts }: LedgerEntry): readonly string[] {
  const replayed = one.replayedAt === null ? [] : [{ state: "replayed", at: one.replayedAt }];
  const path = [...one.path, ...replayed].toSorted((a, b) => a.at - b.at);
  return table([
    ["message", one.id],
    ["session", place],
    ...path.map(({ state, at }) => [state, `${localInstant(at)} ${sinceBefore(path, state)}`.replace(/ -$/, "")]),
    ...(one.reason === null ? [] : [["reason", one.reason]]),
    ...(one.turn ? [["turn", longTurn(one.turn)]] : []),
    ...parts.map((each) => [`part ${each.seq}`, longPart(each)]),
  ]);
}

/** A command for each that takes it up again, with what is to be known before. */
export function howToReplay(entries: readonly LedgerEntry[], notices: readonly LedgerNotice[]): readonly string[] {
  const rows = [
    ...entries.map(({ message: one, place, parts }) => [
      replayCommand(place, one.id),
      parts.some(isInDoubt) ? `# ${IN_DOUBT}` : "",
    ]),
    ...notices.map(({ place, part: one }) => [
      replayCommand(place, String(one.seq)),
      `# a notice, ${[longPart(one), ...(isInDoubt(one) ? [IN_DOUBT] : [])].join(", ")}`,
    ]),
  ];
  return rows.length === 0 ? [] : ["", "To take one up again:", ...table(rows).map((line) => `  ${line}`)];
}

function replayCommand(place: string, what: string): string {
  return `npm run claw -- replay ${place} ${what}`;
}

const IN_DOUBT = "may be in the chat already";
/** Why a part died of which nobody knows whether it was shown. */
const DOUBTS: ReadonlySet<string> = new Set(["channel_outcome_unknown", "interrupted"]);

function isInDoubt({ state, reason, resentAfterUnknown }: LedgerPart): boolean {
  return state === "dead" && (resentAfterUnknown || (reason !== null && DOUBTS.has(reason)));
}

/** States that have no column of their own. */
const END: ReadonlySet<string> = new Set(["delivered", "failed", "stopped", "dead"]);

function sinceBefore(path: LedgerMessage["path"], step: string): string {
  const index = path.findIndex(({ state }) => state === step);
  const [before, at] = [path[index - 1]?.at, path[index]?.at];
  return before === undefined || at === undefined ? "-" : `+${((at - before) / 1_000).toFixed(3)}`;
}

function fenceOf({ fence }: NonNullable<LedgerMessage["turn"]>): string {
  return fence === null ? "" : `fence ${fence}`;
}

function runsOf({ runs }: NonNullable<LedgerMessage["turn"]>): string {
  return runs === null ? "" : times(runs, "run", "runs");
}

function shortPart({ seq, state, attempts, resentAfterUnknown }: LedgerPart): string {
  const tries = attempts > 1 ? ` after ${attempts} tries` : "";
  return `#${seq} ${state}${tries}${resentAfterUnknown ? RESENT : ""}`;
}

const RESENT = " (resent after unknown)";

function longTurn(turn: NonNullable<LedgerMessage["turn"]>): string {
  return [turn.id, turn.outcome ?? "under way", fenceOf(turn), runsOf(turn)].filter(Boolean).join(", ");
}

function longPart(one: LedgerPart): string {
  const { part: number, parts, state, attempts, sentAt, replayedAt, receipt, reason } = one;
  const when = sentAt === null ? "" : ` ${localInstant(sentAt)}`;
  const resent = one.resentAfterUnknown ? RESENT : "";
  return [
    ...(parts > 1 ? [`${number} of ${parts}`] : []),
    `made ${localInstant(one.createdAt)}`,
    ...(replayedAt === null ? [] : [`replayed ${localInstant(replayedAt)}`]),
    `${state}${when} after ${times(attempts, "try", "tries")}${resent}`,
    ...(receipt === null ? [] : [`receipt ${receipt}`]),
    ...(reason === null ? [] : [reason]),
  ].join(", ");
}

function times(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
