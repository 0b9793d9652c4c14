/** `claw conversations`: what the assistant remembers apart, since when, and who is at work in it. */
import * as v from "valibot";
import { describe, localTime, table } from "../table.ts";
import { askAndPrint, type Shown } from "./ask.ts";
import type { Verb } from "./verb.ts";

const listed = v.object({
  conversations: v.array(
    v.object({
      conversation: v.string(),
      name: v.nullable(v.string()),
      defaultName: v.string(),
      epoch: v.number(),
      beganAt: v.nullable(v.number()),
      lastAt: v.nullable(v.number()),
      sessions: v.array(v.string()),
      lane: v.object({ state: v.string(), session: v.optional(v.string()), isLate: v.optional(v.boolean()) }),
    }),
  ),
});
type Lane = v.InferOutput<typeof listed>["conversations"][number]["lane"];

export const conversationsVerb: Verb = {
  name: "conversations",
  summary: "what it remembers apart: names, chats, since when, and what is going on",
  run: (options) => askAndPrint("conversations", ["/admin/api/conversations"], options, showConversations),
};

/** One line a conversation. What another release answers in its own form is shown as it is. Pure. */
function showConversations([answer]: readonly unknown[]): Shown {
  const parsed = v.safeParse(listed, answer);
  if (!parsed.success) return { json: answer, lines: describe(answer) };
  const { conversations } = parsed.output;
  if (conversations.length === 0) return { json: answer, lines: ["none"] };
  const time = (at: number | null) => (at === null ? "-" : localTime(at));
  const rows = conversations.map(({ conversation, name, defaultName, epoch, beganAt, lastAt, sessions, lane }) => [
    conversation,
    name ?? `(${defaultName})`,
    String(epoch),
    time(beganAt),
    time(lastAt),
    laneText(lane),
    sessions.join(", "),
  ]);
  const header = ["conversation", "name", "epoch", "began", "last turn", "lane", "sessions"];
  return { json: answer, lines: table([header, ...rows]) };
}

function laneText({ state, session, isLate }: Lane): string {
  if (session === undefined) return state;
  return `${state} by ${session}${isLate === true ? " (not heard of lately)" : ""}`;
}
