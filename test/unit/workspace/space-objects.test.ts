import { type Dirent, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { DeleteObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createS3Client, type S3Grant } from "../../../agent-container/src/workspace/s3-client.ts";
import { sha256 } from "../../../agent-container/src/workspace/manifest.ts";
import { deleteObjects } from "../../../agent-container/src/workspace/space-objects.ts";
import { createDataCredentials } from "../../../worker/credentials/data-credentials.ts";
import { close, listen } from "../agent/loopback.ts";
import { BUCKET, CREDENTIALS, DATA_ROLE_ARN, REGION, type Stand, startStand } from "../aws/local-aws.ts";
import { spaceId } from "./world.ts";

const ADA = { agent: "main", space: spaceId("person:telegram-4") };
const BOB = { agent: "main", space: spaceId("person:telegram-42") };
const anything = async () => undefined;

let stand: Stand;
let grants: (space: typeof ADA.space) => Promise<S3Grant>;
beforeAll(async () => {
  stand = await startStand();
  grants = grantsIn(stand);
});
afterAll(() => stand[Symbol.asyncDispose]());

function grantsIn({ aws }: Stand): typeof grants {
  const endpoints = { stsEndpoint: aws.url, s3Endpoint: aws.url };
  const role = { roleArn: DATA_ROLE_ARN, bucket: BUCKET, region: REGION, credentials: CREDENTIALS };
  const source = createDataCredentials({ ...endpoints, ...role });
  return async (space) => (await source.forSpace("main", space, Date.now())).blobs;
}

async function put(grant: S3Grant, key: string, content = key): Promise<void> {
  const client = createS3Client(() => grant);
  const body = new TextEncoder().encode(content);
  await client.send({ method: "PUT", url: client.urlOf(key), contentHash: sha256(body), body });
}

describe("the objects of a space", () => {
  it("are removed over as many pages as there are, and those of a space with a similar name stay", async () => {
    const [ada, bob] = [await grants(ADA.space), await grants(BOB.space)];
    const keys = Array.from({ length: 1_030 }, (_, at) => `main/person_3atelegram-4/blobs/${String(at)}`);
    for (let at = 0; at < keys.length; at += 50) await Promise.all(keys.slice(at, at + 50).map((key) => put(ada, key)));
    await put(bob, "main/person_3atelegram-42/blobs/1");
    expect(await deleteObjects(() => ada, ADA, anything)).toBe(1_030);
    expect(await deleteObjects(() => ada, ADA, anything)).toBe(0);
    expect(await deleteObjects(() => bob, BOB, anything)).toBe(1);
  });

  it("are not those of another space: its keys neither list nor remove them", async () => {
    const [ada, bob] = [await grants(ADA.space), await grants(BOB.space)];
    await put(bob, "main/person_3atelegram-42/blobs/2");
    await expect(deleteObjects(() => ada, BOB, anything)).rejects.toThrow("403 to GET (AccessDenied)");
    expect(await deleteObjects(() => bob, BOB, anything)).toBe(1);
  });
});

describe("the objects of a space in a bucket that keeps versions", () => {
  /** Ada's: overwritten twice, overwritten and deleted, deleted once, and a name that stands escaped in XML. */
  async function fill(versioned: Stand): Promise<{ readonly ada: S3Grant; readonly bob: S3Grant }> {
    const [ada, bob] = [await grantsIn(versioned)(ADA.space), await grantsIn(versioned)(BOB.space)];
    const folder = "main/person_3atelegram-4";
    for (const content of ["one", "two", "three"]) await put(ada, `${folder}/blobs/a`, content);
    for (const content of ["one", "two"]) await put(ada, `${folder}/attachments/b`, content);
    for (const key of ["attachments/c", "attachments/d%20&%3Ce%3E"]) await put(ada, `${folder}/${key}`);
    await put(bob, "main/person_3atelegram-42/blobs/a");
    const s3 = new S3Client({ endpoint: ada.endpoint, region: REGION, credentials: CREDENTIALS, forcePathStyle: true });
    for (const name of ["b", "c", "never-there"]) {
      await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: `${folder}/attachments/${name}` }));
    }
    s3.destroy();
    return { ada, bob };
  }

  /** The files of the store that are the space's, by any version. */
  function left({ stateDir }: Stand): readonly string[] {
    const names: Dirent[] = readdirSync(join(stateDir, "s3"), { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    return files.filter((file) => file.includes("/person_5f3atelegram-4_/"));
  }

  it("go with all that was overwritten or deleted before, and each name is counted once", async () => {
    await using versioned = await startStand({ bucketVersions: true });
    const { ada, bob } = await fill(versioned);
    expect(left(versioned)).toHaveLength(10);
    expect(await deleteObjects(() => ada, ADA, anything)).toBe(4);
    expect(left(versioned)).toEqual([]);
    expect(await deleteObjects(() => ada, ADA, anything)).toBe(0);
    expect(await deleteObjects(() => bob, BOB, anything)).toBe(1);
  });

  it("go in the second try when the first broke off in the middle", async () => {
    await using versioned = await startStand({ bucketVersions: true });
    const { ada } = await fill(versioned);
    const keys = Array.from({ length: 500 }, (_, at) => `main/person_3atelegram-4/blobs/${String(at)}`);
    for (let at = 0; at < keys.length; at += 50) {
      await Promise.all(
        keys.slice(at, at + 50).map(async (key) => [await put(ada, key, "1"), await put(ada, key, "2")]),
      );
    }
    let orders = 0;
    const breakOff = async () => {
      orders += 1;
      if (orders > 1) throw new Error("killed");
    };
    await expect(deleteObjects(() => ada, ADA, breakOff)).rejects.toThrow("killed");
    expect(left(versioned)).toHaveLength(10);
    await deleteObjects(() => ada, ADA, anything);
    expect(left(versioned)).toEqual([]);
  });
});

describe("a store that does not do what it is told", () => {
  const page = (key: string) =>
    `<ListVersionsResult><Version><Key>${key}</Key><VersionId>v1</VersionId></Version></ListVersionsResult>`;
  const deniedXml = "<DeleteResult><Error><Key>k</Key><Code>AccessDenied</Code></Error></DeleteResult>";

  it.each([
    ["keeps an object", page("main/person_3atelegram-4/a"), deniedXml, "did not remove everything (AccessDenied)"],
    ["tells of more than it lists", "<IsTruncated>true</IsTruncated>", "<DeleteResult/>", "lists less than there is"],
    ["lists objects of others", page("main/owner/a"), "<DeleteResult/>", "listed what was not asked for"],
  ])("and %s is an error", async (_, listed, deleted, message) => {
    const server = createServer((request, response) => {
      void buffer(request).then(() => response.end(request.method === "GET" ? listed : deleted));
    });
    const grant = { ...(await grants(ADA.space)), endpoint: await listen(server) };
    await expect(deleteObjects(() => grant, ADA, anything)).rejects.toThrow(message);
    await close(server);
  });

  it("is asked for a page before it is looked whether the order still counts, and deletes nothing once it does not", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.method ?? "");
      void buffer(request).then(() => response.end(page("main/person_3atelegram-4/a")));
    });
    const grant = { ...(await grants(ADA.space)), endpoint: await listen(server) };
    const guard = async () => {
      asked.push("guard");
      if (asked.length > 3) throw new Error("a turn has begun");
    };
    await expect(deleteObjects(() => grant, ADA, guard)).rejects.toThrow("a turn has begun");
    expect(asked).toEqual(["GET", "guard", "POST", "GET", "guard"]);
    await close(server);
  });
});
