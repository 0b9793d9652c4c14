/** One message of every kind of content in "Message" of Bot API 10.1, and what is read of it. */
import type { Attachment, Shared } from "../../../protocol/inbound.ts";
import { privateMessage } from "./payloads.ts";

export type ContentRow = {
  /** The fields that make a private message this one. */
  readonly fields: object;
  readonly text?: string;
  readonly attachments?: readonly Attachment[];
  readonly shared?: readonly Shared[];
  /** As it is quoted by whoever answers it. */
  readonly quoted: string;
};

export const video = {
  file_id: "video-1",
  file_unique_id: "u-video-1",
  width: 1_280,
  height: 720,
  duration: 12,
  file_name: "clip.mp4",
  mime_type: "video/mp4",
  file_size: 3_000_000_000,
};
/** Not in order: what is largest must not follow from the place. */
export const photo = [
  { file_id: "small", file_unique_id: "u-small", width: 90, height: 67, file_size: 1_000 },
  { file_id: "large", file_unique_id: "u-large", width: 1_280, height: 960, file_size: 90_000 },
  { file_id: "middle", file_unique_id: "u-middle", width: 320, height: 240, file_size: 9_000 },
];
export const sticker = {
  file_id: "sticker-1",
  file_unique_id: "u-sticker-1",
  type: "regular",
  width: 512,
  height: 512,
  is_animated: false,
  is_video: false,
  emoji: "🦞",
  set_name: "lobsters",
  file_size: 20_000,
};
const livePhoto = {
  photo,
  file_id: "moving",
  file_unique_id: "u-moving",
  width: 1_280,
  height: 960,
  duration: 3,
  mime_type: "video/mp4",
  file_size: 800_000,
};
const location = { latitude: 52.52, longitude: 13.405, horizontal_accuracy: 20.5 };
export const poll = {
  id: "poll-1",
  question: "Where to?",
  description: "For Saturday",
  options: [
    { persistent_id: "a", text: "Sea", voter_count: 0 },
    { persistent_id: "b", text: "Lake", voter_count: 2 },
  ],
  total_voter_count: 2,
  is_closed: false,
  is_anonymous: true,
  type: "regular",
  allows_multiple_answers: false,
  allows_revoting: true,
  members_only: false,
};
const chat = { id: -100300, type: "channel", title: "Stories" };

const large: Attachment = { kind: "image", platformId: "large", mimeType: "image/jpeg", bytes: 90_000 };
const clip: Attachment = {
  kind: "video",
  platformId: "video-1",
  name: "clip.mp4",
  mimeType: "video/mp4",
  bytes: 3_000_000_000,
  durationS: 12,
};
const document = {
  file_id: "document-1",
  file_unique_id: "u-document-1",
  file_name: "plan.pdf",
  mime_type: "application/pdf",
  file_size: 5_000,
};
const other = (what: string): readonly Shared[] => [{ kind: "other", what }];

