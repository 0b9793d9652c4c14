/** The channel of a direct chat. People are known by their own ids, and Discord puts a message into a channel. */
import * as v from "valibot";
import { ChannelError } from "../../../protocol/errors.ts";
import type { ReplyAddress } from "../../../protocol/outbound.ts";
import { type DiscordRest, QUICK_TIMEOUT_MS } from "./rest.ts";
import { ID, route } from "./rest-route.ts";

/** Direct chats that are remembered, the last ones opened. */
const KNOWN_MAX = 1_000;

const opened = new WeakMap<DiscordRest, Map<string, string>>();
const channel = v.object({ id: v.pipe(v.string(), v.regex(ID)) });

/**
 * Where a direct chat is. Discord opens the same one each time it is asked to, so it is asked only for somebody who has
 * not written to us. Throws `ChannelError` only.
 */
export async function directChannel(rest: DiscordRest, { chatId, roomId }: ReplyAddress): Promise<string> {
  if (roomId !== undefined) return roomId;
  const known = opened.get(rest) ?? new Map<string, string>();
  opened.set(rest, known);
  const existing = known.get(chatId);
  if (existing !== undefined) return existing;
  if (!ID.test(chatId))
    throw new ChannelError("channel_refused", { channel: "discord", method: "send" }, "not a person");
  const { id } = await rest.ask(channel, route("POST", "/users/@me/channels"), {
    json: { recipient_id: chatId },
    timeoutMs: QUICK_TIMEOUT_MS,
  });
  const [oldest] = known.size >= KNOWN_MAX ? known.keys() : [];
  if (oldest !== undefined) known.delete(oldest);
  known.set(chatId, id);
  return id;
}
