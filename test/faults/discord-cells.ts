/** Discord's part of the table: what is different there. What happens between the edge and the model is the same as elsewhere. */
import type { WaitingPoint } from "../../fail-points/fail-point.ts";
import type { Fault } from "../emulators/discord/faults.ts";
import { type Blow, type Cell, type DiscordCallFault, nameOf, words } from "./cell.ts";
import type { DiscordCall } from "./discord-calls.ts";

const DISCORD = { channel: "discord", mayDouble: false } as const;
type Other = Partial<Omit<Cell, "step" | "name" | "fault">>;
type Where = Other & Partial<Pick<DiscordCallFault, "at" | "nth">>;

const AWAY: Other = { channel: "discord_away" };
const SAID: Other = { channel: "discord_said" };
/** The first preview is refused, and then the answer. */
const REFUSED: Where = { manner: "old", at: "event.accepted", leavesPlaceholder: true };

const KILL: Blow = { kind: "kill", what: "workerd" };
const KILL_BOTH: Blow = { kind: "kill", what: "everything" };
const FAIL: Blow = { kind: "fail" };
const EVICT: Blow = { kind: "evict" };
const KILL_EDGE = [KILL, EVICT, FAIL];
const KILL_ALL: readonly Blow[] = [...KILL_EDGE, { kind: "kill", what: "stand-in" }, KILL_BOTH];
const ATTEMPT: Blow = { kind: "write", write: "attempt.write" };
const RECEIPT: Blow = { kind: "write", write: "receipt.write" };
const ANSWER: Blow = { kind: "write", write: "answer.write" };
const INBOX: Blow = { kind: "write", write: "inbox.write" };

const CUT_BEFORE: Fault = { kind: "cut_before" };
const CUT_AFTER: Fault = { kind: "cut_after" };
const NOT_CARRIED_OUT: readonly Fault[] = [{ kind: "status", status: 500 }, { kind: "page", status: 502 }, CUT_BEFORE];
const TOO_MANY: readonly Fault[] = [
  { kind: "too_many", retryAfterS: 2, scope: "user" },
  { kind: "too_many", retryAfterS: 2, scope: "shared" },
];
/** Only calls with the bot's token are counted for the bot. */
const TOO_MANY_OF_BOT: Fault = { kind: "too_many", retryAfterS: 2, scope: "global" };
const CARRIED_OUT: readonly Fault[] = [CUT_AFTER, { kind: "garbage" }];
/** Given up after 20 s, when Discord has forgotten the nonce. */
const HANG: Fault = { kind: "hang" };
/** Pauses of 1, 2 and 4 s: then the nonce is too old to rely on. */
const NONCE_IS_OVER: readonly Fault[] = [CUT_AFTER, CUT_BEFORE, CUT_BEFORE];
const TOKEN_IS_OVER: Fault = { kind: "status", status: 401, code: 50_027 };
const TOKEN_IS_UNKNOWN: Fault = { kind: "status", status: 404, code: 10_015 };

