/** The AWS SDK's own S3 client against the S3 stand-in. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { AwsClient } from "aws4fetch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUCKET, CREDENTIALS, REGION, type Stand, startStand } from "./local-aws.ts";

let stand: Stand;
let s3: S3Client;

function clientOf({ aws }: Stand): S3Client {
  const retry = { maxAttempts: 1 };
  return new S3Client({ endpoint: aws.url, region: REGION, credentials: CREDENTIALS, forcePathStyle: true, ...retry });
}

beforeAll(async () => {
  stand = await startStand();
  s3 = clientOf(stand);
});
afterAll(async () => {
  s3.destroy();
  await stand[Symbol.asyncDispose]();
});

const put = (Key: string, Body: string | Readable, more: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body, ...more }));
const get = (Key: string, more: object = {}) => s3.send(new GetObjectCommand({ Bucket: BUCKET, Key, ...more }));
const text = async (Key: string, more: object = {}) => (await get(Key, more)).Body?.transformToString();
const list = (more: object) => s3.send(new ListObjectsV2Command({ Bucket: BUCKET, ...more }));

/** Short names, and values that JSON makes longer; more would not fit into a request's headers. */
const MANY_SMALL = Object.fromEntries(
  Array.from({ length: 400 }, (_, at) => [at.toString(36).padStart(2, "0"), '"""']),
);

describe("objects", () => {
  it.each([
    "plain",
    "a b/(c)!*'é+&=/d",
    "A",
    "a",
    "../../escape",
    "./.hidden",
    "_5f",
    "folder/",
    "folder//x",
    "folder/_",
    "emoji-👋/%2F%",
  ])("keep what was put under %j", async (key) => {
    await put(key, `content of ${key}`, { ContentType: "text/x", Metadata: { note: "kept" } });
    const found = await get(key);
    expect(found).toMatchObject({ ContentType: "text/x", Metadata: { note: "kept" } });
    expect(await found.Body?.transformToString()).toBe(`content of ${key}`);
  });

  it("keep the content of a stream, without the framing it came in", async () => {
    await put("streamed", Readable.from([Buffer.from("hel"), Buffer.from("lo")]), { ContentLength: 5 });
    expect(await text("streamed")).toBe("hello");
  });

  it("are refused as often as was ordered, to the SDK in the words of S3", async () => {
    stand.aws.faults.inject({ operation: "s3_put", fault: { kind: "error", status: 503 } });
    await expect(put("struck", "content")).rejects.toMatchObject({
      name: "SlowDown",
      $metadata: { httpStatusCode: 503 },
    });
    await put("struck", "content");
    expect(await text("struck")).toBe("content");
  });

  it("tell their facts, give their parts, and go when deleted", async () => {
    const { ETag } = await put("facts", "0123456789");
    const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "facts" }));
    expect(head).toMatchObject({ ETag, ContentLength: 10 });
    expect(await text("facts", { Range: "bytes=2-4" })).toBe("234");
    expect(await text("facts", { Range: "bytes=-3" })).toBe("789");
    expect(await text("facts", { Range: "bytes=8-" })).toBe("89");
    await expect(get("facts", { Range: "bytes=10-" })).rejects.toMatchObject({ name: "InvalidRange" });
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: "facts" }));
    await expect(get("facts")).rejects.toMatchObject({ name: "NoSuchKey" });
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: "facts" }));
  });

  it("refuse a body that is not the one announced, another bucket, and a key that is too long", async () => {
    await expect(put("x", "a", { ContentMD5: "AAAAAAAAAAAAAAAAAAAAAA==" })).rejects.toMatchObject({
      name: "BadDigest",
    });
    await expect(put("x", "a", { Bucket: "other" })).rejects.toMatchObject({ name: "NoSuchBucket" });
    await expect(put("x".repeat(1_025), "a")).rejects.toMatchObject({ name: "KeyTooLongError" });
  });

  it.each([
    ["2 KB of metadata", { Metadata: { k: "m".repeat(2_047) } }],
    ["1 KB of content type", { ContentType: '"'.repeat(1_024) }],
    [
      "the most that is allowed, in the form that takes most room",
      { Metadata: MANY_SMALL, ContentType: '"'.repeat(1_024) },
    ],
  ])("take %s, and can then be read, listed and replaced", async (_, more) => {
    await put("told/at-most", "x", more);
    expect(await get("told/at-most")).toMatchObject(more);
    expect((await list({ Prefix: "told/" })).KeyCount).toBe(1);
    await put("told/at-most", "y", { IfMatch: (await get("told/at-most")).ETag });
  });

  it.each([
    ["more than 2 KB of metadata", { Metadata: { k: "m".repeat(2_048) } }],
    ["more than 2 KB of metadata in parts", { Metadata: { a: "m".repeat(1_500), b: "m".repeat(1_500) } }],
    ["more than 1 KB of content type", { ContentType: "x".repeat(1_025) }],
  ])("refuse %s, and keep what was there", async (_, more) => {
    await put("told/too-much", "before");
    await expect(put("told/too-much", "after", more)).rejects.toMatchObject({
      name: "MetadataTooLarge",
      $metadata: { httpStatusCode: 400 },
    });
    expect(await text("told/too-much")).toBe("before");
    expect((await list({ Prefix: "told/too-much" })).KeyCount).toBe(1);
  });

  it("outlive the stand-in", async () => {
    await put("kept", "still here");
    const again = await startStand({ stateDir: stand.stateDir });
    const reader = clientOf(again);
    const found = await reader.send(new GetObjectCommand({ Bucket: BUCKET, Key: "kept" }));
    expect(await found.Body?.transformToString()).toBe("still here");
    reader.destroy();
    await again.aws.stop();
  });
});

