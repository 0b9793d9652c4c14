/** The people who may speak, as the directory and the admin API tell of them. Never what they said. */
import type { Peer, Role } from "./access.ts";

export type PersonSummary = {
  /** Stable; also the last part of the conversation of everybody but the owner. */
  readonly personId: string;
  readonly name: string;
  readonly role: Role;
  readonly peers: readonly {
    readonly peer: Peer;
    /** Why they are let in: by the configuration, by a pairing or by a link. */
    readonly how: "listed" | "paired" | "linked";
    /** Epoch ms; null for `listed`. */
    readonly at: number | null;
  }[];
};

export type RemovalOutcome =
  | { readonly kind: "removed"; readonly personId: string; readonly peers: readonly Peer[] }
  | { readonly kind: "refused"; readonly code: PersonRefusal };

export type PersonRefusal =
  | "unknown_person"
  /** The owner can be neither removed nor forgotten. */
  | "is_owner"
  /** `ALLOW_FROM` or `access.allowFrom` lets them in: it must be changed first. */
  | "is_listed"
  /** The agent could not be reached; nothing is half forgotten that cannot be forgotten again. */
  | "unavailable";

/** What was forgotten of a person, in numbers. */
export type ForgetReceipt = {
  readonly personId: string;
  readonly peers: readonly Peer[];
  /** Direct chats whose ledger, texts and settings are gone. */
  readonly sessions: number;
  readonly messages: number;
  readonly transcripts: number;
  readonly files: number;
  /** Stored objects, older versions of files and attachments included. */
  readonly blobs: number;
  /** Groups that they may have written in: what was said there stays. */
  readonly groups: number;
  /** Epoch ms. */
  readonly forgottenAt: number;
};

export type ForgetOutcome =
  | { readonly kind: "forgotten"; readonly receipt: ForgetReceipt }
  | { readonly kind: "refused"; readonly code: PersonRefusal };