export const DISCORD_CELLS: readonly Cell[] = [
  // A call is sent once. Whoever sees that nobody responded asks again; the suite does it for them.
  ...blows("1 verify", "webhook.verified", [KILL, FAIL]),
  ...blows("2 inbox", "webhook.verified", [INBOX]),
  ...blows("3 ack", "webhook.stored", KILL_EDGE),
  { ...DISCORD, step: "3 ack", name: "discord webhook: cut before our answer", fault: { kind: "webhook_cut" } },
  ...blows("4 lease", "lane.granted", KILL_EDGE),
  ...blows("5 invoke", "event.delta", KILL_ALL),
  ...blows("7 answer", "event.final", [...KILL_ALL, ANSWER]),
  // The first part takes the place of "thinking"; the others are messages with a nonce.
  ...[1, 2].flatMap((nth) => [
    ...blows("8 send", "part.due", [KILL, EVICT, ATTEMPT], { nth }),
    ...blows("8 send", "part.marked", KILL_EDGE, { nth }),
    ...blows("8 send", "part.answered", [...KILL_EDGE, KILL_BOTH, RECEIPT], { nth }),
  ]),
  ...each("original", [...NOT_CARRIED_OUT, ...TOO_MANY, ...CARRIED_OUT, HANG]),
  ...each("message", [...NOT_CARRIED_OUT, ...TOO_MANY, TOO_MANY_OF_BOT, ...CARRIED_OUT], { nth: 2 }),
  ...each("message", [HANG], { nth: 2, needs: "look" }),
  calls("message", "the nonce is over", NONCE_IS_OVER, { nth: 2, needs: "look" }),
  // The token is refused, though it should be good: what it may have shown is looked for.
  calls("original", "shown, and the token is over", [CUT_AFTER, TOKEN_IS_OVER], { manner: "old", needs: "look" }),
  calls("original", "the token is over", [TOKEN_IS_OVER, TOKEN_IS_OVER], REFUSED),
  calls("original", "the token is unknown", [TOKEN_IS_UNKNOWN, TOKEN_IS_UNKNOWN], REFUSED),
  // After 14 minutes the answer is a message, and "thinking" says so.
  ...blows("5 invoke", "event.delta", [KILL, EVICT], { manner: "late" }),
  ...blows("7 answer", "event.final", KILL_EDGE, { manner: "late" }),
  ...blows("8 send", "part.answered", [KILL, EVICT, RECEIPT], { manner: "late" }),
  calls("message", "cut_after", [CUT_AFTER], { manner: "late", needs: "look" }),
  // It grew in the place of "thinking", and is complete when that may not be used any more.
  ...blows("8 send", "event.final", [{ kind: "delay", ms: 6_000 }, EVICT], { manner: "switching" }),

  // Where the bot is not, what follows the first part has no nonce.
  ...blows("8 send", "part.answered", [KILL, EVICT, RECEIPT], AWAY),
  ...blows("8 send", "part.marked", [KILL], { ...AWAY, nth: 2 }),
  ...blows("8 send", "part.answered", [KILL, EVICT], { ...AWAY, nth: 2, mayDouble: true }),
  ...blows("8 send", "part.answered", [RECEIPT], { ...AWAY, nth: 2 }),
  ...each("follow_up", [...NOT_CARRIED_OUT, ...TOO_MANY], { ...AWAY, nth: 2 }),
  ...each("follow_up", CARRIED_OUT, { ...AWAY, nth: 2, mayDouble: true }),

  // The Gateway keeps an event until it is handed over.
  ...blows("1 verify", "webhook.verified", [KILL, FAIL], SAID),
  ...blows("2 inbox", "webhook.verified", [INBOX], SAID),
  ...blows("3 ack", "webhook.stored", [KILL, FAIL], SAID),
  ...blows("4 lease", "lane.granted", KILL_EDGE, SAID),
  ...blows("5 invoke", "event.delta", KILL_ALL, { ...SAID, manner: "leisurely" }),
  ...blows("7 answer", "event.final", [...KILL_ALL, ANSWER], SAID),
  // The first part is the growing answer, the second takes its place, the third is a message of its own.
  ...blows("8 send", "part.due", [...KILL_EDGE, ATTEMPT], SAID),
  ...blows("8 send", "part.marked", KILL_EDGE, SAID),
  ...blows("8 send", "part.answered", [...KILL_EDGE, KILL_BOTH, RECEIPT], SAID),
  ...blows("8 send", "part.marked", [KILL, EVICT], { ...SAID, nth: 2 }),
  ...blows("8 send", "part.answered", [KILL, EVICT, RECEIPT], { ...SAID, nth: 2 }),
  ...blows("8 send", "part.answered", [KILL, EVICT], { ...SAID, nth: 3 }),
  ...each("message", [...NOT_CARRIED_OUT, ...CARRIED_OUT], SAID),
  // Slow enough that the answer still grows when the pause is over; else its preview is taken back.
  ...each("message", [...TOO_MANY, TOO_MANY_OF_BOT], { ...SAID, manner: "leisurely" }),
  ...each("edit", [...NOT_CARRIED_OUT, ...TOO_MANY, CUT_AFTER], { ...SAID, nth: 2 }),
  ...each("message", [CUT_BEFORE, CUT_AFTER], { ...SAID, nth: 3 }),
  calls("message", "the nonce is over", NONCE_IS_OVER, { ...SAID, nth: 3, needs: "look" }),
  ...each("thread", [...NOT_CARRIED_OUT, CUT_AFTER], SAID),
  ...each("thread", TOO_MANY, { ...SAID, manner: "leisurely" }),
];

function blows(step: string, at: WaitingPoint, kinds: readonly Blow[], where: Where = {}): readonly Cell[] {
  const { nth = 1, ...other } = where;
  return kinds.map((blow) => ({
    ...DISCORD,
    ...other,
    step,
    name: `${prefix(where)}${at}: ${nameOf(blow)}`,
    fault: { kind: "blow", at, blow, nth },
  }));
}

/** A cell for each of the faults. */
function each(call: DiscordCall, faults: readonly Fault[], where: Where = {}): readonly Cell[] {
  return faults.map((fault) => calls(call, words(fault), [fault], where));
}

/** A cell for all of the faults, one after the other. */
function calls(call: DiscordCall, what: string, faults: readonly Fault[], where: Where = {}): Cell {
  const { at = "part.marked", nth = 1, ...other } = where;
  const fault: DiscordCallFault = { kind: "discord_call", call, faults, at, nth };
  return { ...DISCORD, ...other, step: "8 send", name: `${prefix(where)}${call.replace("_", "-")}: ${what}`, fault };
}

function prefix({ channel = "discord", manner, nth = 1 }: Where): string {
  const parts = [channel.replace("_", " "), ...(manner === undefined ? [] : [manner]), ...(nth > 1 ? [`#${nth}`] : [])];
  return `${parts.join(" ")} `;
}
