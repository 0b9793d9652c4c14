/** Whom the directory knows by hand: people who were let in by a code, and channels that were joined to somebody. Pure. */
import type { Peer } from "../../protocol/access.ts";
import type { AgentConfig } from "../../protocol/agent-config.ts";
import { CHANNEL_IDS, type ChannelId, type SessionKey, type SessionRef } from "../../protocol/session-key.ts";

export type PersonEntry = {
  readonly name: string;
  /** Let in while there was no owner: the owner, as long as the configuration names none. */
  readonly isFirst: boolean;
};

export type PeerEntry = {
  readonly personId: string;
  readonly how: "paired" | "linked";
  /** Where they wrote when they were let in. */
  readonly session: SessionKey;
  readonly at: number;
};

export type Roster = {
  readonly people: ReadonlyMap<string, PersonEntry>;
  readonly peers: ReadonlyMap<Peer, PeerEntry>;
};

/** The person that somebody on a channel is, when nothing joins them to another one. */
export function personIdOf(peer: Peer): string {
  return peer.replace(":", "-");
}

/** The peer of a direct chat: its chat is named by the person's id. */
export function peerOfSession({ channel, chatId }: Pick<SessionRef, "channel" | "chatId">): Peer {
  return `${channel}:${chatId}`;
}

/** An entry of a list of people as a peer; null: it is none. */
export function readPeer(text: string): Peer | null {
  const channel = CHANNEL_IDS.find((id) => text.startsWith(`${id}:`));
  return channel && text.length > channel.length + 1 ? `${channel}:${text.slice(channel.length + 1)}` : null;
}

/** The channel that a peer is on. */
export function channelOf(peer: Peer): string {
  return peer.slice(0, peer.indexOf(":"));
}

/** The id of a peer on a channel; null: it is on another one. */
export function idOn(channel: ChannelId, peer: string): string | null {
  return peer.startsWith(`${channel}:`) ? peer.slice(channel.length + 1) : null;
}

/** The somebody on a channel that a person id is made of; null: it is not made so. */
export function peerOfPerson(personId: string): Peer | null {
  const channel = CHANNEL_IDS.find((id) => personId.startsWith(`${id}-`));
  return channel && personId.length > channel.length + 1 ? `${channel}:${personId.slice(channel.length + 1)}` : null;
}

/** Who somebody on a channel is. */
export function personOf(peer: Peer, roster: Roster): string {
  return roster.peers.get(peer)?.personId ?? personIdOf(peer);
}

/** The channels of a person: those that the configuration lists first, in its order. */
export function peersOf(personId: string, config: AgentConfig, roster: Roster): readonly Peer[] {
  const listed = listedPeers(config).filter((peer) => personOf(peer, roster) === personId);
  const joined = [...roster.peers].filter(([, entry]) => entry.personId === personId).map(([peer]) => peer);
  return [...new Set([...listed, ...joined])];
}

/** Whether the configuration itself lets a person in. */
export function isListed(personId: string, config: AgentConfig, roster: Roster): boolean {
  return listedPeers(config).some((peer) => personOf(peer, roster) === personId);
}

/** Whether somebody answers for a person: the configuration, the owner who approved a code, or that they came first. */
export function isVouchedFor(personId: string, config: AgentConfig, roster: Roster): boolean {
  if (isListed(personId, config, roster) || roster.people.get(personId)?.isFirst === true) return true;
  return [...roster.peers.values()].some((entry) => entry.personId === personId && entry.how === "paired");
}

/** The entries of `access.allowFrom`. */
export function listedPeers({ access }: AgentConfig): readonly Peer[] {
  return access.allowFrom.flatMap((entry) => readPeer(entry) ?? []);
}
