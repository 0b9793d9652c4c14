/**
 * Every field of "Message" in Bot API 10.1, and what we do with it. Those that make a message something have a payload
 * besides: `CONTENT` and `SERVICE`, and `NOTICES` for those that become a happening.
 */

/** Where, when and by whom; what it answers or forwards; what it belongs to. */
export const READ = [
  "author_signature",
  "caption_entities",
  "chat",
  "date",
  "edit_date",
  "entities",
  "external_reply",
  "forward_origin",
  "from",
  "is_automatic_forward",
  "is_topic_message",
  "media_group_id",
  "message_id",
  "message_thread_id",
  "quote",
  "reply_to_message",
  "reply_to_story",
  "sender_chat",
  "via_bot",
] as const;

/** Says nothing that an answer could depend on, or comes only with kinds of updates that we do not read. */
export const NOT_READ = [
  "business_connection_id",
  "direct_messages_topic",
  "effect_id",
  "guest_bot_caller_chat",
  "guest_bot_caller_user",
  "guest_query_id",
  "has_media_spoiler",
  "has_protected_content",
  "is_from_offline",
  "is_paid_post",
  "link_preview_options",
  "paid_star_count",
  "reply_markup",
  "reply_to_checklist_task_id",
  "reply_to_poll_option_id",
  "sender_boost_count",
  "sender_business_bot",
  "sender_tag",
  "show_caption_above_media",
  "suggested_post_info",
] as const;
