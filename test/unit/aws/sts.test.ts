/** Keys for one space: what AssumeRole gives, what those keys reach, and how long. */
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { AwsClient } from "aws4fetch";
import { createServer } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { mayAccess } from "../../../local/aws/s3/access.ts";
import { createIdentityLookup, issueSessionCredentials } from "../../../local/aws/sts/session-credentials.ts";
import { createRuntimeClient } from "../../../worker/agentcore/client.ts";
import { createDataCredentials, type DataCredentials } from "../../../worker/credentials/data-credentials.ts";
import { TURN_BOUNDS } from "../../../protocol/bounds.ts";
import { DATA_SESSION_SECONDS } from "../../../protocol/deployment.ts";
import type { KnownSessions } from "../../../worker/credentials/space-sessions.ts";
import { spaceId, steer } from "./invocations.ts";
import {
  BUCKET,
  CREDENTIALS,
  DATA_ROLE_ARN,
  REGION,
  RUNTIME_ARN,
  sessionId,
  type Stand,
  startStand,
} from "./local-aws.ts";

const OWNER = spaceId("owner");
const PERSON = spaceId("person:telegram-42");
const MINUTES = 60_000;

let stand: Stand;
let source: DataCredentials;

type Change = { roleArn?: string; secretAccessKey?: string; url?: string; known?: KnownSessions };

/** A source that remembers nothing of others, unless it is given their memory. */
function sourceFor({ known = new Map(), ...change }: Change = {}): DataCredentials {
  return createDataCredentials(targetOf(change), known);
}

/** A source with the isolate's own memory. */
function shared(change: Change = {}): DataCredentials {
  return createDataCredentials(targetOf(change));
}

function targetOf({
  roleArn = DATA_ROLE_ARN,
  secretAccessKey = CREDENTIALS.secretAccessKey,
  url = stand.aws.url,
}: Change) {
  const credentials = { ...CREDENTIALS, secretAccessKey };
  return { stsEndpoint: url, s3Endpoint: url, region: REGION, roleArn, bucket: BUCKET, credentials };
}

beforeAll(async () => {
  stand = await startStand();
  source = sourceFor();
});
afterAll(() => stand[Symbol.asyncDispose]());

async function s3For(space: typeof OWNER): Promise<S3Client> {
  const { blobs } = await source.forSpace("main", space, Date.now());
  const { endpoint, region, credentials } = blobs;
  const { accessKeyId, secretAccessKey, sessionToken = "" } = credentials;
  const keys = { accessKeyId, secretAccessKey, sessionToken };
  return new S3Client({ endpoint, region, credentials: keys, forcePathStyle: true, maxAttempts: 1 });
}

const put = (s3: S3Client, Key: string) => s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: "x" }));
const get = (s3: S3Client, Key: string) => s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
const DENIED = { name: "AccessDenied" };

