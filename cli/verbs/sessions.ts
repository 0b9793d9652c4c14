/** `claw sessions`: the places where people write to the assistant. */
import * as v from "valibot";
import { describe, localTime } from "../table.ts";
import { askAndPrint, type Shown } from "./ask.ts";
import type { Verb } from "./verb.ts";

const listed = v.object({
  sessions: v.array(v.looseObject({ firstAt: v.optional(v.number()), lastAt: v.optional(v.number()) })),
});

export const sessionsVerb: Verb = {
  name: "sessions",
  summary: "the chats it knows, one line each",
  run: (options) => askAndPrint("sessions", ["/admin/api/sessions"], options, showSessions),
};

/** People read dates, scripts the milliseconds. Pure. */
export function showSessions([answer]: readonly unknown[]): Shown {
  const parsed = v.safeParse(listed, answer);
  if (!parsed.success) return { json: answer, lines: describe(answer) };
  const rows = parsed.output.sessions.map(({ firstAt, lastAt, ...session }) => ({
    ...session,
    ...(firstAt !== undefined && { first: localTime(firstAt) }),
    ...(lastAt !== undefined && { last: localTime(lastAt) }),
  }));
  return { json: answer, lines: describe(rows) };
}
