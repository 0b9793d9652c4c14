/** Methods that ask about chats and who is in them. */
import { badRequest } from "../failure.ts";
import type { Method } from "../world.ts";

const getChat: Method = (params, { chats }) => ({
  ...chats.known(params["chat_id"]).info,
  accent_color_id: 0,
  max_reaction_count: 11,
  accepted_gift_types: {
    unlimited_gifts: true,
    limited_gifts: true,
    unique_gifts: true,
    premium_subscription: true,
    gifts_from_channels: true,
  },
});

const getChatMember: Method = (params, { chats, me }) => {
  const { people, isClosed } = chats.known(params["chat_id"]);
  const userId = params["user_id"];
  if (userId === me.id) return { status: isClosed ? "left" : "member", user: me };
  const person = typeof userId === "number" ? people.get(userId) : undefined;
  if (!person) throw badRequest("member not found");
  return { status: "member", user: person };
};

export const CHAT_METHODS: Readonly<Record<string, Method>> = { getChat, getChatMember };
