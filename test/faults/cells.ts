/**
 * The table: at each step of a message's way, everything that can happen there. The steps are those of the way of one
 * message in docs/architecture.md.
 */
import type { WaitingPoint } from "../../fail-points/fail-point.ts";
import type { Fault as AwsFault } from "../../local/aws/faults.ts";
import { type Blow, type Cell, nameOf, words } from "./cell.ts";
import { DISCORD_CELLS } from "./discord-cells.ts";
import type { ModelFault } from "./model.ts";
import type { Fault as PlatformFault } from "../emulators/telegram/faults.ts";

const TELEGRAM = { channel: "telegram", mayDouble: false } as const;

const KILL_EDGE: readonly Blow[] = [{ kind: "kill", what: "workerd" }, { kind: "evict" }, { kind: "fail" }];
const KILL_ALL: readonly Blow[] = [
  ...KILL_EDGE,
  { kind: "kill", what: "stand-in" },
  { kind: "kill", what: "everything" },
];
const KILL_AGENT: readonly Blow[] = [
  { kind: "kill", what: "agent" },
  { kind: "kill", what: "stand-in" },
  { kind: "kill", what: "workerd" },
  { kind: "kill", what: "everything" },
  { kind: "fail" },
];

/** Its own object is struck with its process only. */
const KILL_SCHEDULER: readonly Blow[] = [
  { kind: "kill", what: "workerd" },
  { kind: "fail" },
  { kind: "kill", what: "everything" },
];
const SEND_ALL: readonly Blow[] = [...KILL_EDGE, { kind: "kill", what: "everything" }];
const EDIT = { method: "editMessageText" } as const;
const EDIT_FAULTS: readonly PlatformFault[] = [
  { ...EDIT, kind: "status", status: 500 },
  { ...EDIT, kind: "page", status: 502 },
  { ...EDIT, kind: "too_many", retryAfterS: 2 },
  { ...EDIT, kind: "cut_before" },
  { ...EDIT, kind: "cut_after" },
];

