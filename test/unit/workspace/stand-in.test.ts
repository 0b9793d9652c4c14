/** The workspace on the laptop's own S3, with the credentials that the edge really hands over. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAttachmentStore } from "../../../agent-container/src/workspace/attachment-store.ts";
import { createBlobStore } from "../../../agent-container/src/workspace/blob-store.ts";
import { entryOf } from "../../../agent-container/src/workspace/manifest.ts";
import { createS3Client } from "../../../agent-container/src/workspace/s3-client.ts";
import { createDataCredentials } from "../../../worker/credentials/data-credentials.ts";
import { BUCKET, CREDENTIALS, DATA_ROLE_ARN, REGION, type Stand, startStand } from "../aws/local-aws.ts";
import { createWorld, spaceId, type World } from "./world.ts";

let stand: Stand;
let world: World;
beforeAll(async () => {
  stand = await startStand();
  const endpoints = { stsEndpoint: stand.aws.url, s3Endpoint: stand.aws.url };
  const role = { roleArn: DATA_ROLE_ARN, bucket: BUCKET, region: REGION, credentials: CREDENTIALS };
  const source = createDataCredentials({ ...endpoints, ...role });
  world = await createWorld(async (space) => (await source.forSpace("main", space, Date.now())).blobs);
});
afterAll(async () => {
  await world.stop();
  await stand[Symbol.asyncDispose]();
});

const GUEST = { space: "person:telegram-7", conversation: "agent:main:person:telegram-7" };

describe("on the stand-in's S3", () => {
  it("keeps a turn's files for the next process, and the shared tree for every space", async () => {
    const first = await world.open({ process: "one" });
    await first.write("memory/a b é.md", "note\n");
    await first.write("SOUL.md", "calm\n");
    expect(await first.checkpoint()).not.toBeNull();
    await first.commit();
    await first.close();
    const second = await world.open({ process: "two", turn: "turn-0002" });
    expect(await second.readText("memory/a b é.md")).toBe("note\n");
    await second.close();
    const guest = await world.open({ ...GUEST, process: "three" });
    expect(await guest.readText("SOUL.md")).toBe("calm\n");
    await guest.write("memory/guest.md", "hello\n");
    await guest.commit();
    await guest.close();
  });

  it("hands a turn the attachments of its own space, as the edge stored them, and no others", async () => {
    const owners = await world.grant(spaceId("owner"));
    const guests = await world.grant(spaceId(GUEST.space));
    const key = "main/owner/attachments/photo-1.jpg";
    const client = createS3Client(() => owners);
    const content = new TextEncoder().encode("a photo");
    const { hash } = entryOf(content);
    await client.send({ method: "PUT", url: client.urlOf(key), contentHash: hash, body: content });
    const { signal } = new AbortController();
    const attachments = createAttachmentStore(() => owners, { agent: "main", space: spaceId("owner") });
    expect(await attachments.read("photo-1.jpg", signal)).toEqual(content);
    await expect(attachments.read("photo-2.jpg", signal)).rejects.toThrow("404 to GET (NoSuchKey)");
    const stolen = createAttachmentStore(() => guests, { agent: "main", space: spaceId("owner") });
    await expect(stolen.read("photo-1.jpg", signal)).rejects.toThrow("403 to GET (AccessDenied)");
  });

  it("gives a guest's turn no way to the owner's contents or to change the shared ones", async () => {
    const secret = new TextEncoder().encode("secret");
    const entry = entryOf(secret);
    const [owners, guests] = [await world.grant(spaceId("owner")), await world.grant(spaceId(GUEST.space))];
    await createBlobStore(() => owners, { agent: "main", space: spaceId("owner") }).put("space", entry, secret);
    const stolen = createBlobStore(() => guests, { agent: "main", space: spaceId("owner") });
    await expect(stolen.get("space", entry)).rejects.toThrow("403 to GET (AccessDenied)");
    await expect(stolen.put("shared", entry, secret)).rejects.toThrow("403 to PUT (AccessDenied)");
  });
});
