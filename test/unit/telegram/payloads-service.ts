/** One of each service message in "Message" of Bot API 10.1 of which nothing is made, by its field. */
import { ann, bob, group, groupMessage, otherBot, us } from "./payloads.ts";
import { photo, sticker } from "./payloads-content.ts";

const price = { currency: "XTR", amount: 5 };
const payment = {
  currency: "EUR",
  total_amount: 145,
  invoice_payload: "bait",
  telegram_payment_charge_id: "charge-1",
  provider_payment_charge_id: "provider-1",
};
const option = { option_persistent_id: "a", option_text: "Sea" };
const gift = { gift: { id: "gift-1", sticker, star_count: 15 }, text: "For you" };
const part = { name: "Shell", sticker, rarity_per_mille: 10 };
const colors = { center_color: 1, edge_color: 2, symbol_color: 3, text_color: 4 };

export const SERVICE: Readonly<Record<string, unknown>> = {
  boost_added: { boost_count: 4 },
  channel_chat_created: true,
  chat_background_set: { type: { type: "chat_theme", theme_name: "🏝" } },
  chat_owner_changed: { new_owner: bob },
  chat_owner_left: { new_owner: bob },
  chat_shared: { request_id: 1, chat_id: -100400, title: "Other" },
  checklist_tasks_added: { tasks: [{ id: 4, text: "eggs" }] },
  checklist_tasks_done: { marked_as_done_task_ids: [2] },
  connected_website: "example.org",
  delete_chat_photo: true,
  direct_message_price_changed: { are_direct_messages_enabled: true, direct_message_star_count: 5 },
  forum_topic_closed: {},
  forum_topic_created: { name: "Boats", icon_color: 9_367_192 },
  forum_topic_edited: { name: "Ships" },
  forum_topic_reopened: {},
  general_forum_topic_hidden: {},
  general_forum_topic_unhidden: {},
  gift,
  gift_upgrade_sent: gift,
  giveaway: { chats: [group], winners_selection_date: 1_764_100_000, winner_count: 3 },
  giveaway_completed: { winner_count: 3 },
  giveaway_created: { prize_star_count: 500 },
  giveaway_winners: {
    chat: group,
    giveaway_message_id: 3,
    winners_selection_date: 1_764_100_000,
    winner_count: 1,
    winners: [bob],
  },
  group_chat_created: true,
  managed_bot_created: { bot: otherBot },
  message_auto_delete_timer_changed: { message_auto_delete_time: 86_400 },
  new_chat_photo: photo,
  new_chat_title: "Crew",
  paid_message_price_changed: { paid_message_star_count: 5 },
  passport_data: { data: [], credentials: { data: "x", hash: "y", secret: "z" } },
  pinned_message: { message_id: 6, date: 1_763_999_000, from: us, chat: group, text: "What else?" },
  poll_option_added: option,
  poll_option_deleted: option,
  proximity_alert_triggered: { traveler: ann, watcher: bob, distance: 50 },
  refunded_payment: payment,
  successful_payment: payment,
  suggested_post_approval_failed: { price },
  suggested_post_approved: { price, send_date: 1_764_100_000 },
  suggested_post_declined: { comment: "no" },
  suggested_post_paid: { currency: "XTR", star_amount: { amount: 5 } },
  suggested_post_refunded: { reason: "post_deleted" },
  supergroup_chat_created: true,
  unique_gift: {
    gift: {
      gift_id: "gift-2",
      base_name: "Claw",
      name: "Claw-7",
      number: 7,
      model: part,
      symbol: part,
      backdrop: { name: "Sand", colors, rarity_per_mille: 10 },
    },
    origin: "transfer",
  },
  users_shared: { request_id: 1, users: [{ user_id: 43, first_name: "Bob" }] },
  video_chat_ended: { duration: 60 },
  video_chat_participants_invited: { users: [bob] },
  video_chat_scheduled: { start_date: 1_764_100_000 },
  video_chat_started: {},
  web_app_data: { data: "x", button_text: "Open" },
  write_access_allowed: { from_request: true },
};

/** A service message of a group. */
export function serviceMessage(field: string): object {
  return groupMessage({ text: undefined, [field]: SERVICE[field] });
}