export const CELLS: readonly Cell[] = [
  ...blows("1 verify", "webhook.verified", [{ kind: "kill", what: "workerd" }, { kind: "fail" }]),
  ...blows("2 inbox", "webhook.verified", [{ kind: "write", write: "inbox.write" }]),
  ...blows("3 ack", "webhook.stored", [{ kind: "kill", what: "workerd" }, { kind: "fail" }]),
  { ...TELEGRAM, step: "3 ack", name: "webhook: cut before our answer", fault: { kind: "webhook_cut" } },
  ...blows("4 lease", "lane.asking", [...KILL_EDGE, { kind: "write", write: "lane.write" }]),
  ...blows("4 lease", "lane.granted", KILL_EDGE),
  ...blows("5 invoke", "run.calling", KILL_ALL),
  ...aws("5 invoke", [
    { kind: "error", status: 409 },
    { kind: "error", status: 424 },
    { kind: "error", status: 429 },
    { kind: "error", status: 500 },
    { kind: "cut" },
    { kind: "cut", afterBytes: 10 },
    { kind: "cut", afterEvents: 1 },
    { kind: "cut", afterEvents: 4 },
    { kind: "kill", afterEvents: 1 },
    { kind: "kill", afterEvents: 4 },
  ]),
  ...aws(
    "5 invoke",
    [
      { kind: "error", status: 500 },
      { kind: "error", status: 503 },
    ],
    "s3_put",
  ),
  ...aws("5 invoke", [{ kind: "error", status: 503 }], "assume_role"),
  ...blows("5 invoke", "event.accepted", KILL_ALL),
  ...blows("5 invoke", "event.delta", KILL_ALL),
  ...blows("5 invoke", "turn.begun", [...KILL_AGENT, { kind: "write", write: "store.write" }]),
  ...blows("5 invoke", "tool.ran", [...KILL_AGENT, { kind: "write", write: "manifest.write" }]),
  ...blows("5 invoke", "tool.stored", [...KILL_AGENT, { kind: "write", write: "store.write" }]),
  ...models([{ kind: "status", status: 500 }, { kind: "status", status: 429 }, { kind: "cut" }]),
  ...blows("6 commit", "turn.finishing", [...KILL_AGENT, { kind: "write", write: "manifest.write" }]),
  ...blows("6 commit", "workspace.committed", [...KILL_AGENT, { kind: "write", write: "store.write" }]),
  ...blows("6 commit", "turn.answered", KILL_AGENT),
  ...orphans("6 commit", ["tool.ran", "tool.stored", "turn.finishing", "workspace.committed"]),
  ...blows("7 answer", "event.final", [...KILL_ALL, { kind: "write", write: "answer.write" }]),
  ...blows("8 send", "part.due", [...KILL_EDGE, { kind: "write", write: "attempt.write" }]),
  ...blows("8 send", "part.marked", KILL_EDGE),
  ...blows("8 send", "part.answered", [...KILL_EDGE, { kind: "write", write: "receipt.write" }], true),
  ...platform([
    { kind: "status", status: 500 },
    { kind: "page", status: 502 },
    { kind: "too_many", retryAfterS: 2 },
    { kind: "cut_before" },
  ]),
  ...platform([{ kind: "cut_after" }, { kind: "hang" }], true),
  ...webBlows("4 lease", "lane.granted", KILL_EDGE),
  ...webBlows("5 invoke", "event.delta", KILL_ALL),
  ...webBlows("5 invoke", "tool.stored", KILL_AGENT),
  ...webBlows("7 answer", "event.final", [...KILL_ALL, { kind: "write", write: "answer.write" }]),
  ...webBlows("8 send", "part.due", [...KILL_EDGE, { kind: "write", write: "attempt.write" }]),
  ...webBlows("8 send", "part.marked", KILL_EDGE),
  ...webBlows("8 send", "part.answered", [...KILL_EDGE, { kind: "write", write: "receipt.write" }]),
  ...groupBlows("4 lease", "lane.granted", KILL_EDGE),
  // Slow enough that the answer still grows when the turn is taken up again.
  ...groupBlows("5 invoke", "event.delta", KILL_ALL, { manner: "leisurely" }),
  ...groupBlows("7 answer", "event.final", [...KILL_ALL, { kind: "write", write: "answer.write" }]),
  // The first part that is sent in a group is the growing answer.
  ...groupBlows("8 send", "part.due", [...SEND_ALL, { kind: "write", write: "attempt.write" }]),
  ...groupBlows("8 send", "part.marked", SEND_ALL),
  ...groupBlows("8 send", "part.answered", SEND_ALL, { mayDouble: true }),
  ...groupBlows("8 send", "part.answered", [{ kind: "write", write: "receipt.write" }]),
  // The second is the first part of the answer, which replaces it. Repeating that changes nothing.
  ...groupBlows("8 send", "part.due", [...SEND_ALL, { kind: "write", write: "attempt.write" }], { nth: 2 }),
  ...groupBlows("8 send", "part.marked", SEND_ALL, { nth: 2 }),
  ...groupBlows("8 send", "part.answered", [...SEND_ALL, { kind: "write", write: "receipt.write" }], { nth: 2 }),
  ...groupPlatform([{ kind: "status", status: 500 }, { kind: "cut_before" }]),
  // Slow enough that the answer still grows when the pause is over; else its preview is taken back.
  ...groupPlatform([{ kind: "too_many", retryAfterS: 2 }], { manner: "leisurely" }),
  // After the growing answer was given up its first part is a message like any other, and may be unknown as well.
  ...groupPlatform([{ kind: "cut_after" }, { kind: "cut_after", times: 2 }], { mayDouble: true }),
  ...groupPlatform(EDIT_FAULTS),
  ...groupPlatform(EDIT_FAULTS, { manner: "leisurely" }),
  { ...TELEGRAM, channel: "group", step: "8 send", name: "group preview deleted", fault: { kind: "preview_deleted" } },
  ...photoBlows("5 invoke", "attachment.fetching", KILL_EDGE),
  ...photoPlatform([{ kind: "status", status: 500 }, { kind: "cut_before" }, { kind: "cut_after" }]),
  ...deadLetters(["dead_letter.reporting", "dead_letter.reported", "owner.telling", "owner.told"]),
  ...DISCORD_CELLS,
  ...jobBlows("9 run", "run.ordering", KILL_SCHEDULER),
  ...jobBlows("9 run", "run.ordered", KILL_SCHEDULER),
  ...jobBlows("9 run", "lane.granted", KILL_EDGE),
  ...jobBlows("9 run", "event.delta", KILL_ALL),
  ...jobBlows("9 run", "tool.stored", KILL_AGENT),
  ...jobBlows("9 run", "event.final", [...KILL_ALL, { kind: "write", write: "answer.write" }]),
  ...jobBlows("10 outcome", "outcome.telling", SEND_ALL),
  ...jobBlows("10 outcome", "outcome.told", SEND_ALL),
  ...jobBlows("11 announce", "delivery.handing", KILL_SCHEDULER),
  // From here on the chat sends. What a kill finds on its way may have been shown: it is not said again by itself, but its
  // owner is told that it is in doubt. So nothing is killed in the middle of that.
  ...jobBlows("11 announce", "delivery.handed", [{ kind: "fail" }]),
  ...jobBlows("11 announce", "part.due", [...SEND_ALL, { kind: "write", write: "attempt.write" }]),
];

