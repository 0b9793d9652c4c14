/** Where in Discord a message goes: a direct chat, a channel, or a thread, which may have to be opened first. */
import type { ReplyAddress } from "../../../protocol/outbound.ts";
import { directChannel } from "./dm-channel.ts";
import { isRefused, Refusal } from "./outcome.ts";
import type { DiscordRest } from "./rest.ts";
import { ID, route } from "./rest-route.ts";

/** Where a message is put, and which message there it answers. */
export type Spot = { readonly channelId: string; readonly replyTo?: string };

/** "Thread Metadata": in minutes. */
const ARCHIVE_AFTER_MIN = 1_440;

/**
 * Does `put` where an answer goes. A thread that there is none of yet is opened at the message that has its id, under
 * `threadName`; where we may open none, the answer goes below that message instead. Throws `ChannelError` only.
 */
export async function inPlace<T>(
  rest: DiscordRest,
  to: ReplyAddress,
  threadName: string,
  put: (spot: Spot) => Promise<T>,
): Promise<T> {
  const threadId = to.thread?.id;
  if (threadId === undefined) return await put({ channelId: await channelOf(rest, to), ...replyTo(to) });
  const spot = { channelId: threadId, ...replyTo(to) };
  const parent = { channelId: channelIn(to), replyTo: threadId };
  try {
    return await put(spot);
  } catch (error) {
    if (!isRefused(error, "unknown_channel")) throw error;
    if (await openThread(rest, parent, threadName)) return await put(spot);
    // Whoever sees that message may see what is said in its thread; what a lost thread held is for nobody else.
    if (await isThere(rest, parent)) return await put(parent);
    throw error;
  }
}

/** Does `change` where a message of ours is: in the thread or, if it has gone there instead, in the channel. */
export async function whereItIs<T>(
  rest: DiscordRest,
  to: ReplyAddress,
  change: (channelId: string) => Promise<T>,
): Promise<T> {
  if (!to.thread) return await change(await channelOf(rest, to));
  try {
    return await change(to.thread.id);
  } catch (error) {
    if (!isRefused(error, "unknown_channel", "unknown_message")) throw error;
    return await change(channelIn(to));
  }
}

async function channelOf(rest: DiscordRest, to: ReplyAddress): Promise<string> {
  return to.chatKind === "direct" ? await directChannel(rest, to) : channelIn(to);
}

/** A channel is named after its guild: `<guild>.<channel>`. */
function channelIn({ chatId }: ReplyAddress): string {
  return chatId.slice(chatId.lastIndexOf(".") + 1);
}

/** In groups an answer hangs on the message that it answers; the one that begins a thread is not in it. */
function replyTo({ chatKind, messageId, thread }: ReplyAddress): Pick<Spot, "replyTo"> {
  const isShown = chatKind !== "direct" && messageId !== undefined && ID.test(messageId) && messageId !== thread?.id;
  return isShown ? { replyTo: messageId } : {};
}

/** False: we may not, or there is no such message. */
async function openThread(rest: DiscordRest, parent: Required<Spot>, name: string): Promise<boolean> {
  const at = route("POST", "/channels/{channel}/messages/{message}/threads", messageIn(parent));
  try {
    await rest.call(at, { json: { name, auto_archive_duration: ARCHIVE_AFTER_MIN } });
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.reason === "thread_exists";
  }
}

async function isThere(rest: DiscordRest, parent: Required<Spot>): Promise<boolean> {
  try {
    await rest.call(route("GET", "/channels/{channel}/messages/{message}", messageIn(parent)));
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

function messageIn({ channelId, replyTo: messageId }: Required<Spot>) {
  return { channel: channelId, message: messageId };
}
