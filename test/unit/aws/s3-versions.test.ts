/** The AWS SDK's own S3 client against the stand-in of a versioned bucket. */
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUCKET, CREDENTIALS, DATA_ROLE_ARN, REGION, type Stand, startStand } from "./local-aws.ts";

let stand: Stand;
let s3: S3Client;
beforeAll(async () => {
  stand = await startStand({ bucketVersions: true });
  s3 = clientOf(stand);
});
afterAll(async () => {
  s3.destroy();
  await stand[Symbol.asyncDispose]();
});

function clientOf({ aws }: Stand, credentials: typeof CREDENTIALS & { sessionToken?: string } = CREDENTIALS): S3Client {
  return new S3Client({ endpoint: aws.url, region: REGION, credentials, forcePathStyle: true, maxAttempts: 1 });
}

const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
const remove = (Key: string, VersionId?: string) =>
  s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key, VersionId }));
const get = (Key: string, VersionId?: string) => s3.send(new GetObjectCommand({ Bucket: BUCKET, Key, VersionId }));
const text = async (Key: string, VersionId?: string) => (await get(Key, VersionId)).Body?.transformToString();
const versions = (more: Partial<ListObjectVersionsCommandInput>, client = s3) =>
  client.send(new ListObjectVersionsCommand({ Bucket: BUCKET, ...more }));

describe("a versioned bucket", () => {
  it("keeps what was overwritten, and gives each version by its id", async () => {
    const [first, second] = [await put("over/a", "one"), await put("over/a", "two")];
    expect(first.VersionId).not.toBe(second.VersionId);
    expect(await get("over/a")).toMatchObject({ VersionId: second.VersionId });
    expect([
      await text("over/a"),
      await text("over/a", first.VersionId),
      await text("over/a", second.VersionId),
    ]).toEqual(["two", "one", "two"]);
    const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "over/a", VersionId: first.VersionId }));
    expect(head).toMatchObject({ ContentLength: 3, VersionId: first.VersionId, ETag: first.ETag });
  });

  it("answers a deletion with a marker, under which the content is still there", async () => {
    const { VersionId } = await put("gone/a", "kept");
    const marker = await remove("gone/a");
    expect(marker).toMatchObject({ DeleteMarker: true });
    await expect(get("gone/a")).rejects.toMatchObject({ name: "NoSuchKey" });
    expect(await text("gone/a", VersionId)).toBe("kept");
    await expect(get("gone/a", marker.VersionId)).rejects.toMatchObject({ $metadata: { httpStatusCode: 405 } });
    expect((await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: "gone/" }))).KeyCount).toBe(0);
    expect(await versions({ Prefix: "gone/" })).toMatchObject({
      Versions: [{ Key: "gone/a", VersionId, IsLatest: false, Size: 4 }],
      DeleteMarkers: [{ Key: "gone/a", VersionId: marker.VersionId, IsLatest: true }],
    });
  });

  it("makes a marker also of what was never there", async () => {
    await remove("never/was");
    expect(await versions({ Prefix: "never/" })).toMatchObject({
      DeleteMarkers: [{ Key: "never/was", IsLatest: true }],
    });
  });

  it("has again what was there before, when the newest version or the marker is removed", async () => {
    await put("back/a", "one");
    const second = await put("back/a", "two");
    await remove("back/a", second.VersionId);
    expect(await text("back/a")).toBe("one");
    const marker = await remove("back/a");
    expect(await remove("back/a", marker.VersionId)).toMatchObject({ DeleteMarker: true });
    expect(await text("back/a")).toBe("one");
    expect((await versions({ Prefix: "back/" })).Versions).toHaveLength(1);
  });

  it("lists the versions of a key newest first, page by page, each once", async () => {
    for (const body of ["1", "2", "3"]) for (const key of ["page/b", "page/a & <b>", "page/c"]) await put(key, body);
    await remove("page/b");
    const seen: string[] = [];
    for (let KeyMarker: string | undefined, VersionIdMarker: string | undefined; ;) {
      const page = await versions({ Prefix: "page/", MaxKeys: 1, KeyMarker, VersionIdMarker });
      const [entry] = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
      seen.push(`${entry?.Key} ${page.DeleteMarkers ? "marker" : await text(entry?.Key ?? "", entry?.VersionId)}`);
      if (page.IsTruncated !== true) break;
      ({ NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page);
    }
    const a = ["3", "2", "1"].map((body) => `page/a & <b> ${body}`);
    expect(seen).toEqual([
      ...a,
      "page/b marker",
      "page/b 3",
      "page/b 2",
      "page/b 1",
      "page/c 3",
      "page/c 2",
      "page/c 1",
    ]);
  });

  it("is empty once everything that it lists is removed in one order", async () => {
    for (const body of ["1", "2"]) await put("all/x y", body);
    await remove("all/x y");
    await put("all/z", "1");
    const { Versions = [], DeleteMarkers = [] } = await versions({ Prefix: "all/" });
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    expect(Objects).toHaveLength(4);
    const answer = await s3.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects } }));
    expect(answer.Errors).toBeUndefined();
    const removed = new Set(answer.Deleted?.map(({ VersionId }) => VersionId));
    expect(removed).toEqual(new Set(Objects.map(({ VersionId }) => VersionId)));
    expect((await versions({ Prefix: "all/" })).Versions).toBeUndefined();
  });

  it("takes an order without versions for markers, and says which", async () => {
    await put("order/a", "1");
    const order = { Objects: [{ Key: "order/a" }] };
    const { Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: order }));
    const { DeleteMarkers } = await versions({ Prefix: "order/" });
    expect(Deleted).toEqual([
      { Key: "order/a", DeleteMarker: true, DeleteMarkerVersionId: DeleteMarkers?.[0]?.VersionId },
    ]);
  });

  it("refuses what is no version id, and does not find one that no object has", async () => {
    const { VersionId = "" } = await put("id/a", "1");
    await expect(get("id/a", "../../x")).rejects.toMatchObject({ name: "InvalidArgument" });
    await remove("id/a", VersionId);
    await expect(get("id/a", VersionId)).rejects.toMatchObject({ name: "NoSuchVersion" });
    await remove("id/a", VersionId);
  });

  it("conditions look at what is there now, and a marker is nothing", async () => {
    await put("once/a", "1");
    await remove("once/a");
    const once = () => s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: "once/a", Body: "2", IfNoneMatch: "*" }));
    await once();
    await expect(once()).rejects.toMatchObject({ name: "PreconditionFailed" });
  });
});

