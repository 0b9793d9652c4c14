/** Reads a user message as the offline model gets it: a person's words, and what came with them. Pure. */
import type { TextContent } from "@earendil-works/pi-ai";
import * as v from "valibot";
import { isTextBlock, TEXT_FOLLOWS } from "../attachments/content.ts";
import { isBlockOfOurs, isFactsBlock } from "../inbound-message.ts";
import { isEventAbout, readUntrusted } from "../task-facts.ts";
import type { Clock } from "./offline-numbers.ts";

export type OfflineRequest = {
  /** The words of each message. */
  readonly words: readonly string[];
  /** What else they brought, in words of ours. */
  readonly brought: readonly string[];
  /** What another program sent; absent: nothing. */
  readonly sent?: string;
  /** When it came, as `2026-11-22 12:05` in the person's time zone; null: not known. */
  readonly now: string | null;
  /** The same to the millisecond, and whose clock it is; absent: not known. */
  readonly clock?: Clock;
  /** It is a run that nobody has written; `event`: something that was planned to be told in this conversation. */
  readonly run?: "event" | "task";
};

const facts = v.object({
  time: v.optional(v.string()),
  task: v.optional(v.string()),
  about: v.optional(v.string()),
  attachments: v.optional(
    v.array(
      v.object({
        kind: v.string(),
        name: v.optional(v.string()),
        size: v.optional(v.string()),
        note: v.optional(v.string()),
      }),
    ),
  ),
  shared: v.optional(v.array(v.looseObject({ kind: v.string() }))),
});
type Attachment = NonNullable<v.InferOutput<typeof facts>["attachments"]>[number];

/** Line of a block that holds the first line of what is between its fences. */
const FIRST_LINE = 2;

/** In the time of a block of facts. */
const ZONE = /\(([^()]+)\)$/;
const MINUTE = /\d{4}-\d\d-\d\d \d\d:\d\d/;

/** `sentAt`: when it was written, in epoch ms. */
export function readRequest(blocks: readonly TextContent[], sentAt: number): OfflineRequest {
  const texts = blocks.map(({ text }) => text);
  const begins = texts.filter(isTextBlock).map((text) => text.split("\n")[FIRST_LINE] ?? "");
  const brought = texts.filter(isFactsBlock).flatMap((text) => {
    const { attachments = [], shared = [] } = factsOf(text);
    return [...attachments.map((attachment) => describe(attachment, begins)), ...shared.map(({ kind }) => kind)];
  });
  const { time = "", task, about = "" } = factsOf(texts.findLast(isFactsBlock) ?? "");
  const timezone = ZONE.exec(time)?.[1];
  const sent = texts.flatMap((text) => readUntrusted(text) ?? []);
  return {
    words: texts.filter((text) => !isBlockOfOurs(text)),
    brought,
    now: MINUTE.exec(time)?.[0] ?? null,
    ...(timezone !== undefined && { clock: { now: latestOf(sentAt), timezone } }),
    ...(sent.length > 0 && { sent: sent.join("\n\n") }),
    ...(task !== undefined && { run: isEventAbout(about) ? "event" : "task" }),
  };
}

/** Some platforms tell whole seconds: by the end of that second it was written. No reminder is to come early. */
function latestOf(sentAt: number): number {
  return sentAt % 1_000 === 0 ? sentAt + 999 : sentAt;
}

/** `begins` holds the first lines of the texts that are not described yet. */
function describe({ kind, name, size, note }: Attachment, begins: string[]): string {
  const what = [kind, ...(name === undefined ? [] : [name]), ...(size === undefined ? [] : [`(${size})`])].join(" ");
  if (note === TEXT_FOLLOWS) return `${what}, which begins: ${begins.shift() ?? ""}`;
  return note === undefined ? what : `${what}, but ${note.replace(/^you\b/, "I")}`;
}

function factsOf(block: string): v.InferOutput<typeof facts> {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), facts), block.split("\n")[FIRST_LINE]);
  return parsed.success ? parsed.output : {};
}
