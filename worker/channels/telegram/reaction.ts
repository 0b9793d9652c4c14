/** The emoji that Telegram takes as a reaction. Pure. */
import type { ReactionTypeEmoji } from "@grammyjs/types";

type Emoji = ReactionTypeEmoji["emoji"];

/** "ReactionTypeEmoji" lists them; as keys, so that the compiler tells when one is missing. */
const EMOJI: Readonly<Record<Emoji, true>> = {
  "❤": true,
  "👍": true,
  "👎": true,
  "🔥": true,
  "🥰": true,
  "👏": true,
  "😁": true,
  "🤔": true,
  "🤯": true,
  "😱": true,
  "🤬": true,
  "😢": true,
  "🎉": true,
  "🤩": true,
  "🤮": true,
  "💩": true,
  "🙏": true,
  "👌": true,
  "🕊": true,
  "🤡": true,
  "🥱": true,
  "🥴": true,
  "😍": true,
  "🐳": true,
  "❤‍🔥": true,
  "🌚": true,
  "🌭": true,
  "💯": true,
  "🤣": true,
  "⚡": true,
  "🍌": true,
  "🏆": true,
  "💔": true,
  "🤨": true,
  "😐": true,
  "🍓": true,
  "🍾": true,
  "💋": true,
  "🖕": true,
  "😈": true,
  "😴": true,
  "😭": true,
  "🤓": true,
  "👻": true,
  "👨‍💻": true,
  "👀": true,
  "🎃": true,
  "🙈": true,
  "😇": true,
  "😨": true,
  "🤝": true,
  "✍": true,
  "🤗": true,
  "🫡": true,
  "🎅": true,
  "🎄": true,
  "☃": true,
  "💅": true,
  "🤪": true,
  "🗿": true,
  "🆒": true,
  "💘": true,
  "🙉": true,
  "🦄": true,
  "😘": true,
  "💊": true,
  "🙊": true,
  "😎": true,
  "👾": true,
  "🤷‍♂": true,
  "🤷": true,
  "🤷‍♀": true,
  "😡": true,
};

/** The reaction of that emoji, with or without a variation selector; null for one that Telegram does not have. */
export function reactionOf(text: string): ReactionTypeEmoji | null {
  const emoji = text.trim().replaceAll("\ufe0f", "");
  return isEmoji(emoji) ? { type: "emoji", emoji } : null;
}

function isEmoji(text: string): text is Emoji {
  return Object.hasOwn(EMOJI, text);
}
