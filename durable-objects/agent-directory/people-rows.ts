/** The tables of people and their peers. Synchronous SQL only. */
import type { Peer } from "../../protocol/access.ts";
import { isSessionKey } from "../../protocol/session-key.ts";
import { type PeerEntry, type PersonEntry, readPeer, type Roster } from "./roster.ts";

type PersonRow = { person: string; name: string; is_first: number };
type PeerRow = { peer: string; person: string; how: string; session: string; joined_at: number };

/** Everybody who is known by hand, in the order in which they came. */
export function readRoster(sql: SqlStorage): Roster {
  const people = sql
    .exec<PersonRow>("SELECT person, name, is_first FROM people ORDER BY known_at, person")
    .toArray()
    .map(({ person, name, is_first: isFirst }): [string, PersonEntry] => [person, { name, isFirst: isFirst === 1 }]);
  const peers = sql
    .exec<PeerRow>("SELECT peer, person, how, session, joined_at FROM peers ORDER BY joined_at, peer")
    .toArray()
    .flatMap(readEntry);
  return { people: new Map(people), peers: new Map(peers) };
}

/** Only `putPeer` writes rows, with keys that were checked. */
function readEntry({ peer: text, person, how, session, joined_at: at }: PeerRow): [Peer, PeerEntry][] {
  const peer = readPeer(text);
  if (!peer || !isSessionKey(session)) return [];
  return [[peer, { personId: person, how: how === "paired" ? "paired" : "linked", session, at }]];
}

/** Knows a person from now on. Of one who is known, nothing changes. */
export function putPerson(sql: SqlStorage, personId: string, { name, isFirst }: PersonEntry, now: number): void {
  const query = "INSERT INTO people (person, name, is_first, known_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
  sql.exec(query, personId, name, isFirst ? 1 : 0, now);
}

/** Says of a peer whose it is; what was said before is gone. */
export function putPeer(sql: SqlStorage, peer: Peer, { personId, how, session, at }: PeerEntry): void {
  const query = "INSERT OR REPLACE INTO peers (peer, person, how, session, joined_at) VALUES (?, ?, ?, ?, ?)";
  sql.exec(query, peer, personId, how, session, at);
}

/** A peer is nobody's any more. */
export function deletePeer(sql: SqlStorage, peer: Peer): void {
  sql.exec("DELETE FROM peers WHERE peer = ?", peer);
}

/** Forgets a person with their peers, and codes by which they could get another one. */
export function deletePerson(sql: SqlStorage, personId: string): void {
  sql.exec("DELETE FROM codes WHERE person = ?", personId);
  sql.exec("DELETE FROM peers WHERE person = ?", personId);
  sql.exec("DELETE FROM people WHERE person = ?", personId);
}
