/** The keys of the table. The partition is the space, so that a policy can hold a session of the data role to it. Pure. */
import type { ConversationKey } from "../../../../protocol/session-key.ts";
import { type SpaceId, spaceFolder } from "../../../../protocol/space.ts";
import type { Transcript } from "../space-store.ts";
import type { Key } from "./item.ts";

/** Digits of a sequence number in a key, so that keys are in the order of the numbers. */
const SEQ_DIGITS = 16;

/** Version of the items; a higher one is refused. `docs/storage-schema.md` has what each holds. */
export const ITEM_VERSION = 1;

/** What `CreateTable` has to make. */
export const TABLE_SCHEMA = {
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
  ],
  BillingMode: "PAY_PER_REQUEST",
} as const;

/** Which attribute tells DynamoDB when an item may be removed: seconds since 1970. */
export const TABLE_TTL_ATTRIBUTE = "expires_at";

/** Session tags `agent` and `space` of the data role are exactly the two halves. */
export function spacePartition(agent: string, space: SpaceId): string {
  return `${agent}/${spaceFolder(space)}`;
}

/** Of the tree that all spaces of the agent read. No space has this name. */
export function sharedPartition(agent: string): string {
  return `${agent}/shared`;
}

export const FENCE_PREFIX = "fence/";
export const TRANSCRIPT_PREFIX = "transcript/";
export const HEAD_PREFIX = "head/";

export function fenceKey(partition: string, conversation: ConversationKey): Key {
  return { partition, sort: `${FENCE_PREFIX}${conversation}` };
}

/** How the keys of all transcripts of a conversation begin, whatever their epoch. */
export function conversationPrefixes(conversation: ConversationKey): readonly string[] {
  return [`t/${conversation}#`, `${TRANSCRIPT_PREFIX}${conversation}#`];
}

/** The keys of one transcript. Conversation keys hold neither `#` nor `/`, so no two transcripts share a key. */
export class TranscriptKeys {
  readonly head: Key;
  readonly #partition: string;
  readonly #prefix: string;

  constructor(partition: string, { conversation, epoch }: Transcript) {
    const name = `${conversation}#${String(epoch)}`;
    this.#partition = partition;
    this.#prefix = `t/${name}/`;
    this.head = { partition, sort: `${TRANSCRIPT_PREFIX}${name}` };
  }

  entry(seq: number): Key {
    return this.#key(`entry/${seqText(seq)}`);
  }

  usageRow(seq: number): Key {
    return this.#key(`usage/${seqText(seq)}`);
  }

  /** Where an id of an entry or a usage row is. */
  id(id: string): Key {
    return this.#key(`id/${id}`);
  }

  /** Also the beginning of the keys of all values whose key begins so. */
  value({ namespace, key }: Address): Key {
    return this.#key(`value/${encodeURIComponent(namespace)}/${key}`);
  }

  /** The beginning of the keys of a list's items. */
  list({ namespace, key }: Address): Key {
    return this.#key(`list/${encodeURIComponent(namespace)}/${encodeURIComponent(key)}/`);
  }

  listItem(address: Address, lastSeq: number): Key {
    const { partition, sort } = this.list(address);
    return { partition, sort: `${sort}${seqText(lastSeq)}` };
  }

  isListItem({ sort }: Key): boolean {
    return sort.startsWith(`${this.#prefix}list/`);
  }

  #key(name: string): Key {
    return { partition: this.#partition, sort: `${this.#prefix}${name}` };
  }
}

type Address = { readonly namespace: string; readonly key: string };

function seqText(seq: number): string {
  return String(seq).padStart(SEQ_DIGITS, "0");
}

/** The name of a tree's head, or of a branch of it. */
export function headKey(partition: string, name: string): Key {
  return { partition, sort: `${HEAD_PREFIX}${name}` };
}

export function manifestKey(partition: string, id: string): Key {
  return { partition, sort: `manifest/${id}` };
}

/** What a turn of the space has made of the shared tree and not landed: kept where the space may write. */
export function ownSharedManifestKey(partition: string, id: string): Key {
  return { partition, sort: `shared-manifest/${id}` };
}

export function moveKey(partition: string, turnId: string, mineId: string): Key {
  return { partition, sort: `move/${turnId}/${mineId}` };
}

export function checkpointKey(partition: string, id: string): Key {
  return { partition, sort: `checkpoint/${id}` };
}
