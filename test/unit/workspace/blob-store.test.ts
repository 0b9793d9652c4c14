import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BlobStore, createBlobStore } from "../../../agent-container/src/workspace/blob-store.ts";
import { entryOf } from "../../../agent-container/src/workspace/manifest.ts";
import { type MemoryS3, startMemoryS3 } from "./memory-s3.ts";
import { spaceId } from "./world.ts";

let s3: MemoryS3;
let blobs: BlobStore;
const content = new TextEncoder().encode("hello");
const entry = entryOf(content);

beforeEach(async () => {
  s3 = await startMemoryS3();
  blobs = createBlobStore(() => s3.grant, { agent: "main", space: spaceId("person:telegram-42") });
});
afterEach(() => s3.stop());

async function failure(work: Promise<unknown>): Promise<{ code: string; text: string }> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error && "code" in error)) throw new Error("did not fail");
  const text = `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
  return { code: String(error.code), text };
}

describe("a blob", () => {
  it("is kept under its space and its hash, and read back", async () => {
    await blobs.put("space", entry, content);
    await blobs.put("shared", entry, content);
    expect([...s3.objects.keys()]).toEqual([
      `/claw/main/person_3atelegram-42/blobs/${entry.hash}`,
      `/claw/main/shared/blobs/${entry.hash}`,
    ]);
    expect(await blobs.get("space", entry)).toEqual(content);
  });

  it("is sent once", async () => {
    await blobs.put("space", entry, content);
    await blobs.put("space", entry, content);
    expect(s3.requests).toHaveLength(1);
  });

  it("is refused when its content is not what its hash says", async () => {
    await blobs.put("space", entry, content);
    const [key = ""] = s3.objects.keys();
    s3.objects.set(key, Buffer.from("hullo"));
    await expect(blobs.get("space", entry)).rejects.toMatchObject({ code: "storage_unavailable" });
  });

  it("is tried again after a cut connection and a 503, at most three times", async () => {
    s3.failures.push(0, 503);
    await blobs.put("space", entry, content);
    expect(s3.requests).toHaveLength(3);
    s3.failures.push(503, 503, 503);
    expect((await failure(blobs.get("space", entry))).code).toBe("storage_unavailable");
    expect(s3.requests).toHaveLength(6);
  });

  it("is reached with the credentials that the turn has by then", async () => {
    let grant = s3.grant;
    const resumed = createBlobStore(() => grant, { agent: "main", space: spaceId("person:telegram-42") });
    await resumed.put("space", entry, content);
    grant = { ...grant, credentials: { ...grant.credentials, accessKeyId: "NEWERKEY" } };
    await resumed.get("space", entry);
    expect(s3.keyIds.slice(-2)).toEqual([s3.grant.credentials.accessKeyId, "NEWERKEY"]);
  });

  it("is not asked for again when the store says no", async () => {
    s3.failures.push(403);
    await failure(blobs.put("space", entry, content));
    await failure(blobs.get("space", entry));
    expect(s3.requests).toHaveLength(2);
  });

  it("fails without a word of the credentials", async () => {
    s3.failures.push(403);
    const refused = await failure(blobs.put("space", entry, content));
    await s3.stop();
    const unreachable = await failure(blobs.get("space", entry));
    for (const { text } of [refused, unreachable]) expect(text).not.toMatch(/very-secret|AKIDTEST/);
    expect(refused.text).toContain("403");
  });
});
