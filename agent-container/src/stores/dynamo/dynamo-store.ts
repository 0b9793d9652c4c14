/** The store of a space in a table of DynamoDB: what is kept where no disk outlives the microVM. */
import { StorageError } from "../../../../protocol/errors.ts";
import type { Grants } from "../../../../protocol/invocation.ts";
import type { SpaceId } from "../../../../protocol/space.ts";
import { createBlobStore } from "../../workspace/blob-store.ts";
import type { SpaceStore, Transcript, Writer } from "../space-store.ts";
import { writeFenced } from "./fenced-write.ts";
import { raiseFence, storedFence } from "./fences.ts";
import { beginForgetting } from "./forgetting.ts";
import { removeConversation } from "./remove-conversation.ts";
import type { Item } from "./item.ts";
import { sharedPartition, spacePartition, TranscriptKeys } from "./keys.ts";
import { LargeTexts } from "./large-texts.ts";
import { DynamoManifestStore } from "./manifests.ts";
import { Table, type TableOptions } from "./table.ts";
import { createHead, emptyHead, readHead } from "./transcript-head.ts";
import { TranscriptReader } from "./transcript-reader.ts";
import { TranscriptStorage } from "./transcript-storage.ts";
import { TranscriptWriter } from "./transcript-writer.ts";

export type DynamoOwner = { readonly agent: string; readonly space: SpaceId };

/** What leads to the table and to the blobs of the space; asked for at each use. */
export type DynamoGrants = () => Pick<Grants, "blobs" | "store"> | undefined;

/** `storageVersion` of a transcript, as pi has it: that of the items. */
const STORAGE_VERSION = 1;

/** Opens nothing: the table is first asked when a method is called. */
export function createDynamoStore(
  { agent, space }: DynamoOwner,
  grants: DynamoGrants,
  options: TableOptions = {},
): SpaceStore {
  const table = new Table(() => {
    const { blobs, store } = granted(grants);
    return { ...store, credentials: blobs.credentials };
  }, options);
  const blobs = createBlobStore(() => granted(grants).blobs, { agent, space });
  const texts = new LargeTexts(blobs, "space");
  const partition = spacePartition(agent, space);
  const headKeyOf = (transcript: Transcript) => new TranscriptKeys(partition, transcript).head;
  return {
    agent,
    raiseFence: (conversation, fence) => raiseFence(table, { partition, conversation }, fence),
    storedFence: (conversation) => storedFence(table, { partition, conversation }),
    hasTranscript: async (transcript) => (await table.get(headKeyOf(transcript))) !== undefined,
    openTranscript: async (transcript, writer) => {
      const keys = new TranscriptKeys(partition, transcript);
      const reader = new TranscriptReader(table, keys, texts);
      const stored = (await table.get(keys.head)) ?? (await makeHead(table, { partition, keys, writer }));
      const head = readHead(stored);
      const transcriptWriter = new TranscriptWriter({ table, keys, partition, writer, texts, reader }, head);
      const { nextSeq } = head.plan === null ? head : await transcriptWriter.readHead();
      const id = `${transcript.conversation}#${String(transcript.epoch)}`;
      return {
        metadata: { id, createdAt: head.createdAt, storageVersion: STORAGE_VERSION },
        storage: new TranscriptStorage(reader, transcriptWriter),
        nextSeq,
      };
    },
    removeConversation: (conversation) => removeConversation(table, { partition, conversation }),
    openManifests: async (writer, now) => {
      const partitions = { space: partition, shared: sharedPartition(agent) };
      const textsOf = { space: texts, shared: new LargeTexts(blobs, "shared") };
      return new DynamoManifestStore({ table, partitions, textsOf, writer, now });
    },
    outrunAll: (conversation, fence) => beginForgetting({ table, partition, conversation, texts }, fence),
  };
}

/** Makes a transcript, unless somebody else just has. */
async function makeHead(
  table: Table,
  { partition, keys, writer }: { partition: string; keys: TranscriptKeys; writer: Writer },
): Promise<Item> {
  const ops = [createHead(keys.head, emptyHead(Date.now()))];
  await writeFenced(table, { partition, writer, ops, isStored: () => Promise.resolve(false) });
  const item = await table.get(keys.head);
  if (item === undefined) throw new StorageError("storage_unavailable", "a transcript was removed while it was made");
  return item;
}

function granted(grants: DynamoGrants) {
  const { blobs, store } = grants() ?? {};
  if (blobs !== undefined && store !== undefined) return { blobs, store };
  throw new StorageError("storage_unavailable", "the turn has brought no table");
}