describe("keys for a space", () => {
  it("reach its own objects and no others", async () => {
    const s3 = await s3For(PERSON);
    await put(s3, "main/person_3atelegram-42/blobs/1");
    await get(s3, "main/person_3atelegram-42/blobs/1");
    const others = ["main/owner/blobs/1", "main/person_3atelegram-4/blobs/1", "other/person_3atelegram-42/1", "x"];
    for (const key of others) {
      await expect(put(s3, key)).rejects.toMatchObject(DENIED);
      await expect(get(s3, key)).rejects.toMatchObject(DENIED);
    }
    const list = (Prefix: string) => s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix }));
    expect((await list("main/person_3atelegram-42/")).KeyCount).toBe(1);
    await expect(list("main/")).rejects.toMatchObject(DENIED);
    await expect(list("main/person_3atelegram-42")).rejects.toMatchObject(DENIED);
  });

  it("remove their own objects, and of an order that names others only those", async () => {
    const [owners, persons] = [await s3For(OWNER), await s3For(PERSON)];
    await put(owners, "main/owner/blobs/2");
    await put(owners, "main/shared/blobs/2");
    await put(persons, "main/person_3atelegram-42/blobs/2");
    const keys = ["main/owner/blobs/2", "main/shared/blobs/2", "main/person_3atelegram-42/blobs/2"];
    const Delete = { Objects: keys.map((Key) => ({ Key })) };
    const answer = await persons.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete }));
    expect(answer.Errors).toMatchObject([{ Key: keys[0], Code: "AccessDenied" }, { Key: keys[1] }]);
    expect(answer.Deleted).toEqual([{ Key: keys[2] }]);
    await get(owners, "main/owner/blobs/2");
    await get(persons, "main/shared/blobs/2");
    await expect(get(persons, "main/person_3atelegram-42/blobs/2")).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  it("read what is shared, and write it for the owner only", async () => {
    await put(await s3For(OWNER), "main/shared/blobs/1");
    const s3 = await s3For(PERSON);
    await get(s3, "main/shared/blobs/1");
    await expect(put(s3, "main/shared/blobs/1")).rejects.toMatchObject(DENIED);
  });

  it("do not open the runtime, nor the role again", async () => {
    const { credentials } = (await source.forSpace("main", OWNER, Date.now())).blobs;
    const target = { endpoint: stand.aws.url, region: REGION, arn: RUNTIME_ARN, qualifier: "DEFAULT", credentials };
    await expect(createRuntimeClient(target).steer(sessionId("x"), steer)).rejects.toMatchObject({ status: 403 });
  });

  describe("as time goes by", () => {
    const assumed = () => stand.log.filter(({ operation }) => operation === "AssumeRole").length;

    beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
    afterEach(() => void vi.useRealTimers());

    it("are handed out as long as they last for a whole turn of a person, and never later", async () => {
      const own = sourceFor();
      const first = await own.forSpace("main", PERSON, Date.now());
      expect(first.blobs.expiresAt - Date.now()).toBeGreaterThan(DATA_SESSION_SECONDS * 1_000 - MINUTES);
      const before = assumed();
      vi.setSystemTime(first.blobs.expiresAt - TURN_BOUNDS.turnMaxMs);
      expect(await own.forSpace("main", PERSON, Date.now())).toEqual(first);
      expect(assumed()).toBe(before);
      vi.setSystemTime(first.blobs.expiresAt - TURN_BOUNDS.turnMaxMs + 1);
      const renewed = await own.forSpace("main", PERSON, Date.now());
      expect(renewed.blobs.credentials.accessKeyId).not.toBe(first.blobs.credentials.accessKeyId);
      expect(renewed.blobs.expiresAt - Date.now()).toBeGreaterThan(TURN_BOUNDS.turnMaxMs);
    });

    it("are used while STS is down, for as long as they last for a turn", async () => {
      const own = sourceFor();
      const { blobs } = await own.forSpace("main", PERSON, Date.now());
      stand.aws.faults.inject({ operation: "assume_role", count: 2, fault: { kind: "error", status: 503 } });
      vi.setSystemTime(Date.now() + 55 * MINUTES);
      expect((await own.forSpace("main", PERSON, Date.now())).blobs).toEqual(blobs);
      vi.setSystemTime(Date.now() + 10 * MINUTES);
      const down = { code: "agent_unavailable", retry: "after" };
      await expect(own.forSpace("main", PERSON, Date.now())).rejects.toMatchObject(down);
      await expect(own.forSpace("main", PERSON, Date.now())).rejects.toMatchObject(down);
      expect((await own.forSpace("main", PERSON, Date.now())).blobs.expiresAt).toBeGreaterThan(blobs.expiresAt);
    });
  });

  it("are asked for once, however many ask at once, and then known to the other objects of the isolate", async () => {
    const asked = () => stand.log.filter(({ operation }) => operation === "AssumeRole").length;
    const [before, known] = [asked(), new Map()];
    const [own, another] = [sourceFor({ known }), sourceFor({ known })];
    const all = await Promise.all(Array.from({ length: 5 }, () => own.forSpace("main", OWNER, Date.now())));
    expect(new Set(all.map(({ blobs }) => blobs.credentials.accessKeyId)).size).toBe(1);
    expect(await another.forSpace("main", OWNER, Date.now())).toEqual(all[0]);
    expect(asked() - before).toBe(1);
  });

  it("are kept apart by space and agent, and by the key of the relay", async () => {
    const known = new Map();
    const own = sourceFor({ known });
    const now = Date.now();
    const got = [
      await own.forSpace("main", OWNER, now),
      await own.forSpace("main", PERSON, now),
      await own.forSpace("other", OWNER, now),
    ];
    expect(new Set(got.map(({ blobs }) => blobs.credentials.accessKeyId)).size).toBe(3);
    expect(known.size).toBe(3);
    await shared().forSpace("main", OWNER, now);
    await expect(
      shared({ secretAccessKey: "a key that was rotated" }).forSpace("main", OWNER, now),
    ).rejects.toMatchObject({
      message: "AssumeRole answered 403 SignatureDoesNotMatch",
    });
  });
});

