/** Where in Discord something was written or happened: the chat, its session, and where an answer goes. Pure. */
import type { Chat } from "../../../protocol/inbound.ts";
import type { ReplyAddress } from "../../../protocol/outbound.ts";
import { err, ok, type Result } from "../../../protocol/result.ts";
import { formatSessionKey, NO_GUILD, type SessionKey, type ThreadRef } from "../../../protocol/session-key.ts";
import type { GatewayWorld } from "./dispatch.ts";
import type { Call } from "./update.ts";
import { label } from "./words.ts";

const AGENT = "main";
export const CHANNEL = "discord";

/** "Channel Types". */
const TYPE = { text: 0, direct: 1 } as const;
const THREAD_TYPES: ReadonlySet<number> = new Set([10, 11, 12]);
/** "Interaction Context Types": a direct chat with us. */
const BOT_DM = 1;

export type Place = {
  readonly kind: "direct" | "group";
  readonly chatId: string;
  readonly title?: string;
  readonly thread?: ThreadRef;
  readonly session: SessionKey;
  readonly address: ReplyAddress;
};

/** Where a message or a reaction is; messages tell the type of the channel, reactions do not. */
type Spot = {
  readonly channel_id: string;
  readonly channel_type?: number | null | undefined;
  readonly guild_id?: string | null | undefined;
};

/** A place, and whether all that is written there is meant for us. */
export type Located = { readonly place: Place; readonly isOurThread: boolean };

/** The place of an event that `userId` caused; the error is a thread whose channel nobody told us of. */
export function placeOfEvent(
  { channel_id: channelId, channel_type: type, guild_id: guildId }: Spot,
  userId: string,
  world: Pick<GatewayWorld, "thread">,
): Result<Located, { readonly unknownThread: string }> {
  if (!guildId) {
    const isDirect = (type ?? TYPE.direct) === TYPE.direct;
    return ok({ place: isDirect ? directPlace(userId, channelId) : groupPlace(null, channelId), isOurThread: false });
  }
  const thread = world.thread(channelId);
  if (thread) return ok({ place: threadPlace(guildId, thread.parentId, channelId), isOurThread: thread.isOurs });
  if (isThreadType(type)) return err({ unknownThread: channelId });
  return ok({ place: groupPlace(guildId, channelId), isOurThread: false });
}

/** The place that somebody calls us from. */
export function placeOfCall(call: Call): Result<Place, string> {
  const { guild_id: guildId, channel, user } = call;
  const channelId = channel?.id ?? call.channel_id;
  if (!channelId) return err("a call from nowhere");
  if (isDirectCall(call)) return ok(directPlace(user.id, channelId));
  if (!guildId || !isThreadType(channel?.type)) return ok(groupPlace(guildId ?? null, channelId, channel?.name));
  const parentId = channel?.parent_id;
  return parentId ? ok(threadPlace(guildId, parentId, channelId)) : err("a thread of no channel");
}

/** Whether somebody calls us from their direct chat with us; old calls do not say so. */
export function isDirectCall({ guild_id: guildId, context, channel }: Call): boolean {
  if (guildId) return false;
  return typeof context === "number" ? context === BOT_DM : channel?.type === TYPE.direct;
}

/** A channel in which a message can begin a thread. */
export function isTextChannel({ channel_type: type, guild_id: guildId }: Spot): boolean {
  return type === TYPE.text && Boolean(guildId);
}

/** The thread that begins with a message: it has the id of that. */
export function threadBegunAt({ channel_id: channelId, guild_id: guildId }: Spot, messageId: string): Place {
  return threadPlace(guildId ?? null, channelId, messageId);
}

/** The chat of a place as a message has it. */
export function chatAt(
  { kind, chatId: id, title, thread }: Place,
  { addressed, isNamed = false }: { readonly addressed: boolean; readonly isNamed?: boolean },
): Chat {
  if (kind === "direct") return { kind, id };
  return { kind, id, ...(title && { title }), ...(thread && { thread }), addressed, ...(isNamed && { named: true }) };
}

/** Named by the person: Discord makes several rooms for the same two, and an allow list knows people. */
function directPlace(userId: string, roomId: string): Place {
  return toPlace("direct", userId, { roomId });
}

function groupPlace(guildId: string | null, channelId: string, name?: string | null): Place {
  return { ...toPlace("group", `${guildId ?? NO_GUILD}.${channelId}`, {}), ...(name && { title: label(name) }) };
}

function threadPlace(guildId: string | null, parentId: string, id: string): Place {
  return toPlace("group", `${guildId ?? NO_GUILD}.${parentId}`, { thread: { kind: "thread", id } });
}

/** Whether a channel is a thread. */
export function isThreadType(type: number | null | undefined): boolean {
  return typeof type === "number" && THREAD_TYPES.has(type);
}

function toPlace(
  kind: Place["kind"],
  chatId: string,
  more: { readonly thread?: ThreadRef; readonly roomId?: string },
): Place {
  const { thread } = more;
  return {
    kind,
    chatId,
    ...(thread && { thread }),
    session: formatSessionKey({ agent: AGENT, channel: CHANNEL, chatKind: kind, chatId, ...(thread && { thread }) }),
    address: { channel: CHANNEL, chatId, chatKind: kind, ...more },
  };
}
