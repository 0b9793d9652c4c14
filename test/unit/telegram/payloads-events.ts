/** Updates of Bot API 10.1 that are no new message: one of each kind, and the forms that they take. */
import {
  ann,
  bob,
  channel,
  forum,
  group,
  groupMessage,
  otherBot,
  privateChat,
  privateMessage,
  us,
} from "./payloads.ts";
import { poll } from "./payloads-content.ts";

/** `content` as an update. */
export function event(kind: string, content: object, updateId = 2_001): object {
  return { update_id: updateId, [kind]: content };
}

/** A message of Ann that she reworded a minute later. */
export function edited(fields: object = {}): object {
  return privateMessage({ text: "hello again", edit_date: 1_764_000_060, ...fields });
}

/** Ann changed her reaction to message 6 of a group. */
export function reaction(fields: object = {}): object {
  return {
    chat: group,
    message_id: 6,
    user: ann,
    date: 1_764_000_000,
    old_reaction: [],
    new_reaction: [{ type: "emoji", emoji: "👍" }],
    ...fields,
  };
}

/** Ann pressed a button under message 6 of ours in a group. */
export function press(fields: object = {}, message: object = {}): object {
  return {
    id: "4382000000000000001",
    from: ann,
    message: {
      message_id: 6,
      date: 1_763_999_000,
      from: us,
      chat: group,
      text: "Tea or coffee?",
      reply_markup: { inline_keyboard: [[{ text: "Tea", callback_data: "b1" }]] },
      ...message,
    },
    chat_instance: "-3000000000000000001",
    data: "b1",
    ...fields,
  };
}

const rights = {
  can_be_edited: false,
  is_anonymous: false,
  can_manage_chat: true,
  can_delete_messages: true,
  can_manage_video_chats: false,
  can_restrict_members: false,
  can_promote_members: false,
  can_change_info: false,
  can_invite_users: false,
  can_post_stories: false,
  can_edit_stories: false,
  can_delete_stories: false,
};
const restrictions = {
  can_send_messages: true,
  can_send_audios: true,
  can_send_documents: true,
  can_send_photos: true,
  can_send_videos: true,
  can_send_video_notes: true,
  can_send_voice_notes: true,
  can_send_polls: true,
  can_send_other_messages: true,
  can_add_web_page_previews: true,
  can_react_to_messages: true,
  can_edit_tag: false,
  can_change_info: false,
  can_invite_users: false,
  can_pin_messages: false,
  can_manage_topics: false,
  until_date: 0,
};

/** "ChatMember": each status by the name that it has here. */
const MEMBERS = {
  creator: (user: object) => ({ status: "creator", user, is_anonymous: false }),
  administrator: (user: object) => ({ status: "administrator", user, ...rights }),
  member: (user: object) => ({ status: "member", user }),
  restricted: (user: object) => ({ status: "restricted", user, is_member: true, ...restrictions }),
  restricted_outside: (user: object) => ({ status: "restricted", user, is_member: false, ...restrictions }),
  left: (user: object) => ({ status: "left", user }),
  kicked: (user: object) => ({ status: "kicked", user, until_date: 0 }),
} as const;

export type MemberKind = keyof typeof MEMBERS;

/** Ann changed what `user` is in a group, from one status to another. */
export function memberChange(user: object, before: MemberKind, after: MemberKind, fields: object = {}): object {
  return {
    chat: group,
    from: ann,
    date: 1_764_000_000,
    old_chat_member: MEMBERS[before](user),
    new_chat_member: MEMBERS[after](user),
    ...fields,
  };
}

/** Notices that come as messages: people came, somebody left, the group became a supergroup. */
export const NOTICES: Readonly<Record<string, object>> = {
  new_chat_members: groupMessage({ text: undefined, new_chat_members: [bob, us, otherBot] }),
  left_chat_member: groupMessage({ text: undefined, left_chat_member: bob }),
  migrate_to_chat_id: groupMessage({
    text: undefined,
    chat: { id: -500, type: "group", title: "Team" },
    migrate_to_chat_id: -100500,
  }),
  migrate_from_chat_id: groupMessage({
    text: undefined,
    chat: { id: -100500, type: "supergroup", title: "Team" },
    migrate_from_chat_id: -500,
  }),
};

/** One of each kind of update that tells of something, by kind. */
export const HEARD: Readonly<Record<string, object>> = {
  edited_message: edited(),
  edited_channel_post: { ...edited(), chat: channel, from: undefined, sender_chat: channel },
  callback_query: press(),
  message_reaction: reaction(),
  my_chat_member: memberChange(us, "left", "member"),
  chat_member: memberChange(bob, "left", "member"),
};

const businessMessage = privateMessage({ business_connection_id: "business-1" });
const booster = { source: "premium", user: ann };

/** One of each kind of update that nothing is made of, by kind. */
export const UNREAD: Readonly<Record<string, object>> = {
  business_connection: { id: "business-1", user: ann, user_chat_id: 42, date: 1_764_000_000, is_enabled: true },
  business_message: businessMessage,
  edited_business_message: { ...businessMessage, edit_date: 1_764_000_060 },
  deleted_business_messages: { business_connection_id: "business-1", chat: privateChat, message_ids: [7] },
  guest_message: groupMessage({ guest_query_id: "guest-1" }),
  message_reaction_count: {
    chat: channel,
    message_id: 6,
    date: 1_764_000_000,
    reactions: [{ type: { type: "emoji", emoji: "👍" }, total_count: 2 }],
  },
  inline_query: { id: "inline-1", from: ann, query: "claws", offset: "" },
  chosen_inline_result: { result_id: "1", from: ann, query: "claws" },
  shipping_query: {
    id: "shipping-1",
    from: ann,
    invoice_payload: "bait",
    shipping_address: {
      country_code: "DE",
      state: "",
      city: "Berlin",
      street_line1: "Pier 1",
      street_line2: "",
      post_code: "10115",
    },
  },
  pre_checkout_query: { id: "checkout-1", from: ann, currency: "EUR", total_amount: 145, invoice_payload: "bait" },
  purchased_paid_media: { from: ann, paid_media_payload: "bait" },
  poll: { ...poll, description: undefined },
  poll_answer: { poll_id: "poll-1", user: ann, option_ids: [1], option_persistent_ids: ["b"] },
  chat_join_request: { chat: group, from: bob, user_chat_id: 43, date: 1_764_000_000 },
  chat_boost: {
    chat: channel,
    boost: { boost_id: "boost-1", add_date: 1_764_000_000, expiration_date: 1_766_000_000, source: booster },
  },
  removed_chat_boost: { chat: channel, boost_id: "boost-1", remove_date: 1_764_000_000, source: booster },
  managed_bot: { user: ann, bot: otherBot },
};

/** The notice that a topic was created, which everything in it "answers". */
export const topicNotice = {
  message_id: 4,
  date: 1_763_999_000,
  from: us,
  chat: forum,
  message_thread_id: 4,
  is_topic_message: true,
  forum_topic_created: { name: "Boats", icon_color: 9_367_192 },
};
