/** The people who may speak, as they are listed. Pure. */
import type { PersonSummary } from "../../protocol/people.ts";
import type { Standing } from "./access.ts";
import { ownerOf } from "./owner.ts";
import { listedPeers, peersOf, personOf } from "./roster.ts";

/** Everybody whom the configuration lists or the directory knows by hand, the owner first. */
export function listPeople({ config, roster }: Standing): readonly PersonSummary[] {
  const owner = ownerOf(config, roster);
  const listed = listedPeers(config);
  const ids = new Set([...listed.map((peer) => personOf(peer, roster)), ...roster.people.keys()]);
  const people = [...ids].map((personId): PersonSummary => {
    const peers = peersOf(personId, config, roster).map((peer): PersonSummary["peers"][number] => {
      const entry = roster.peers.get(peer);
      if (listed.includes(peer) || !entry) return { peer, how: "listed", at: null };
      return { peer, how: entry.how, at: entry.at };
    });
    const name = roster.people.get(personId)?.name ?? peers[0]?.peer ?? personId;
    return { personId, name, role: personId === owner ? "owner" : "person", peers };
  });
  return people.toSorted((a, b) => Number(b.role === "owner") - Number(a.role === "owner"));
}
