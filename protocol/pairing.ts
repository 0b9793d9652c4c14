/** Pairing and link codes, and what becomes of them. Pure. */
import type { Peer, Role } from "./access.ts";
import type { SessionKey } from "./session-key.ts";

/** 32 symbols that cannot be taken for one another: no 0, O, 1 or I. */
export const CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
export const CODE_LENGTH = 8;

const CODE = new RegExp(`^[${CODE_ALPHABET}]{${CODE_LENGTH}}$`);

/** `pair` lets a stranger in; `link` joins a second channel to somebody who is let in already. */
export type CodeKind = "pair" | "link";

/** Makes a code of `CODE_LENGTH` random bytes; each symbol is as likely as any other, since 256 is a multiple of 32. */
export function codeOf(bytes: Uint8Array): string {
  if (bytes.length !== CODE_LENGTH) throw new Error(`a code takes ${CODE_LENGTH} random bytes`);
  return [...bytes].map((byte) => CODE_ALPHABET[byte % CODE_ALPHABET.length]).join("");
}

/** What a person typed, as a code: spaces, dashes and case do not count. Null: it cannot be one. */
export function readCode(typed: string): string | null {
  const code = typed.replaceAll(/[\s-]/g, "").toUpperCase();
  return CODE.test(code) ? code : null;
}

/** Who asks to be let in. */
export type PairingRequest = { readonly session: SessionKey; readonly peer: Peer; readonly name: string };

export type PairingAnswer =
  /** The same code again while it is open. */
  | { readonly kind: "code"; readonly code: string; readonly expiresAt: number; readonly hasOwner: boolean }
  /** As many wait on this channel as may: nothing is said. */
  | { readonly kind: "full" };

/** A pairing that waits for the owner. */
export type OpenPairing = {
  readonly code: string;
  readonly peer: Peer;
  readonly name: string;
  readonly createdAt: number;
  readonly expiresAt: number;
};

/** Somebody who types a code to approve or refuse it. Tries are counted by place. */
export type CodeTry = { readonly code: string; readonly place: SessionKey | "admin" };

/** `unknown_code` also stands for one that is expired, used or of another kind: nobody learns which. */
export type CodeRefusal =
  | { readonly kind: "refused"; readonly code: "unknown_code" }
  /** Too many wrong codes; none is looked at before `retryAt` (epoch ms). */
  | { readonly kind: "refused"; readonly code: "too_many_tries"; readonly retryAt: number }
  /** As many people as may be. */
  | { readonly kind: "refused"; readonly code: "too_many_people" };

export type ApprovalOutcome =
  | {
      readonly kind: "approved";
      readonly peer: Peer;
      readonly name: string;
      readonly personId: string;
      readonly role: Role;
    }
  | CodeRefusal;

export type DismissalOutcome = { readonly kind: "dismissed"; readonly peer: Peer; readonly name: string } | CodeRefusal;

export type LinkAnswer =
  | { readonly kind: "code"; readonly code: string; readonly expiresAt: number }
  | { readonly kind: "refused"; readonly code: "not_admitted" | "too_many_links" };

export type LinkOutcome =
  | { readonly kind: "linked"; readonly personId: string; readonly role: Role; readonly name: string }
  | { readonly kind: "refused"; readonly code: "already_linked" }
  | CodeRefusal;