describe("conditions", () => {
  it("let only the first of many create an object", async () => {
    const tries = Array.from({ length: 8 }, (_, index) => put("once", `${index}`, { IfNoneMatch: "*" }));
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const lost = outcomes.find((outcome) => outcome.status === "rejected");
    expect(lost?.reason).toMatchObject({ name: "PreconditionFailed", $metadata: { httpStatusCode: 412 } });
  });

  it("let only the first of many replace what all have read", async () => {
    const { ETag } = await put("head", "base");
    const tries = Array.from({ length: 8 }, (_, index) => put("head", `${index}`, { IfMatch: ETag }));
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(put("absent", "x", { IfMatch: ETag })).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  it("spare a read of what is known", async () => {
    const { ETag } = await put("known", "x");
    await expect(get("known", { IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    await expect(get("known", { IfMatch: '"other"' })).rejects.toMatchObject({ name: "PreconditionFailed" });
  });
});

describe("ListObjectsV2", () => {
  it("lists by prefix in byte order, page by page, each key once", async () => {
    const keys = ["list/a", "list/a.b", "list/B", "list/z/1", "list/z/2", "list/é"];
    for (const key of keys) await put(key, "x");
    const seen: (string | undefined)[] = [];
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const page = await list({ Prefix: "list/", MaxKeys: 2, ContinuationToken: token });
      seen.push(...(page.Contents ?? []).map(({ Key }) => Key));
      token = page.NextContinuationToken;
    }
    expect(seen).toEqual(["list/B", "list/a", "list/a.b", "list/z/1", "list/z/2", "list/é"]);
  });

  it("groups by delimiter and matches a prefix within a name", async () => {
    const page = await list({ Prefix: "list/", Delimiter: "/" });
    expect(page.CommonPrefixes).toEqual([{ Prefix: "list/z/" }]);
    expect(page.KeyCount).toBe(5);
    expect((await list({ Prefix: "list/z/2" })).Contents).toMatchObject([{ Key: "list/z/2", Size: 1 }]);
    expect((await list({ Prefix: "nothing/" })).KeyCount).toBe(0);
  });
});

describe("DeleteObjects", () => {
  const order = (keys: readonly string[], more: object = {}) =>
    s3.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects: keys.map((Key) => ({ Key })), ...more } }));
  const raw = async (body: string, headers: Readonly<Record<string, string>> = {}) => {
    const client = new AwsClient({ ...CREDENTIALS, service: "s3", region: REGION, retries: 0 });
    const answer = await client.fetch(`${stand.aws.url}/${BUCKET}?delete`, { method: "POST", body, headers });
    return `${answer.status} ${/<Code>(?<code>\w+)</.exec(await answer.text())?.groups?.["code"] ?? "ok"}`;
  };
  const md5 = (body: string) => ({ "content-md5": createHash("md5").update(body).digest("base64") });

  it("removes what is named, whatever it is called, and takes what is not there for removed", async () => {
    const keys = ["many/a & b/<é>'\".md", "many/%2F%", "many/plain"];
    for (const key of keys) await put(key, "x");
    await put("many/left", "x");
    const answer = await order([...keys, "many/never-was", `many/${"x".repeat(300)}`]);
    expect(answer.Deleted?.map(({ Key }) => Key)?.slice(0, 4)).toEqual([...keys, "many/never-was"]);
    expect(answer.Errors).toBeUndefined();
    expect((await list({ Prefix: "many/" })).Contents).toMatchObject([{ Key: "many/left" }]);
  });

  it("says nothing of what it removed when it is asked to be quiet", async () => {
    await put("many/again", "x");
    expect((await order(["many/again"], { Quiet: true })).Deleted).toBeUndefined();
    await expect(get("many/again")).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  it("refuses an order without a checksum, with a wrong one, that is no order, or that is too long", async () => {
    const one = "<Delete><Object><Key>many/left</Key></Object></Delete>";
    const many = `<Delete>${"<Object><Key>a</Key></Object>".repeat(1_001)}</Delete>`;
    expect(await raw(one)).toBe("400 InvalidRequest");
    expect(await raw(one, md5("other"))).toBe("400 BadDigest");
    for (const body of ["", "<Delete></Delete>", "<Delete><Object></Object></Delete>", `${one}x`, many]) {
      expect(await raw(body, md5(body))).toBe("400 MalformedXML");
    }
    const conditional = one.replace("</Key>", "</Key><ETag>1</ETag>");
    expect(await raw(conditional, md5(conditional))).toBe("501 NotImplemented");
    expect(await text("many/left")).toBe("x");
    expect(await raw(one, md5(one))).toBe("200 ok");
    await expect(get("many/left")).rejects.toMatchObject({ name: "NoSuchKey" });
  });
});

describe("presigned URLs", () => {
  async function presign(key: string, method: string, expires = 60): Promise<string> {
    const client = new AwsClient({ ...CREDENTIALS, service: "s3", region: REGION });
    const url = `${stand.aws.url}/${BUCKET}/${key}?X-Amz-Expires=${expires}`;
    return (await client.sign(url, { method, aws: { signQuery: true } })).url;
  }

  it("put and get without any header", async () => {
    const stored = await fetch(await presign("by-url", "PUT"), { method: "PUT", body: "through a URL" });
    expect([stored.status, await stored.text()]).toEqual([200, ""]);
    const found = await fetch(await presign("by-url", "GET"));
    expect(await found.text()).toBe("through a URL");
  });

  it("are good for nothing else", async () => {
    const url = await presign("by-url", "GET");
    const changed = [url.replace("by-url", "other"), url.replace("Expires=60", "Expires=600"), `${url}&x-id=1`];
    for (const each of changed) expect((await fetch(each)).status).toBe(403);
    const refused = await fetch(url, { method: "PUT", body: "x" });
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining("SignatureDoesNotMatch")]);
  });
});
