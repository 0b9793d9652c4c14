/** Where people write, and how one of them is removed. */
import type { Peer } from "../../protocol/access.ts";
import type { RemovalOutcome } from "../../protocol/people.ts";
import { type ConversationKey, isConversationKey, isSessionKey, type SessionKey } from "../../protocol/session-key.ts";
import type { DirectoryContext } from "./directory-context.ts";
import { addErrand } from "./errands.ts";
import { ownerOf } from "./owner.ts";
import { deletePeer, deletePerson } from "./people-rows.ts";
import { isListed, peersOf, personOf, readPeer } from "./roster.ts";
import { readSessionsOf } from "./sessions.ts";

/**
 * Takes somebody's leave to speak; what they said stays. Their sessions are told by the alarm. `whom`: a person, or a peer
 * that was joined to one: then only that channel is theirs no more, the owner's included.
 */
export function removePerson(directory: DirectoryContext, agent: string, whom: string, now: number): RemovalOutcome {
  const { sql, standing, rewrite, stir } = directory;
  return rewrite((): RemovalOutcome => {
    const { config, roster } = standing();
    const peer = readPeer(whom);
    const joined = peer && roster.peers.get(peer);
    if (peer && joined?.how === "linked") {
      deletePeer(sql, peer);
      addErrand(sql, { kind: "access_changed", session: joined.session }, now);
      stir();
      return { kind: "removed", personId: joined.personId, peers: [peer] };
    }
    const personId = peer ? personOf(peer, roster) : whom;
    const isByList = isListed(personId, config, roster);
    if (!isByList && !roster.people.has(personId)) return { kind: "refused", code: "unknown_person" };
    if (personId === ownerOf(config, roster)) return { kind: "refused", code: "is_owner" };
    if (isByList) return { kind: "refused", code: "is_listed" };
    const peers = peersOf(personId, config, roster);
    const sessions = sessionsOfPerson(directory, agent, personId, peers);
    deletePerson(sql, personId);
    for (const session of sessions) addErrand(sql, { kind: "access_changed", session }, now);
    stir();
    return { kind: "removed", personId, peers };
  });
}

/** Where a person writes: the sessions of their conversation, and the direct chats of their peers. */
export function sessionsOfPerson(
  { sql, standing }: DirectoryContext,
  agent: string,
  personId: string,
  peers: readonly Peer[],
): readonly SessionKey[] {
  const { roster } = standing();
  const conversation = conversationOf(agent, personId);
  const known = conversation === null ? [] : readSessionsOf(sql, conversation, peers.flatMap(directChats(agent)));
  const joined = peers.flatMap((peer) => roster.peers.get(peer)?.session ?? []);
  return [...new Set([...known, ...joined])];
}

/** The conversation of somebody who is not the owner; null: nobody can have that id. */
export function conversationOf(agent: string, personId: string): ConversationKey | null {
  if (!personId.isWellFormed()) return null;
  const key = `agent:${agent}:person:${encodeURIComponent(personId)}`;
  return isConversationKey(key) ? key : null;
}

function directChats(agent: string): (peer: Peer) => readonly SessionKey[] {
  return (peer) => {
    const [channel = "", id = ""] = peer.split(/:(.*)/s);
    const key = `agent:${agent}:${channel}:direct:${encodeURIComponent(id)}`;
    return isSessionKey(key) ? [key] : [];
  };
}
