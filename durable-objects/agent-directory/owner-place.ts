/** Where the owner is told of something that happened elsewhere. */
import type { Peer } from "../../protocol/access.ts";
import { CHANNEL_IDS, isSessionKey, parseSessionKey, type SessionKey } from "../../protocol/session-key.ts";
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
export function ownerPlace({ sql, config, standing }: DirectoryContext, happenedIn: SessionKey): SessionKey {
  const { config: settings, roster } = standing();
  const owner = ownerOf(settings, roster);
  const peers = owner === null ? [] : peersOf(owner, settings, roster);
  const chats = peers.flatMap((peer) => directChat(peer, config(), happenedIn) ?? []);
  return chats.find((chat) => chat !== happenedIn && hasSession(sql, chat)) ?? WEB_SESSION;
}

/** With the agent of `sibling`; null: nothing can be said there. */
function directChat(peer: Peer, config: Config, sibling: SessionKey): SessionKey | null {
  const ref = parseSessionKey(sibling);
  const channel = CHANNEL_IDS.find((id) => idOn(id, peer) !== null);
  if (!ref.ok || channel === undefined || channel === "web" || !webhookChannel(channel, config)) return null;
  const key = `agent:${ref.value.agent}:${channel}:direct:${encodeURIComponent(idOn(channel, peer) ?? "")}`;
  return isSessionKey(key) ? key : null;
}
