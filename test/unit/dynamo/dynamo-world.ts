/** Stores of a test's own: an agent that nobody else has, in the table that all tests share, with an S3 in memory. */
import { randomBytes } from "node:crypto";
import { BACKGROUND_CONTEXT, type Session, StorageBackedSession } from "@earendil-works/pi-agent-core";
import { inject } from "vitest";
import { createDynamoStore } from "../../../agent-container/src/stores/dynamo/dynamo-store.ts";
import type { TableOptions } from "../../../agent-container/src/stores/dynamo/table.ts";
import type { SpaceStore, Transcript, Writer } from "../../../agent-container/src/stores/space-store.ts";
import type { Grants } from "../../../protocol/invocation.ts";
import { type ConversationKey, isConversationKey } from "../../../protocol/session-key.ts";
import { isSpaceId, type SpaceId } from "../../../protocol/space.ts";
import { askDynamoDb, TEST_CREDENTIALS } from "../../emulators/dynamodb/table.ts";
import { type MemoryS3, startMemoryS3 } from "../workspace/memory-s3.ts";

/** False on a machine without Java; the setup of the project has said so. */
export const HAS_DYNAMODB = inject("dynamoDb") !== null;

type StoreOptions = TableOptions & { readonly space?: string; readonly endpoint?: string };

export type DynamoWorld = {
  readonly agent: string;
  readonly endpoint: string;
  readonly table: string;
  readonly s3: MemoryS3;
  grants(endpoint?: string): Pick<Grants, "blobs"> & { readonly store: NonNullable<Grants["store"]> };
  /** A store as a process of its own has it: it knows only what is stored. */
  store(options?: StoreOptions): SpaceStore;
  conversation(rest?: string): ConversationKey;
  /** Every item of a space, or of what its agent shares. */
  items(partition?: string): Promise<readonly Record<string, unknown>[]>;
  /** Puts an item of the owner's space there, as some other release would. */
  put(attributes: Readonly<Record<string, string | number>>): Promise<void>;
  stop(): Promise<void>;
};

export async function createDynamoWorld(): Promise<DynamoWorld> {
  const provided = inject("dynamoDb");
  if (provided === null) throw new Error("no DynamoDB Local");
  const { endpoint, table } = provided;
  const s3 = await startMemoryS3();
  const agent = `t${randomBytes(8).toString("hex")}`;
  const grants = (at = endpoint) => ({
    blobs: { ...s3.grant, credentials: TEST_CREDENTIALS },
    store: { endpoint: at, region: "us-east-1", table },
  });
  return {
    agent,
    endpoint,
    table,
    s3,
    grants,
    store: ({ space = "owner", endpoint: at, ...options } = {}) =>
      createDynamoStore({ agent, space: spaceId(space) }, () => grants(at), options),
    conversation: (rest = "main") => conversationKey(`agent:${agent}:${rest}`),
    items: async (partition = `${agent}/owner`) => {
      const found: Record<string, unknown>[] = [];
      let ExclusiveStartKey: unknown;
      do {
        const page = await askDynamoDb(endpoint, "Query", {
          TableName: table,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": { S: partition } },
          ConsistentRead: true,
          ...(ExclusiveStartKey !== undefined && { ExclusiveStartKey }),
        });
        const { Items, LastEvaluatedKey } = page;
        if (Array.isArray(Items)) found.push(...Items);
        ExclusiveStartKey = LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
      return found;
    },
    put: async (attributes) => {
      const all = { pk: `${agent}/owner`, ...attributes };
      const Item = Object.fromEntries(
        Object.entries(all).map(([name, is]) => [name, typeof is === "number" ? { N: String(is) } : { S: is }]),
      );
      await askDynamoDb(endpoint, "PutItem", { TableName: table, Item });
    },
    stop: () => s3.stop(),
  };
}

/** Waits for nothing between tries. */
export const AT_ONCE: TableOptions = { pause: () => Promise.resolve() };

export async function openSession(
  store: SpaceStore,
  transcript: Transcript,
  writer: Omit<Writer, "conversation">,
): Promise<Session> {
  const { metadata, storage } = await store.openTranscript(transcript, {
    conversation: transcript.conversation,
    ...writer,
  });
  return new StorageBackedSession(metadata, storage);
}

export { BACKGROUND_CONTEXT };

function conversationKey(text: string): ConversationKey {
  if (!isConversationKey(text)) throw new Error(`not a conversation: ${text}`);
  return text;
}

function spaceId(text: string): SpaceId {
  if (!isSpaceId(text)) throw new Error(`not a space: ${text}`);
  return text;
}