describe("an answer of STS that is not to be used", () => {
  const said = async (leftMs: number) => {
    const end = new Date(Date.now() + leftMs).toISOString();
    const keys = "<AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>";
    const server = createServer(
      (_request, response) => void response.end(`<A>${keys}<Expiration>${end}</Expiration></A>`),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    try {
      return await sourceFor({ url: `http://127.0.0.1:${address.port}` }).forSpace("main", OWNER, Date.now());
    } finally {
      server.close();
    }
  };

  it("is named when it ends sooner, or later, than was asked for", async () => {
    expect((await said(DATA_SESSION_SECONDS * 1_000)).blobs.credentials.accessKeyId).toBe("A");
    const final = { name: "AgentError", retry: "never" };
    await expect(said(60 * MINUTES)).rejects.toMatchObject({ ...final, code: "credentials_short" });
    await expect(said(-MINUTES)).rejects.toMatchObject({ ...final, code: "credentials_short" });
    await expect(said(180 * MINUTES)).rejects.toMatchObject({ ...final, code: "clock_off" });
  });

  it("is that of a clock that is off, where the signature is not of its time", async () => {
    const asked = sourceFor().forSpace("main", OWNER, Date.now() - 10 * MINUTES);
    await expect(asked).rejects.toMatchObject({ code: "clock_off", status: 403 });
  });
});

describe("AssumeRole", () => {
  afterEach(() => void vi.restoreAllMocks());

  it.each([
    [400, "Throttling", "agent_unavailable", "after"],
    [400, "ThrottlingException", "agent_unavailable", "after"],
    [400, "RequestLimitExceeded", "agent_unavailable", "after"],
    [403, "InvalidClientTokenId", "agent_unavailable", "after"],
    [403, "SignatureDoesNotMatch", "agent_unavailable", "after"],
    [403, "AccessDenied", "agent_unavailable", "after"],
    [400, "ValidationError", "agent_refused", "never"],
    [400, "MalformedInput", "agent_refused", "never"],
  ] as const)("answers %i %s: %s, tried again: %s", async (status, name, code, retry) => {
    const xml = `<ErrorResponse><Error><Code>${name}</Code></Error></ErrorResponse>`;
    vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response(xml, { status }));
    await expect(sourceFor().forSpace("main", OWNER, Date.now())).rejects.toMatchObject({ code, retry });
  });

  it("refuses an unknown role and a wrong secret", async () => {
    const ask = (one: DataCredentials) => one.forSpace("main", OWNER, Date.now());
    await expect(ask(sourceFor({ roleArn: `${DATA_ROLE_ARN}x` }))).rejects.toMatchObject({
      message: "AssumeRole answered 403 AccessDenied",
    });
    await expect(ask(sourceFor({ secretAccessKey: "wrong" }))).rejects.toMatchObject({
      message: "AssumeRole answered 403 SignatureDoesNotMatch",
    });
  });
});

