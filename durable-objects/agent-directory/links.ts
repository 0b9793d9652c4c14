/** Links: somebody who is let in joins a second channel to themselves, by a code that they carry there. */
import type { Peer } from "../../protocol/access.ts";
import { ACCESS_BOUNDS } from "../../protocol/bounds.ts";
import type { LinkAnswer, LinkOutcome } from "../../protocol/pairing.ts";
import { parseSessionKey, type SessionKey, type SessionRef } from "../../protocol/session-key.ts";
import { policyOf, policyOfKey, type Standing } from "./access.ts";
import { tryCode } from "./code-tries.ts";
import { deleteCode, deletePairCodesOf, freshCode, insertCode, type LinkCode, readOpenCodes } from "./codes.ts";
import type { DirectoryContext } from "./directory-context.ts";
import { addErrand } from "./errands.ts";
import { ownerOf, webPersonId } from "./owner.ts";
import { putPeer, putPerson } from "./people-rows.ts";
import { isVouchedFor, type PeerEntry, peerOfSession, peersOf, personOf } from "./roster.ts";

const UNKNOWN = { kind: "refused", code: "unknown_code" } as const;

/** A code for the person of a session; the same one while it is open. Whom only `open` lets in can join nothing. */
export function askLink(directory: DirectoryContext, session: SessionKey, now: number): LinkAnswer {
  const { sql, standing, transact, stir } = directory;
  const before = standing();
  const { access } = policyOfKey(session, before);
  if (access.kind !== "admitted" || !canBeJoined(access.personId, before)) {
    return { kind: "refused", code: "not_admitted" };
  }
  const { personId } = access;
  return transact((): LinkAnswer => {
    const open = readOpenCodes(sql, now);
    const links = open.filter((code) => code.kind === "link");
    const own = links.find((code) => code.personId === personId);
    if (own) return { kind: "code", code: own.code, expiresAt: own.expiresAt };
    if (hasAllPeers(personId, before) || links.length >= ACCESS_BOUNDS.linksOpenMax) {
      return { kind: "refused", code: "too_many_links" };
    }
    const code = freshCode(open);
    const expiresAt = now + ACCESS_BOUNDS.linkLifeMs;
    insertCode(sql, { kind: "link", code, session, personId, name: "", createdAt: now, expiresAt });
    stir();
    return { kind: "code", code, expiresAt };
  });
}

/** Who takes a code, and where. */
export type LinkTaker = { readonly session: SessionKey; readonly name: string };

/**
 * Joins the channel of a session to the person who asked for the code. Whoever wrote there before as a person of their
 * own is that person no more; the owner stays the owner.
 */
export function takeLink(directory: DirectoryContext, typed: string, taker: LinkTaker, now: number): LinkOutcome {
  const { sql, standing, rewrite, stir } = directory;
  const ref = parseSessionKey(taker.session);
  if (!ref.ok || ref.value.chatKind !== "direct" || ref.value.channel === "web") return UNKNOWN;
  const place = ref.value;
  return rewrite((): LinkOutcome => {
    const tried = tryCode(directory, "link", { code: typed, place: taker.session }, now);
    if (tried.kind === "refused") return tried;
    const { code, personId } = tried.found;
    const before = standing();
    const peer = peerOfSession(place);
    const refusal = refusalOf(tried.found, peer, before);
    if (refusal) return refusal;
    const entry: PeerEntry = { personId, how: "linked", session: taker.session, at: now };
    const access = accessWith(place, peer, entry, before);
    // The channel lets nobody in who is only linked: nobody learns that the code was right.
    if (access.kind !== "admitted") return UNKNOWN;
    const known = before.roster.people.get(personId);
    const person = known ?? { name: taker.name, isFirst: ownerOf(before.config, before.roster) === null };
    putPerson(sql, personId, person, now);
    putPeer(sql, peer, entry);
    deleteCode(sql, code);
    deletePairCodesOf(sql, peer);
    addErrand(sql, { kind: "access_changed", session: taker.session }, now);
    stir();
    return { kind: "linked", personId, role: access.role, name: person.name };
  });
}

function refusalOf({ personId }: LinkCode, peer: Peer, standing: Standing): LinkOutcome | null {
  const { config, roster } = standing;
  if (!canBeJoined(personId, standing)) return UNKNOWN;
  const own = personOf(peer, roster);
  // The owner cannot become somebody else: whoever made them type a code would get what is theirs.
  if (own === personId || own === ownerOf(config, roster)) return { kind: "refused", code: "already_linked" };
  const isNew = !roster.people.has(personId) && roster.people.size >= ACCESS_BOUNDS.peopleMax;
  return isNew || hasAllPeers(personId, standing) ? { kind: "refused", code: "too_many_people" } : null;
}

/** Whether a person is somebody whom the owner knows, so that their other channels may come in too. */
function canBeJoined(personId: string, { config, roster }: Standing): boolean {
  return isVouchedFor(personId, config, roster) || personId === webPersonId(config, roster);
}

function hasAllPeers(personId: string, { config, roster }: Standing): boolean {
  return peersOf(personId, config, roster).length >= ACCESS_BOUNDS.peersPerPersonMax;
}

/** What a channel would be if it were joined. */
function accessWith(place: SessionRef, peer: Peer, entry: PeerEntry, standing: Standing) {
  const { roster, config } = standing;
  const { personId } = entry;
  const isFirst = ownerOf(config, roster) === null;
  const people = new Map([[personId, { name: "", isFirst }], ...roster.people]);
  return policyOf(place, { ...standing, roster: { people, peers: new Map(roster.peers).set(peer, entry) } }, []).access;
}