/** What `npm test` runs: one of each kind, quick ones. */
export const SHORT_CELLS: readonly Cell[] = CELLS.filter(({ name }) =>
  [
    "webhook.stored: fail",
    "lane.granted: evict",
    "event.delta: kill everything",
    "tool.stored: kill agent",
    "turn.finishing: a second process",
    "event.final: kill workerd",
    "event.final: answer.write fails",
    "web part.answered: kill workerd",
    "group part.answered: evict",
    "group event.final: fail",
    "photo attachment.fetching: fail",
    "discord event.final: evict",
    "discord #2 message: cut_after",
    "discord said webhook.stored: fail",
    "job run.ordered: kill workerd",
    "job outcome.told: evict",
  ].includes(name),
);

function blows(step: string, at: WaitingPoint, kinds: readonly Blow[], mayDouble = false): readonly Cell[] {
  return kinds.map((blow) => ({
    ...TELEGRAM,
    step,
    name: `${at}: ${nameOf(blow)}`,
    fault: { kind: "blow", at, blow },
    mayDouble,
  }));
}

/** The same for the web socket, which never shows anything twice. */
function webBlows(step: string, at: WaitingPoint, kinds: readonly Blow[]): readonly Cell[] {
  return blows(step, at, kinds).map((cell) => ({ ...cell, channel: "web", name: `web ${cell.name}` }));
}

/** The same for what is planned. */
function jobBlows(step: string, at: WaitingPoint, kinds: readonly Blow[]): readonly Cell[] {
  return blows(step, at, kinds).map((cell) => ({ ...cell, channel: "job", name: `job ${cell.name}` }));
}

/** The same in groups, where the answer grows in a message. */
function groupBlows(
  step: string,
  at: WaitingPoint,
  kinds: readonly Blow[],
  { nth = 1, mayDouble = false, manner }: Partial<Pick<Cell, "mayDouble" | "manner">> & { readonly nth?: number } = {},
): readonly Cell[] {
  return kinds.map((blow) => ({
    ...TELEGRAM,
    channel: "group",
    step,
    name: `group ${nth > 1 ? "edit " : ""}${at}: ${nameOf(blow)}`,
    fault: { kind: "blow", at, blow, nth },
    mayDouble,
    ...(manner && { manner }),
  }));
}

function groupPlatform(
  faults: readonly PlatformFault[],
  other: Partial<Pick<Cell, "manner" | "mayDouble">> = {},
): readonly Cell[] {
  return platform(faults).map((cell) => ({
    ...cell,
    ...other,
    channel: "group",
    name: `group ${other.manner === undefined ? "" : `${other.manner} `}${cell.name}`,
  }));
}

function photoBlows(step: string, at: WaitingPoint, kinds: readonly Blow[]): readonly Cell[] {
  return blows(step, at, kinds).map((cell) => ({ ...cell, manner: "photo", name: `photo ${cell.name}` }));
}

function photoPlatform(faults: readonly PlatformFault[]): readonly Cell[] {
  const ofFiles = faults.map((fault) => ({ ...fault, method: "file" }));
  return platform(ofFiles).map((cell) => ({
    ...cell,
    step: "5 invoke",
    manner: "photo",
    name: `photo ${cell.name}`,
  }));
}

function aws(
  step: string,
  faults: readonly AwsFault[],
  operation: "invoke" | "s3_put" | "assume_role" = "invoke",
): readonly Cell[] {
  return faults.map((fault) => ({
    ...TELEGRAM,
    step,
    name: `aws ${operation}: ${words(fault)}`,
    fault: { kind: "aws", operation, fault },
  }));
}

function platform(faults: readonly PlatformFault[], mayDouble = false): readonly Cell[] {
  return faults.map((fault) => ({
    ...TELEGRAM,
    step: "8 send",
    name: `platform: ${callOf(fault)}${words(fault)}`,
    fault: { kind: "platform", fault },
    mayDouble,
  }));
}

function orphans(step: string, points: readonly WaitingPoint[]): readonly Cell[] {
  return points.map((at) => ({
    ...TELEGRAM,
    step,
    name: `${at}: a second process`,
    fault: { kind: "orphan", at },
  }));
}

function deadLetters(points: readonly WaitingPoint[]): readonly Cell[] {
  const kinds: readonly Blow[] = [{ kind: "kill", what: "workerd" }, { kind: "fail" }];
  return points.flatMap((at) =>
    kinds.map((blow) => ({
      ...TELEGRAM,
      step: "9 dead",
      name: `${at}: ${nameOf(blow)}`,
      fault: { kind: "dead_letter", at, blow } as const,
    })),
  );
}

function models(faults: readonly ModelFault[]): readonly Cell[] {
  return faults.map((fault) => ({
    ...TELEGRAM,
    step: "5 invoke",
    name: `model: ${words(fault)}`,
    fault: { kind: "model", fault },
  }));
}

/** Which calls are struck, where it is not the sending of a text. */
function callOf({ method }: PlatformFault): string {
  return method === undefined ? "" : `${method} `;
}
