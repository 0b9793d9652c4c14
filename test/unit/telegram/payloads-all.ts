/** Every payload of our own by a name: what other tests change, count and check. */
import {
  anonymousAdmin,
  channel,
  channelPost,
  command,
  group,
  groupMessage,
  mentioning,
  privateMessage,
  replyToUs,
  topicMessage,
  update,
  us,
} from "./payloads.ts";
import { CONTENT, contentMessage, photo } from "./payloads-content.ts";
import { event, HEARD, memberChange, NOTICES, press, UNREAD } from "./payloads-events.ts";
import { SERVICE, serviceMessage } from "./payloads-service.ts";

const origin = { type: "channel", date: 1_763_000_000, chat: channel, message_id: 9, author_signature: "Boss" };

const MESSAGES: Readonly<Record<string, object>> = {
  private: privateMessage(),
  group: groupMessage(),
  mention: mentioning("claw_bot"),
  command: groupMessage(command("/new@claw_bot buy milk")),
  reply: replyToUs({ quote: { text: "else", position: 5 } }),
  topic: topicMessage(4),
  post: channelPost({ author_signature: "Boss" }),
  anonymous: groupMessage({ from: anonymousAdmin, sender_chat: group }),
  album: privateMessage({ text: undefined, photo, media_group_id: "1381" }),
  forward: privateMessage({ forward_origin: origin }),
  reply_elsewhere: privateMessage({ external_reply: { origin, photo }, reply_to_story: { chat: channel, id: 3 } }),
  ...NOTICES,
};

/** Updates by name; without fields that are undefined, as they come over the wire. */
export const ALL_UPDATES: readonly (readonly [name: string, json: unknown])[] = [
  ...Object.entries(MESSAGES).map(([name, message]) => [`message: ${name}`, update(message)] as const),
  ...Object.entries(CONTENT).map(([field, row]) => [`content: ${field}`, update(contentMessage(row))] as const),
  ...Object.keys(SERVICE).map((field) => [`service: ${field}`, update(serviceMessage(field))] as const),
  ...Object.entries({ ...HEARD, ...UNREAD }).map(([kind, content]) => [kind, event(kind, content)] as const),
  ["channel_post", event("channel_post", channelPost())] as const,
  [
    "press: inaccessible",
    event("callback_query", press({ message: { message_id: 6, date: 0, chat: group } })),
  ] as const,
  ["membership: promoted", event("my_chat_member", memberChange(us, "member", "administrator"))] as const,
  ["membership: restricted", event("my_chat_member", memberChange(us, "restricted", "restricted_outside"))] as const,
].map(([name, json]) => [name, JSON.parse(JSON.stringify(json))] as const);