/** By the field of "Message" that it is about. */
export const CONTENT: Readonly<Record<string, ContentRow>> = {
  text: { fields: { text: "hello" }, text: "hello", quoted: "hello" },
  caption: { fields: { caption: "look", photo }, text: "look", attachments: [large], quoted: "look" },
  rich_message: {
    fields: { rich_message: { blocks: [{ type: "paragraph", text: ["Good ", { type: "bold", text: "news" }] }] } },
    text: "Good news",
    quoted: "Good news",
  },
  animation: {
    fields: { animation: video, document },
    attachments: [clip],
    quoted: "(animation)",
  },
  audio: {
    fields: {
      audio: {
        file_id: "song-1",
        file_unique_id: "u-song-1",
        duration: 201,
        performer: "The Claws",
        title: "Low Tide",
        mime_type: "audio/mpeg",
        file_size: 4_000_000,
      },
    },
    attachments: [
      {
        kind: "audio",
        platformId: "song-1",
        name: "The Claws - Low Tide",
        mimeType: "audio/mpeg",
        bytes: 4_000_000,
        durationS: 201,
      },
    ],
    quoted: "(audio)",
  },
  document: {
    fields: { document },
    attachments: [
      { kind: "document", platformId: "document-1", name: "plan.pdf", mimeType: "application/pdf", bytes: 5_000 },
    ],
    quoted: "(document)",
  },
  live_photo: {
    fields: { live_photo: livePhoto, photo },
    attachments: [large],
    quoted: "(live photo)",
  },
  paid_media: {
    fields: {
      paid_media: {
        star_count: 5,
        paid_media: [
          { type: "preview", width: 1_280, height: 720, duration: 12 },
          { type: "photo", photo },
          { type: "live_photo", live_photo: livePhoto },
          { type: "video", video },
        ],
      },
    },
    attachments: [large, large, clip],
    shared: other("paid_media"),
    quoted: "(paid media)",
  },
  photo: { fields: { photo }, attachments: [large], quoted: "(photo)" },
  sticker: {
    fields: { sticker },
    attachments: [{ kind: "sticker", platformId: "sticker-1", mimeType: "image/webp", bytes: 20_000 }],
    shared: [{ kind: "sticker", emoji: "🦞", set: "lobsters" }],
    quoted: "(sticker)",
  },
  story: { fields: { story: { chat, id: 3 } }, shared: other("story"), quoted: "(story)" },
  video: { fields: { video }, attachments: [clip], quoted: "(video)" },
  video_note: {
    fields: { video_note: { file_id: "round-1", file_unique_id: "u-round-1", length: 384, duration: 7 } },
    attachments: [{ kind: "video", platformId: "round-1", mimeType: "video/mp4", durationS: 7 }],
    quoted: "(video note)",
  },
  voice: {
    fields: {
      voice: {
        file_id: "voice-1",
        file_unique_id: "u-voice-1",
        duration: 4,
        mime_type: "audio/ogg",
        file_size: 9_000,
      },
    },
    attachments: [{ kind: "voice", platformId: "voice-1", mimeType: "audio/ogg", bytes: 9_000, durationS: 4 }],
    quoted: "(voice)",
  },
  checklist: {
    fields: {
      checklist: {
        title: "Shopping",
        tasks: [
          { id: 1, text: "milk", completion_date: 1_764_000_000 },
          { id: 2, text: "bread", completion_date: 0 },
          { id: 3, text: "salt" },
        ],
      },
    },
    text: "Shopping\n☑ milk\n☐ bread\n☐ salt",
    shared: other("checklist"),
    quoted: "Shopping\n☑ milk\n☐ bread\n☐ salt",
  },
  contact: {
    fields: { contact: { phone_number: "+49301234567", first_name: "Bob", last_name: "Example", user_id: 43 } },
    shared: [{ kind: "contact", name: "Bob Example", phone: "+49301234567" }],
    quoted: "(contact)",
  },
  dice: {
    fields: { dice: { emoji: "🎲", value: 6 } },
    shared: [{ kind: "dice", emoji: "🎲", value: 6 }],
    quoted: "(dice)",
  },
  game: {
    fields: { game: { title: "Crab Race", description: "Run sideways", photo } },
    shared: other("game"),
    quoted: "(game)",
  },
  invoice: {
    fields: {
      invoice: { title: "Bait", description: "A bucket", start_parameter: "bait", currency: "EUR", total_amount: 145 },
    },
    shared: other("invoice"),
    quoted: "(invoice)",
  },
  poll: {
    fields: { poll },
    text: "For Saturday",
    shared: [{ kind: "poll", question: "Where to?", options: ["Sea", "Lake"] }],
    quoted: "(poll: Where to?)",
  },
  venue: {
    fields: { venue: { location, title: "Crab House", address: "Pier 1" }, location },
    shared: [{ kind: "location", latitude: 52.52, longitude: 13.405, name: "Crab House", address: "Pier 1" }],
    quoted: "(venue)",
  },
  location: {
    fields: { location: { ...location, live_period: 900, heading: 10, proximity_alert_radius: 100 } },
    shared: [{ kind: "location", latitude: 52.52, longitude: 13.405 }],
    quoted: "(location)",
  },
};

/** The message of a row; without `chat` a private one. */
export function contentMessage({ fields }: ContentRow, more: object = {}): object {
  return privateMessage({ text: undefined, ...fields, ...more });
}
