/** The receipt of a person who was forgotten, in plain words, and what stays. Pure. */
import * as v from "valibot";
import { printableLine } from "../local/terminal-text.ts";
import { describe } from "./table.ts";
import { countText } from "./telegram-state.ts";

const receiptAnswer = v.object({
  receipt: v.object({
    personId: v.string(),
    peers: v.array(v.string()),
    sessions: v.number(),
    messages: v.number(),
    transcripts: v.number(),
    files: v.number(),
    blobs: v.number(),
    groups: v.number(),
  }),
});

/** What is gone and what stays. */
export function describeReceipt(answer: unknown): readonly string[] {
  const parsed = v.safeParse(receiptAnswer, answer);
  if (!parsed.success) return describe(answer);
  const { personId, peers, sessions, messages, transcripts, files, blobs, groups } = parsed.output.receipt;
  return [
    printableLine(`${personId} (${peers.join(", ")}) is forgotten. Gone are:`),
    `  ${countText(sessions, "direct chat")} with ${countText(messages, "message")}: texts, answers, ledger, settings`,
    `  ${countText(transcripts, "transcript")}: what the model remembered`,
    `  ${countText(files, "file")}, in ${countText(blobs, "stored object")} with older versions and attachments`,
    "What stays:",
    groups === 0
      ? "  what others wrote of them, in their own chats and files"
      : `  what was said in ${countText(groups, "group")} that they may have written in, and what others wrote of them`,
    "  what is shown in the chat app itself, log lines (ids and numbers), and copies that you made of the state",
  ];
}
