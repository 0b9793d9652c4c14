import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type AttachmentStore,
  createAttachmentStore,
} from "../../../agent-container/src/workspace/attachment-store.ts";
import { INBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { type MemoryS3, startMemoryS3 } from "./memory-s3.ts";
import { spaceId } from "./world.ts";

const FOLDER = "/claw/main/person_3atelegram-42/attachments";
const patient = new AbortController().signal;

let s3: MemoryS3;
let attachments: AttachmentStore;

beforeEach(async () => {
  s3 = await startMemoryS3();
  attachments = createAttachmentStore(() => s3.grant, { agent: "main", space: spaceId("person:telegram-42") });
});
afterEach(() => s3.stop());

describe("an attachment", () => {
  it("is read by its name from the space, whatever its content", async () => {
    s3.objects.set(`${FOLDER}/AgAD_-.x`, Buffer.from("any bytes"));
    expect(Buffer.from(await attachments.read("AgAD_-.x", patient)).toString()).toBe("any bytes");
    expect(attachments.addressOf("AgAD_-.x")).toBe(`${s3.grant.endpoint}${FOLDER}/AgAD_-.x`);
  });

  it("may be as large as one can be, and not larger", async () => {
    s3.objects.set(`${FOLDER}/large`, Buffer.alloc(INBOUND_BOUNDS.attachmentMaxBytes));
    expect((await attachments.read("large", patient)).byteLength).toBe(INBOUND_BOUNDS.attachmentMaxBytes);
    s3.objects.set(`${FOLDER}/larger`, Buffer.alloc(INBOUND_BOUNDS.attachmentMaxBytes + 1));
    await expect(attachments.read("larger", patient)).rejects.toMatchObject({ code: "storage_unavailable" });
  });

  it("is tried again when the store has a moment, but not for who does not wait", async () => {
    s3.objects.set(`${FOLDER}/a`, Buffer.from("x"));
    s3.failures.push(503, 0);
    await attachments.read("a", patient);
    expect(s3.requests).toHaveLength(3);
    await expect(attachments.read("a", AbortSignal.abort())).rejects.toMatchObject({ code: "storage_unavailable" });
    expect(s3.requests).toHaveLength(3);
  });

  it.each([".", ".."])("cannot be called %s, which is a folder in an address", async (name) => {
    await expect(attachments.read(name, patient)).rejects.toThrow("without a name");
    expect(s3.requests).toEqual([]);
  });
});
