/** What people write, as Telegram turns it into messages: with the entities that its clients find by themselves. */
import type { Entity } from "./entities.ts";
import { type FileKind, type Files, photoSizes, toRef } from "./files.ts";
import type { ChatInfo, ChatMessage, Content, Person } from "./message.ts";
import { sourceOf } from "./sources.ts";

/** A file that a person sends. */
export type SaidFile = {
  readonly kind: FileKind;
  /** Absent: some bytes of its own. */
  readonly content?: Uint8Array | string;
  /** What Telegram says that it holds, where that is not what it does. Needed for what is too large to make up. */
  readonly bytes?: number;
  readonly name?: string;
  readonly mimeType?: string;
  readonly durationS?: number;
  /** Of a sticker. */
  readonly emoji?: string;
};

/** Who writes where. Without a chat it is the private chat of the writer and the bot. */
export type SaidIn = {
  readonly from: number | Person;
  readonly chat?: number | ChatInfo;
  /** Of the file; without one, of a photo. */
  readonly caption?: string;
  readonly replyTo?: number;
  /** A forum topic. */
  readonly topic?: number;
  /** Who wrote it first, elsewhere; a text is the name of somebody who does not want to be known. */
  readonly forwarded?: Person | ChatInfo | string;
};

/** Who writes what where. */
export type Said = SaidIn & {
  readonly text?: string;
  readonly file?: SaidFile;
  /** The part of the message in `replyTo` that is answered. */
  readonly quote?: string;
  readonly location?: { readonly latitude: number; readonly longitude: number };
  readonly venue?: {
    readonly latitude: number;
    readonly longitude: number;
    readonly title: string;
    readonly address: string;
  };
  readonly contact?: { readonly phone_number: string; readonly first_name: string; readonly last_name?: string };
  readonly poll?: { readonly question: string; readonly options: readonly string[] };
  readonly dice?: { readonly emoji: string; readonly value: number };
};

/** The content of a message as a client makes it. */
export function contentOf(said: Said, replied: ChatMessage | null, files: Files | null): Content {
  const { topic, quote, forwarded } = said;
  return {
    ...thingOf(said, files),
    ...(replied && { reply_to_message: withoutReply(replied) }),
    ...(replied && quote && { quote: quoteOf(quote, replied) }),
    ...(forwarded !== undefined && { forward_origin: originOf(forwarded) }),
    ...(topic !== undefined && { message_thread_id: topic, is_topic_message: true }),
  };
}

/** What is written, sent or shared. */
function thingOf(said: Said, files: Files | null): Content {
  const { text = "", caption } = said;
  const entities = entitiesIn(caption ?? text);
  const words = caption === undefined ? {} : { caption, ...(entities.length > 0 && { caption_entities: entities }) };
  const file = said.file ?? (caption === undefined ? null : { kind: "photo" as const });
  if (file) return { ...(files && fileContent(file, files)), ...words };
  return sharedOf(said) ?? { text, ...(entities.length > 0 && { entities }) };
}

/** A reply carries the message that it answers, but not what that one answered. */
function withoutReply({ reply_to_message: _older, ...message }: ChatMessage): ChatMessage {
  return message;
}

function quoteOf(text: string, replied: ChatMessage): object {
  const position = (replied.text ?? replied.caption ?? "").indexOf(text);
  if (position < 0) throw new Error("the quote is not in the message");
  return { text, position, is_manual: true };
}

function originOf(forwarded: Person | ChatInfo | string): object {
  const date = 1_700_000_000;
  if (typeof forwarded === "string") return { type: "hidden_user", date, sender_user_name: forwarded };
  if ("is_bot" in forwarded) return { type: "user", date, sender_user: forwarded };
  if (forwarded.type === "channel") return { type: "channel", date, chat: forwarded, message_id: 5 };
  return { type: "chat", date, sender_chat: forwarded };
}

function sharedOf({ location, venue, contact, poll, dice }: Said): Content | null {
  if (venue) {
    const { latitude, longitude, title, address } = venue;
    const place = { latitude, longitude };
    return { venue: { location: place, title, address }, location: place };
  }
  if (location) return { location };
  if (contact) return { contact };
  if (dice) return { dice };
  if (!poll) return null;
  const options = poll.options.map((text, index) => ({ persistent_id: String(index), text, voter_count: 0 }));
  return {
    poll: {
      id: "5100",
      question: poll.question,
      options,
      total_voter_count: 0,
      is_closed: false,
      is_anonymous: true,
      type: "regular",
      allows_multiple_answers: false,
      allows_revoting: true,
      members_only: false,
    },
  };
}

function fileContent(file: SaidFile, files: Files): Content {
  const { kind, durationS: duration = 3 } = file;
  const stored = files.add(kind, sourceOf(file));
  const size = { width: 320, height: 240 };
  switch (kind) {
    case "photo": {
      const smaller = [90, 320].map((height) =>
        files.add(kind, sourceOf({ kind, name: `${height}.jpg`, content: `the photo in ${height}` })),
      );
      return { photo: photoSizes(stored, smaller) };
    }
    case "document":
      return { document: toRef(stored) };
    case "voice":
      return { voice: toRef(stored, { duration }) };
    case "audio":
      return { audio: toRef(stored, { duration }) };
    case "video":
      return { video: toRef(stored, { duration, ...size }) };
    case "video_note":
      return { video_note: toRef(stored, { duration, length: 240 }) };
    case "animation":
      return { animation: toRef(stored, { duration, ...size }), document: toRef(stored) };
    case "sticker": {
      const { emoji = "👍" } = file;
      const facts = { type: "regular", is_animated: false, is_video: false, emoji, set_name: "animals" };
      return { sticker: { ...toRef(stored, { width: 512, height: 512 }), ...facts } };
    }
    default:
      return kind satisfies never;
  }
}

/** Mentions, commands and links, with offsets in UTF-16 units. */
function entitiesIn(text: string): Entity[] {
  const patterns: readonly (readonly [string, RegExp])[] = [
    ["mention", /(?<![\w@/])@\w{4,32}/gu],
    ["bot_command", /(?<![\w/@])\/\w{1,32}(?:@\w{4,32})?(?![\w/])/gu],
    ["url", /https?:\/\/[^\s<>]+/gu],
  ];
  return patterns
    .flatMap(([type, pattern]) =>
      [...text.matchAll(pattern)].map((match) => ({ type, offset: match.index, length: match[0].length })),
    )
    .sort((a, b) => a.offset - b.offset);
}
