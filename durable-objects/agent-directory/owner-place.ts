/** Where the owner is told of something that happened elsewhere. */
import type { Peer } from "../../protocol/access.ts";
import {
  CHANNEL_IDS,
  type ChannelId,
  isSessionKey,
  parseSessionKey,
  type SessionKey,
} from "../../protocol/session-key.ts";
import { WEB_SESSION, webhookChannel } from "../../worker/channels/registry.ts";
import type { Config } from "../../worker/config.ts";
import type { DirectoryContext } from "./directory-context.ts";
import { ownerOf } from "./owner.ts";
import { idOn, peersOf } from "./roster.ts";
import { hasSession } from "./sessions.ts";

/**
 * The owner's direct chat: on the channel of `access.allowFrom`'s first entry, else on another one of theirs. The web
 * chat instead of one that is where it happened, whose channel is not configured, or where they never wrote: no bot may
 * write first.
 */
export function ownerPlace(directory: DirectoryContext, happenedIn: SessionKey): SessionKey {
  const ref = parseSessionKey(happenedIn);
  const agent = ref.ok ? ref.value.agent : "";
  return chatsOfOwner(directory, agent).find((chat) => chat !== happenedIn) ?? WEB_SESSION;
}

/** Where the owner is told of what happened nowhere: their direct chat, as `ownerPlace` finds it. */
export function ownerChat(directory: DirectoryContext, agent: string): SessionKey {
  return chatsOfOwner(directory, agent)[0] ?? WEB_SESSION;
}

/** The same, but null where the owner has never written anywhere. */
export function reachableOwnerChat(directory: DirectoryContext, agent: string): SessionKey | null {
  const chat = ownerChat(directory, agent);
  return hasSession(directory.sql, chat) ? chat : null;
}

/** The same for what is wrong with a whole channel: nothing may get through there. */
export function ownerPlaceBeyond(directory: DirectoryContext, agent: string, channel: ChannelId): SessionKey {
  const prefix = `agent:${agent}:${channel}:`;
  return chatsOfOwner(directory, agent).find((chat) => !chat.startsWith(prefix)) ?? WEB_SESSION;
}

/** Whether a chat is the owner's own, so that nobody else reads there. */
export function isOwnersChat(directory: DirectoryContext, agent: string, chat: SessionKey): boolean {
  return chat === WEB_SESSION || chatsOfOwner(directory, agent).includes(chat);
}

function chatsOfOwner({ sql, config, standing }: DirectoryContext, agent: string): readonly SessionKey[] {
  const { config: settings, roster } = standing();
  const owner = ownerOf(settings, roster);
  const peers = owner === null ? [] : peersOf(owner, settings, roster);
  const chats = peers.flatMap((peer) => directChat(peer, config(), agent) ?? []);
  return chats.filter((chat) => hasSession(sql, chat));
}

/** Null: nothing can be said there. */
function directChat(peer: Peer, config: Config, agent: string): SessionKey | null {
  const channel = CHANNEL_IDS.find((id) => idOn(id, peer) !== null);
  if (channel === undefined || channel === "web" || !webhookChannel(channel, config)) return null;
  const key = `agent:${agent}:${channel}:direct:${encodeURIComponent(idOn(channel, peer) ?? "")}`;
  return isSessionKey(key) ? key : null;
}
