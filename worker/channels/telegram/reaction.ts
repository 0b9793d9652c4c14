/** The emoji that Telegram takes as a reaction ("ReactionTypeEmoji" lists them). */
import type { ReactionTypeEmoji } from "@grammyjs/types";

type Emoji = ReactionTypeEmoji["emoji"];

const OURS: readonly Emoji[] = [
  "👀",
  "👍",
  "🔥",
  "⚡",
  "👌",
  "🤝",
  "🫡",
  "✍",
  "🤔",
  "❤",
  "🎉",
  "🙏",
  "💯",
  "🤗",
  "😎",
  "👾",
  "🆒",
  "👏",
  "🤓",
];

/** The reaction of that emoji; none for one that Telegram does not have. */
export function reactionOf(text: string): ReactionTypeEmoji[] {
  const emoji = OURS.find((candidate) => candidate === text.replaceAll("\ufe0f", ""));
  return emoji === undefined ? [] : [{ type: "emoji", emoji }];
}
