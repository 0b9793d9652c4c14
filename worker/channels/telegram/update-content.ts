/** What a Telegram message can hold: words, files, and things that somebody shares. Names are Telegram's. Pure. */
import type { Message as ApiMessage } from "@grammyjs/types";
import * as v from "valibot";
import { flattenRich } from "./update-rich.ts";
import { count, entity, integer } from "./update-parts.ts";

const file = v.object({
  file_id: v.string(),
  file_name: v.optional(v.string()),
  mime_type: v.optional(v.string()),
  file_size: v.optional(count),
  /** Seconds. */
  duration: v.optional(count),
});
const photoSize = v.object({ ...file.entries, width: v.optional(count), height: v.optional(count) });
/** The same picture in several sizes. */
const photo = v.array(photoSize);
const audio = v.object({ ...file.entries, title: v.optional(v.string()), performer: v.optional(v.string()) });
const sticker = v.object({
  ...file.entries,
  is_animated: v.optional(v.boolean()),
  is_video: v.optional(v.boolean()),
  emoji: v.optional(v.string()),
  set_name: v.optional(v.string()),
});
const livePhoto = v.object({ ...file.entries, photo: v.optional(photo) });
/** What is not paid for has none of the three. */
const paidMedia = v.object({
  paid_media: v.array(
    v.object({ photo: v.optional(photo), video: v.optional(file), live_photo: v.optional(livePhoto) }),
  ),
});

const richMessage = v.pipe(
  v.object({ blocks: v.array(v.unknown()) }),
  v.transform(({ blocks }) => flattenRich(blocks)),
);
const checklist = v.object({
  title: v.string(),
  tasks: v.array(v.object({ text: v.string(), completion_date: v.optional(integer) })),
});
const poll = v.object({
  question: v.string(),
  description: v.optional(v.string()),
  options: v.array(v.object({ text: v.string() })),
});

const coordinate = v.pipe(v.number(), v.finite());
const location = v.object({ latitude: coordinate, longitude: coordinate });
const venue = v.object({ location, title: v.string(), address: v.string() });
const contact = v.object({ phone_number: v.string(), first_name: v.string(), last_name: v.optional(v.string()) });
const dice = v.object({ emoji: v.string(), value: integer });

/** Fields that hold words, whatever else the message is. */
export const wordEntries = {
  text: v.optional(v.string()),
  entities: v.optional(v.array(entity)),
  caption: v.optional(v.string()),
  caption_entities: v.optional(v.array(entity)),
  rich_message: v.optional(richMessage),
  checklist: v.optional(checklist),
  poll: v.optional(poll),
} as const;

export const fileEntries = {
  animation: v.optional(file),
  audio: v.optional(audio),
  document: v.optional(file),
  live_photo: v.optional(livePhoto),
  paid_media: v.optional(paidMedia),
  photo: v.optional(photo),
  sticker: v.optional(sticker),
  video: v.optional(file),
  video_note: v.optional(file),
  voice: v.optional(file),
} as const;

/** Besides `checklist` and `poll`. */
export const sharedEntries = {
  contact: v.optional(contact),
  dice: v.optional(dice),
  location: v.optional(location),
  venue: v.optional(venue),
  game: v.optional(v.unknown()),
  invoice: v.optional(v.unknown()),
  story: v.optional(v.unknown()),
} as const;

/**
 * Fields that make a message something, the telling one first: an animation is a document too, a live photo a photo, and
 * a venue a location ("Message").
 */
export const CONTENT_FIELDS = [
  "animation",
  "live_photo",
  "venue",
  "audio",
  "document",
  "paid_media",
  "photo",
  "sticker",
  "story",
  "video",
  "video_note",
  "voice",
  "checklist",
  "contact",
  "dice",
  "game",
  "poll",
  "location",
  "invoice",
  "rich_message",
] as const satisfies readonly (keyof ApiMessage)[];

/** Fields that tell of something that happened in the chat, and of which nothing is made. */
export const SERVICE_FIELDS = [
  "boost_added",
  "channel_chat_created",
  "chat_background_set",
  "chat_owner_changed",
  "chat_owner_left",
  "chat_shared",
  "checklist_tasks_added",
  "checklist_tasks_done",
  "connected_website",
  "delete_chat_photo",
  "direct_message_price_changed",
  "forum_topic_closed",
  "forum_topic_created",
  "forum_topic_edited",
  "forum_topic_reopened",
  "general_forum_topic_hidden",
  "general_forum_topic_unhidden",
  "gift",
  "gift_upgrade_sent",
  "giveaway",
  "giveaway_completed",
  "giveaway_created",
  "giveaway_winners",
  "group_chat_created",
  "managed_bot_created",
  "message_auto_delete_timer_changed",
  "new_chat_photo",
  "new_chat_title",
  "paid_message_price_changed",
  "passport_data",
  "pinned_message",
  "poll_option_added",
  "poll_option_deleted",
  "proximity_alert_triggered",
  "refunded_payment",
  "successful_payment",
  "suggested_post_approval_failed",
  "suggested_post_approved",
  "suggested_post_declined",
  "suggested_post_paid",
  "suggested_post_refunded",
  "supergroup_chat_created",
  "unique_gift",
  "users_shared",
  "video_chat_ended",
  "video_chat_participants_invited",
  "video_chat_scheduled",
  "video_chat_started",
  "web_app_data",
  "write_access_allowed",
] as const satisfies readonly (keyof ApiMessage)[];

export type FileRef = v.InferOutput<typeof file>;
export type Photo = v.InferOutput<typeof photo>;
