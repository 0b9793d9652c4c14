/** `claw status`: what the assistant is connected to, what it thinks with, and how many chats it has. */
import * as v from "valibot";
import { assistantStatus, modelInUse, OFFLINE, SEE_DEAD_LETTERS } from "../assistant-status.ts";
import { describe, table } from "../table.ts";
import { askAndPrint, type Shown } from "./ask.ts";
import type { Verb } from "./verb.ts";

const answers = v.tuple([v.looseObject(assistantStatus.entries), v.object({ sessions: v.array(v.unknown()) })]);

export const statusVerb: Verb = {
  name: "status",
  summary: "its channels, owner, model and runtime, and the number of chats",
  run: (options) => askAndPrint("status", ["/admin/api/status", "/admin/api/sessions"], options, showStatus),
};

/** What another release answers in its own form is shown as it is. Pure. */
export function showStatus(given: readonly unknown[]): Shown {
  const parsed = v.safeParse(answers, given);
  if (!parsed.success) return { json: given[0], lines: describe(given[0]) };
  const [status, { sessions }] = parsed.output;
  const rows = [
    ...Object.entries(status.channels),
    ["owner", status.access.owner ?? "nobody yet: set ALLOW_FROM"],
    ["model", modelInUse(status) ?? OFFLINE],
    ["runtime", `${status.runtime.endpoint} (${status.runtime.region})`],
    ["sessions", String(sessions.length)],
    ...(status.deadLetters === undefined ? [] : [["dead letters", countText(status.deadLetters)]]),
    ["deployment", status.deployment],
  ];
  return { json: { ...status, sessions: sessions.length }, lines: table(rows) };
}

function countText(count: number): string {
  return count === 0 ? "none" : `${count}; ${SEE_DEAD_LETTERS}`;
}
