import { createStorageConformance } from "@earendil-works/pi-agent-core/harness/session/testing";
import { afterAll, beforeAll, describe, it } from "vitest";
import { createDynamoWorld, type DynamoWorld, HAS_DYNAMODB } from "./dynamo-world.ts";

describe.skipIf(!HAS_DYNAMODB)("pi's own conformance suite, on the table", () => {
  let world: DynamoWorld;
  let opened = 0;
  beforeAll(async () => {
    world = await createDynamoWorld();
  });
  afterAll(() => world.stop());

  const cases = createStorageConformance(async () => {
    opened += 1;
    const conversation = world.conversation();
    const store = world.store();
    const { storage } = await store.openTranscript({ conversation, epoch: opened }, { conversation, fence: () => 1 });
    return { storage, [Symbol.asyncDispose]: () => Promise.resolve() };
  });
  it.each(cases.map((testCase) => [`${testCase.group}: ${testCase.name}`, testCase] as const))(
    "%s",
    async (_, testCase) => {
      await testCase.run();
    },
  );
});
