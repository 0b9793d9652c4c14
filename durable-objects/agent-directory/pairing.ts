/** Pairing: a stranger is given a code, and the owner lets them in or not. */
import { ACCESS_BOUNDS } from "../../protocol/bounds.ts";
import type {
  ApprovalOutcome,
  CodeTry,
  DismissalOutcome,
  OpenPairing,
  PairingAnswer,
  PairingRequest,
} from "../../protocol/pairing.ts";
import { policyOfKey } from "./access.ts";
import { tryCode } from "./code-tries.ts";
import { deleteCode, freshCode, insertCode, type PairCode, readOpenCodes } from "./codes.ts";
import type { DirectoryContext } from "./directory-context.ts";
import { addErrand, dropErrand } from "./errands.ts";
import { ownerOf } from "./owner.ts";
import { putPeer, putPerson } from "./people-rows.ts";
import { channelOf, personIdOf } from "./roster.ts";

/**
 * The code of a stranger; the same one while it is open. `full`: nothing is said to them, because as many wait on their
 * channel as may, or because who may speak there has changed meanwhile.
 */
export function askPairing(directory: DirectoryContext, request: PairingRequest, now: number): PairingAnswer {
  const { sql, standing, transact, stir } = directory;
  const { session, peer, name } = request;
  const before = standing();
  if (policyOfKey(session, before).access.kind !== "stranger") return { kind: "full" };
  const hasOwner = ownerOf(before.config, before.roster) !== null;
  return transact((): PairingAnswer => {
    const pairings = strangersCodes(directory, now);
    const own = pairings.find((code) => code.peer === peer);
    if (own) return { kind: "code", code: own.code, expiresAt: own.expiresAt, hasOwner };
    const waiting = pairings.filter((code) => channelOf(code.peer) === channelOf(peer));
    if (waiting.length >= ACCESS_BOUNDS.pairingsOpenMax) return { kind: "full" };
    const code = freshCode(readOpenCodes(sql, now));
    const expiresAt = now + ACCESS_BOUNDS.pairingLifeMs;
    insertCode(sql, { kind: "pair", code, session, peer, name, createdAt: now, expiresAt });
    addErrand(sql, { kind: "stranger", code }, now);
    stir();
    return { kind: "code", code, expiresAt, hasOwner };
  });
}

/** Lets the stranger of a code in; while there is no owner, as the owner. Their session is told by the alarm. */
export function approvePairing(directory: DirectoryContext, attempt: CodeTry, now: number): ApprovalOutcome {
  const { sql, standing, rewrite, stir } = directory;
  return rewrite((): ApprovalOutcome => {
    const tried = tryCode(directory, "pair", attempt, now);
    if (tried.kind === "refused") return tried;
    const { code, peer, name, session } = tried.found;
    const { config, roster } = standing();
    const personId = personIdOf(peer);
    const isKnown = roster.people.has(personId);
    if (!isKnown && roster.people.size >= ACCESS_BOUNDS.peopleMax) return { kind: "refused", code: "too_many_people" };
    const isFirst = ownerOf(config, roster) === null;
    forgetCode(sql, code);
    putPerson(sql, personId, { name, isFirst }, now);
    putPeer(sql, peer, { personId, how: "paired", session, at: now });
    const role = isFirst ? "owner" : "person";
    addErrand(sql, { kind: "welcome", session, role }, now);
    stir();
    return { kind: "approved", peer, name, personId, role };
  });
}

/** Refuses the stranger of a code, who is not told. */
export function dismissPairing(directory: DirectoryContext, attempt: CodeTry, now: number): DismissalOutcome {
  const { sql, transact } = directory;
  return transact((): DismissalOutcome => {
    const tried = tryCode(directory, "pair", attempt, now);
    if (tried.kind === "refused") return tried;
    const { code, peer, name } = tried.found;
    forgetCode(sql, code);
    return { kind: "dismissed", peer, name };
  });
}

/** Who waits for the owner, the oldest first. */
export function listPairings(directory: DirectoryContext, now: number): readonly OpenPairing[] {
  return strangersCodes(directory, now).map(openPairing);
}

/** The codes of those who are strangers still. Whom the configuration has let in since keeps no place from others. */
export function strangersCodes({ sql, standing }: DirectoryContext, now: number): readonly PairCode[] {
  const isStranger = ({ session }: PairCode) => policyOfKey(session, standing()).access.kind === "stranger";
  const pairings = readOpenCodes(sql, now).filter((code) => code.kind === "pair");
  for (const { code } of pairings.filter((pairing) => !isStranger(pairing))) forgetCode(sql, code);

  return pairings.filter(isStranger);
}

/** What the owner is told of a stranger. */
export function openPairing({ code, peer, name, createdAt, expiresAt }: PairCode): OpenPairing {
  return { code, peer, name, createdAt, expiresAt };
}

function forgetCode(sql: SqlStorage, code: string): void {
  deleteCode(sql, code);
  dropErrand(sql, code);
}
