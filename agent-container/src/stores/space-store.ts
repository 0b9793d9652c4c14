/**
 * What is kept of a space: the fences of its conversations, their transcripts with the ledger of their turns, and the
 * manifests of its files. One port for two homes: SQLite on a laptop's disk, DynamoDB where the disk is gone with the
 * microVM.
 */
import type { SessionMetadata, Storage } from "@earendil-works/pi-agent-core";
import type { Fence } from "../../../protocol/ids.ts";
import type { ConversationKey } from "../../../protocol/session-key.ts";
import type { ManifestStore } from "../workspace/manifest-store.ts";

/** One transcript: each epoch of a conversation has its own. */
export type Transcript = { readonly conversation: ConversationKey; readonly epoch: number };

/** Who writes, asked at each commit because a live turn can be given a later fence. */
export type Writer = {
  readonly conversation: ConversationKey;
  readonly fence: () => Fence;
  /** Resolves when no later fence is being given to it just now; what is stored may be ahead of `fence` until then. */
  readonly settled?: () => Promise<unknown>;
  /**
   * The number that the first write of the commit must get, so that nothing was written since the writer last looked;
   * null: any. A commit that finds another one is refused with `storage_unavailable`.
   */
  readonly nextSeq?: () => number | null;
};

/** A transcript that can be read and written. Each commit is refused once a later fence was raised. */
export type OpenTranscript = {
  readonly metadata: SessionMetadata;
  readonly storage: Storage;
  /** The number that its next write got when it was opened, which is before anything was read of it. */
  readonly nextSeq: number;
};

/** All methods throw `StorageError`. */
export interface SpaceStore {
  readonly agent: string;

  /**
   * Makes `fence` the highest one of the conversation; equal is allowed (a resume). Returns the one before. Throws
   * `storage_fence_lost` if a later turn was seen, and `storage_fence_refused` above `RUNTIME_BOUNDS.fenceJumpMax`.
   */
  raiseFence(conversation: ConversationKey, fence: Fence): Promise<Fence>;

  /** The highest fence ever raised; 0 before the first turn. */
  storedFence(conversation: ConversationKey): Promise<Fence>;

  /** Whether the epoch has a transcript; creates none. */
  hasTranscript(transcript: Transcript): Promise<boolean>;

  /** Opens a transcript, creating it when absent. Throws `storage_schema_newer`. */
  openTranscript(transcript: Transcript, writer: Writer): Promise<OpenTranscript>;

  /**
   * Removes all transcripts of a conversation in which nothing will ever be said again, and its fence. Can be repeated.
   */
  removeConversation(conversation: ConversationKey): Promise<void>;

  /** The manifests of the space and of the tree that all spaces of the agent share. Throws `storage_schema_newer`. */
  openManifests(writer: Writer, now: () => number): Promise<ManifestStore>;

  /**
   * Begins to forget all of the space: raises the fence of the conversation, and every other one of the space by one, so
   * that no turn that has begun can commit anything any more.
   */
  outrunAll(conversation: ConversationKey, fence: Fence): Promise<Forgetting>;
}

/** An order to forget a space. */
export interface Forgetting {
  /** Throws unless the order still counts: no turn has begun since, in any conversation of the space. */
  guard(): Promise<void>;
  /** Removes everything but the fences, and says how much there was. Throws what `guard` throws; can be repeated. */
  empty(): Promise<{ readonly transcripts: number; readonly files: number }>;
}
