/** What a Discord message refers to: the message that it answers, the one that it forwards, or one that is asked about. Pure. */
import type { Forwarded, Quoted } from "../../../protocol/inbound.ts";
import { cutText } from "../text/cut.ts";
import { sharedOf } from "./shared.ts";
import type { Cited, Message, Worded } from "./update-message.ts";
import { readable, userName } from "./words.ts";

/** Most of a quoted message that is kept, in UTF-16 units: enough to know what is meant. */
const QUOTED_MAX = 2_000;

/** The message that is answered; `selfId` is ours. Discord tells no more than its id of one that is gone. */
export function quotedOf({ referenced_message: replied, author }: Message, selfId: string): Quoted | null {
  const quoted = replied && quoteWhole(replied);
  if (!replied || !quoted) return null;
  const isOwn = replied.message_snapshots.length === 0 && [selfId, author.id].some((id) => id === replied.author?.id);
  return isOwn ? { ...quoted, isOwn: true } : quoted;
}

/** All of a message that is referred to; null if there is nothing in it that we can read. */
export function quoteWhole(cited: Cited): Quoted | null {
  const text = whatIs(cited.message_snapshots[0]?.message ?? cited);
  return text === "" ? null : { sender: cited.author ? userName(cited.author) : "", text: cutText(text, QUOTED_MAX) };
}

/** What a forwarded message says, and how we know it from what its sender says. Discord does not tell who wrote it. */
export function forwardedOf({ message_snapshots: [first] }: Message): { words: Worded; forwarded: Forwarded } | null {
  if (!first) return null;
  const sentAt = Date.parse(first.message.timestamp ?? "");
  return {
    words: first.message,
    forwarded: { from: "unknown", ...(Number.isFinite(sentAt) && { sentAt }) },
  };
}

/** The words of a message and of the cards below it; without words what else it is, in brackets. */
function whatIs(cited: Worded): string {
  const cards = cited.embeds.map(({ title, description }) => [title, description].filter(Boolean).join("\n"));
  const words = [readable(cited.content, cited.mentions), ...cards].filter((part) => part.trim() !== "").join("\n");
  if (words !== "") return words;
  const things = [
    ...cited.attachments.map(({ filename }) => (filename ? `file: ${filename}` : "file")),
    ...sharedOf(cited).map((shared) => (shared.kind === "poll" ? `poll: ${shared.question}` : shared.kind)),
  ];
  return things.length === 0 ? "" : `(${things.join(", ")})`;
}