describe("a bucket without versions", () => {
  it("lists each object as its one version, called null, and removes it by that name", async () => {
    await using plain = await startStand();
    const client = clientOf(plain);
    for (const Body of ["1", "2"]) await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "a", Body }));
    const { Versions } = await versions({}, client);
    expect(Versions).toMatchObject([{ Key: "a", VersionId: "null", IsLatest: true }]);
    await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: "a", VersionId: "null" }));
    expect((await versions({}, client)).Versions).toBeUndefined();
    client.destroy();
  });

  it("that becomes a versioned one keeps its objects as their oldest version", async () => {
    await using plain = await startStand();
    const client = clientOf(plain);
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: "a", Body: "old" }));
    await using versioned = await startStand({ stateDir: plain.stateDir, bucketVersions: true });
    const later = clientOf(versioned);
    await later.send(new PutObjectCommand({ Bucket: BUCKET, Key: "a", Body: "newer" }));
    expect((await versions({}, later)).Versions).toMatchObject([{ Size: 5 }, { Size: 3, VersionId: "null" }]);
    client.destroy();
    later.destroy();
  });
});

describe("the data role", () => {
  async function clientFor(space: string): Promise<S3Client> {
    const sts = new STSClient({ endpoint: stand.aws.url, region: REGION, credentials: CREDENTIALS });
    const tags = { agent: "main", space };
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: DATA_ROLE_ARN,
        RoleSessionName: "test",
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
    sts.destroy();
    return clientOf(stand, {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    });
  }

  it("lists, reads and removes the versions of its own space, and of no other", async () => {
    const { VersionId } = await put("main/ada/a", "1");
    const [ada, bob] = [await clientFor("ada"), await clientFor("bob")];
    const target = { Bucket: BUCKET, Key: "main/ada/a", VersionId };
    const denied = { name: "AccessDenied" };
    await expect(versions({ Prefix: "main/ada/" }, bob)).rejects.toMatchObject(denied);
    await expect(versions({ Prefix: "main/" }, ada)).rejects.toMatchObject(denied);
    await expect(bob.send(new GetObjectCommand(target))).rejects.toMatchObject(denied);
    await expect(bob.send(new DeleteObjectCommand(target))).rejects.toMatchObject(denied);
    const Delete = { Objects: [{ Key: target.Key, VersionId }] };
    const order = await bob.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete }));
    expect(order.Errors).toMatchObject([{ Key: target.Key, VersionId, Code: "AccessDenied" }]);
    expect((await versions({ Prefix: "main/ada/" }, ada)).Versions).toHaveLength(1);
    await ada.send(new DeleteObjectCommand(target));
    expect((await versions({ Prefix: "main/ada/" }, ada)).Versions).toBeUndefined();
    ada.destroy();
    bob.destroy();
  });

  it("neither lists nor removes versions of what all spaces share, also for the owner", async () => {
    const { VersionId } = await put("main/shared/a", "1");
    const owner = await clientFor("owner");
    await expect(versions({ Prefix: "main/shared/" }, owner)).rejects.toMatchObject({ name: "AccessDenied" });
    const target = { Bucket: BUCKET, Key: "main/shared/a" };
    await expect(owner.send(new DeleteObjectCommand({ ...target, VersionId }))).rejects.toMatchObject({
      name: "AccessDenied",
    });
    await owner.send(new DeleteObjectCommand(target));
    owner.destroy();
  });
});