describe("AssumeRole by tags", () => {
  /** The status and error code of AssumeRole with these tags. */
  async function assume(tags: Readonly<Record<string, string>>): Promise<string> {
    const form = new URLSearchParams({ Action: "AssumeRole", Version: "2011-06-15", RoleArn: DATA_ROLE_ARN });
    form.set("RoleSessionName", "test");
    for (const [index, [key, value]] of Object.entries(tags).entries()) {
      form.set(`Tags.member.${index + 1}.Key`, key);
      form.set(`Tags.member.${index + 1}.Value`, value);
    }
    const client = new AwsClient({ ...CREDENTIALS, service: "sts", region: REGION, retries: 0 });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await client.fetch(`${stand.aws.url}/`, { method: "POST", headers, body: form.toString() });
    return `${answer.status} ${/<Code>(?<code>\w+)</.exec(await answer.text())?.groups?.["code"] ?? "ok"}`;
  }

  it.each([
    { agent: "main", space: "owner/blobs" },
    { agent: "main/owner", space: "blobs" },
    { agent: "main", space: "/" },
  ])("refuses %j, which would name a folder of another space", async (tags) => {
    expect(await assume(tags)).toBe("400 ValidationError");
  });

  it("takes names of one folder each", async () => {
    expect(await assume({ agent: "main", space: "person_3atelegram-42" })).toBe("200 ok");
  });

  it.each([
    { agent: "main" },
    { space: "owner" },
    { agent: "main", space: "owner", team: "a" },
    { Agent: "main", space: "owner" },
  ])("refuses %j: the role wants its two tags and no others", async (tags) => {
    expect(await assume(tags)).toBe("403 AccessDenied");
  });
});

describe("session credentials", () => {
  const lookup = createIdentityLookup(CREDENTIALS);
  const grant = { agent: "main", space: "owner", expiresAt: 42 };

  it("are known again without memory, tags and expiry included", () => {
    const keys = issueSessionCredentials(CREDENTIALS.secretAccessKey, grant);
    expect(lookup(keys.accessKeyId, keys.sessionToken)).toEqual({
      principal: { kind: "session", ...grant },
      credentials: keys,
    });
  });

  it("are nobody's when the token, its seal, its key id or the account's secret is another", () => {
    const keys = issueSessionCredentials(CREDENTIALS.secretAccessKey, grant);
    const foreign = issueSessionCredentials("another secret", grant);
    const forged = keys.sessionToken.replace(/^[^.]+/, Buffer.from('["x","main","owner",9]').toString("base64"));
    expect(lookup(keys.accessKeyId, forged)).toBeNull();
    expect(lookup(keys.accessKeyId, "")).toBeNull();
    expect(lookup("ASIAOTHER", keys.sessionToken)).toBeNull();
    expect(lookup(keys.accessKeyId, undefined)).toBeNull();
    expect(lookup(foreign.accessKeyId, foreign.sessionToken)).toBeNull();
  });

  it("end with their time", async () => {
    const now = Date.now();
    const keys = issueSessionCredentials(CREDENTIALS.secretAccessKey, { ...grant, expiresAt: now - 1 });
    const s3 = new S3Client({
      endpoint: stand.aws.url,
      region: REGION,
      credentials: keys,
      forcePathStyle: true,
      maxAttempts: 1,
    });
    await expect(get(s3, "main/owner/x")).rejects.toMatchObject({ name: "ExpiredToken" });
  });

  it("without tags reach nothing", () => {
    const principal = { kind: "session", agent: "", space: "", expiresAt: 0 } as const;
    expect([mayAccess(principal, "read", "//x"), mayAccess(principal, "read", "/shared/x")]).toEqual([false, false]);
  });
});
