import { StorageBackedSession } from "@earendil-works/pi-agent-core";
import {
  createSessionRepoMessageConformance,
  createStorageConformance,
} from "@earendil-works/pi-agent-core/harness/session/testing";
import { afterAll, beforeAll, describe, it } from "vitest";
import type { OpenTranscript } from "../../../agent-container/src/stores/space-store.ts";
import { createDynamoWorld, type DynamoWorld, HAS_DYNAMODB } from "./dynamo-world.ts";

describe.skipIf(!HAS_DYNAMODB)("pi's own conformance suites, on the table", () => {
  let world: DynamoWorld;
  let opened = 0;
  beforeAll(async () => {
    world = await createDynamoWorld();
  });
  afterAll(() => world.stop());

  function open(): Promise<OpenTranscript> {
    opened += 1;
    const conversation = world.conversation();
    return world.store().openTranscript({ conversation, epoch: opened }, { conversation, fence: () => 1 });
  }

  const storages = createStorageConformance(async () => {
    const { storage } = await open();
    return { storage, [Symbol.asyncDispose]: () => Promise.resolve() };
  });
  // Of the suites for repositories those that need nothing but a session: transcripts are opened, listed, and forgotten our way.
  const messages = createSessionRepoMessageConformance(async () => ({
    create: async () => {
      const { metadata, storage } = await open();
      return new StorageBackedSession(metadata, storage);
    },
  }));
  it.each([...storages, ...messages].map((testCase) => [`${testCase.group}: ${testCase.name}`, testCase] as const))(
    "%s",
    async (_, testCase) => {
      await testCase.run();
    },
  );
});
