/** What somebody shares in a Telegram message that is neither text nor file. Pure. */
import type { Shared } from "../../../protocol/inbound.ts";
import { cutText } from "../text/cut.ts";
import type { Message } from "./update-message.ts";
import { label } from "./words.ts";

/** "sendPoll": a question of 1-300 characters and 1-12 options; a few more are read should that grow. */
const QUESTION_MAX = 300;
const OPTIONS_MAX = 32;
/** What has no kind of its own: only its name is told. */
const NAMED = ["checklist", "game", "invoice", "paid_media", "story"] as const;

/** Lists the things: at most one per field. */
export function sharedOf(message: Message): readonly Shared[] {
  const { contact, dice, poll, sticker } = message;
  return [
    ...placeOf(message),
    ...(contact ? [contactOf(contact)] : []),
    ...(poll ? [pollOf(poll)] : []),
    ...(sticker ? [stickerOf(sticker)] : []),
    ...(dice ? [{ kind: "dice", emoji: label(dice.emoji), value: dice.value } as const] : []),
    ...NAMED.filter((what) => message[what] !== undefined).map((what) => ({ kind: "other", what }) as const),
  ];
}

/** A venue comes with its location a second time, for old clients. */
function placeOf({ venue, location }: Message): readonly Shared[] {
  const point = venue?.location ?? location;
  if (!point) return [];
  const { latitude, longitude } = point;
  const named = venue && { name: label(venue.title), address: label(venue.address) };
  return [{ kind: "location", latitude, longitude, ...named }];
}

function contactOf({ first_name, last_name = "", phone_number }: NonNullable<Message["contact"]>): Shared {
  return { kind: "contact", name: label(`${first_name} ${last_name}`.trim()), phone: label(phone_number) };
}

function pollOf({ question, options }: NonNullable<Message["poll"]>): Shared {
  const texts = options.slice(0, OPTIONS_MAX).map(({ text }) => label(text));
  return { kind: "poll", question: cutText(question, QUESTION_MAX), options: texts };
}

function stickerOf({ emoji, set_name }: NonNullable<Message["sticker"]>): Shared {
  return { kind: "sticker", ...(emoji && { emoji: label(emoji) }), ...(set_name && { set: label(set_name) }) };
}
