/** What somebody shares in a Discord message that is neither text nor file. Pure. */
import type { Shared } from "../../../protocol/inbound.ts";
import { cutText } from "../text/cut.ts";
import type { Worded } from "./update-message.ts";
import type { Emoji } from "./update-parts.ts";
import { label } from "./words.ts";

/** "Poll Object": a question of at most 300 characters and 10 answers. */
const QUESTION_MAX = 300;
const OPTIONS_MAX = 10;
/** A message has at most three. */
const STICKERS_MAX = 3;

/** Lists the things. */
export function sharedOf({ sticker_items: stickers, poll }: Pick<Worded, "sticker_items" | "poll">): readonly Shared[] {
  return [
    // It has a name, and no emoji that we are told.
    ...stickers.slice(0, STICKERS_MAX).map(({ name }) => ({ kind: "sticker", emoji: label(name) }) as const),
    ...(poll ? [pollOf(poll)] : []),
  ];
}

function pollOf({ question, answers }: NonNullable<Worded["poll"]>): Shared {
  const options = answers.slice(0, OPTIONS_MAX).map(({ poll_media: { text, emoji } }) => {
    return label([emoji && emojiName(emoji), text].filter(Boolean).join(" "));
  });
  return { kind: "poll", question: cutText(question.text ?? "", QUESTION_MAX), options };
}

/** An emoji as it is typed: itself, or a custom one by its name. */
export function emojiName({ id, name }: Emoji): string {
  return label(id ? `:${name || id}:` : (name ?? ""));
}
