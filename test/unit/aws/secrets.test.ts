import { AwsClient } from "aws4fetch";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { FaultInjection } from "../../../local/aws/faults.ts";
import { EDGE_CREDENTIAL_BOUNDS } from "../../../worker/credentials/bounds.ts";
import {
  createModelKeySource,
  knownModelKeys,
  type KnownSecret,
  type ModelKeySource,
  nothingKnown,
} from "../../../worker/credentials/model-key-source.ts";
import { readConfig } from "../../../worker/config.ts";
import { learnModelKeys, missingModelKeys } from "../../../worker/model-keys.ts";
import { createDataCredentials } from "../../../worker/credentials/data-credentials.ts";
import { spaceId } from "./invocations.ts";
import { BUCKET, CREDENTIALS, DATA_ROLE_ARN, REGION, RUNTIME_ARN, type Stand, startStand } from "./local-aws.ts";

const ARN = `arn:aws:secretsmanager:${REGION}:123456789012:secret:claw/keys-AbCdEf`;
const { secretFreshMs, secretForcedEveryMs, secretRetryMs } = EDGE_CREDENTIAL_BOUNDS;

let stand: Stand;
let secret: string | undefined;
let known: KnownSecret;
let source: ModelKeySource;

beforeAll(async () => {
  stand = await startStand({ secrets: (arn) => (arn === ARN ? secret : undefined) });
});
afterAll(() => stand[Symbol.asyncDispose]());

function settings(more: Readonly<Record<string, string>> = {}) {
  return readConfig({
    AGENTCORE_RUNTIME_ARN: RUNTIME_ARN,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_ENDPOINT_URL: stand.aws.url,
    AGENT_BUCKET: BUCKET,
    AGENT_DATA_ROLE_ARN: DATA_ROLE_ARN,
    AGENT_SECRET_ARN: ARN,
    ANTHROPIC_BASE_URL: "http://127.0.0.1:1",
    OPENAI_API_KEY: "of-the-variable",
    ...more,
  });
}

const holds = (values: object) => void (secret = JSON.stringify(values));
const reads = () => stand.log.filter(({ operation }) => operation === "GetSecretValue").length;
const anthropicKey = async (of = source) => (await of.current(Date.now())).anthropic?.apiKey;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  holds({ ANTHROPIC_API_KEY: "first" });
  known = nothingKnown();
  source = createModelKeySource(settings(), known);
});
afterEach(() => {
  stand.aws.faults.clear();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("the keys of the secret", () => {
  it("count over those of the variables, which stand in for what it does not hold", async () => {
    holds({ ANTHROPIC_API_KEY: " first ", OPENAI_API_KEY: "", PATH: "/bin", ELEVENLABS_API_KEY: 7 });
    expect(await source.current(Date.now())).toMatchObject({
      anthropic: { apiKey: "first", baseUrl: "http://127.0.0.1:1" },
      openai: { apiKey: "of-the-variable" },
    });
    holds({ OPENAI_API_KEY: "of-the-secret" });
    const other = createModelKeySource(settings({ ANTHROPIC_API_KEY: "own" }), nothingKnown());
    const keys = await other.current(Date.now());
    expect([keys.openai?.apiKey, keys.anthropic?.apiKey]).toEqual(["of-the-secret", "own"]);
  });

  it("are read once, whoever asks, and a rotated one counts after a while", async () => {
    const before = reads();
    const other = createModelKeySource(settings(), known);
    const all = await Promise.all(Array.from({ length: 5 }, () => anthropicKey()));
    expect([...all, await anthropicKey(other)]).toEqual(Array.from({ length: 6 }, () => "first"));
    expect(reads() - before).toBe(1);
    holds({ ANTHROPIC_API_KEY: "second" });
    vi.setSystemTime(Date.now() + secretFreshMs - 1);
    expect(await anthropicKey()).toBe("first");
    vi.setSystemTime(Date.now() + 1);
    expect(await anthropicKey()).toBe("second");
    expect(reads() - before).toBe(2);
  });

  it("are read at once after a model has refused one, and no more than once a minute", async () => {
    expect(await anthropicKey()).toBe("first");
    holds({ ANTHROPIC_API_KEY: "second" });
    source.refused(Date.now());
    expect(await anthropicKey()).toBe("second");
    const before = reads();
    source.refused(Date.now() + secretForcedEveryMs - 1);
    expect(await anthropicKey()).toBe("second");
    expect(reads()).toBe(before);
    vi.setSystemTime(Date.now() + secretForcedEveryMs);
    source.refused(Date.now());
    await anthropicKey();
    expect(reads() - before).toBe(1);
  });

  it.each<readonly [string, (faults: FaultInjection) => void]>([
    [
      "Secrets Manager is down",
      (faults) => faults.inject({ operation: "get_secret", fault: { kind: "error", status: 503 } }),
    ],
    ["it is gone", () => void (secret = undefined)],
    ["it holds no object", () => void (secret = "[]")],
    ["it holds no JSON", () => void (secret = "{")],
  ])("stay what they were while %s; without any the turn is to come again", async (_what, breakIt) => {
    const before = reads();
    const never = createModelKeySource(settings(), nothingKnown());
    breakIt(stand.aws.faults);
    await expect(never.current(Date.now())).rejects.toMatchObject({ code: "agent_unavailable", retry: "after" });
    stand.aws.faults.clear();
    holds({ ANTHROPIC_API_KEY: "first" });
    expect(await anthropicKey()).toBe("first");
    breakIt(stand.aws.faults);
    vi.setSystemTime(Date.now() + secretFreshMs);
    expect(await anthropicKey()).toBe("first");
    stand.aws.faults.clear();
    holds({ ANTHROPIC_API_KEY: "second" });
    expect(await anthropicKey()).toBe("first");
    vi.setSystemTime(Date.now() + secretRetryMs);
    expect(await anthropicKey()).toBe("second");
    expect(reads()).toBeGreaterThan(before);
  });

  describe("in two reads at once", () => {
    /** Answers the reads by hand, in the order in which they began. */
    const twoReads = async () => {
      const answers: ((key: string) => void)[] = [];
      vi.spyOn(globalThis, "fetch").mockImplementation(
        () =>
          new Promise((resolve) =>
            answers.push((key) => resolve(Response.json({ SecretString: JSON.stringify({ ANTHROPIC_API_KEY: key }) }))),
          ),
      );
      const older = anthropicKey();
      await vi.waitFor(() => expect(answers).toHaveLength(1));
      const newer = anthropicKey(createModelKeySource(settings(), known));
      await vi.waitFor(() => expect(answers).toHaveLength(2));
      return { answers, older, newer };
    };

    it("are those of the one that began later, whichever ends first", async () => {
      const { answers, older, newer } = await twoReads();
      answers[1]?.("new");
      expect(await newer).toBe("new");
      answers[0]?.("old");
      expect([await older, await anthropicKey()]).toEqual(["new", "new"]);
    });

    it("are read anew if one was refused since they began", async () => {
      const { answers, older, newer } = await twoReads();
      source.refused(Date.now());
      answers[0]?.("old");
      answers[1]?.("old");
      await Promise.all([older, newer]);
      const again = anthropicKey();
      await vi.waitFor(() => expect(answers).toHaveLength(3));
      answers[2]?.("new");
      expect(await again).toBe("new");
    });
  });

  it("are in no error and no line of the log", async () => {
    const written: unknown[] = [];
    vi.mocked(console.warn).mockImplementation((line: unknown) => void written.push(line));
    await anthropicKey();
    secret = '{"ANTHROPIC_API_KEY":"very-secret"';
    vi.setSystemTime(Date.now() + secretFreshMs);
    await anthropicKey();
    expect(written.join()).toContain("secret_unread");
    expect(written.join()).not.toMatch(/very-secret|first/);
  });

  it("are taken for usable by an isolate that has not read them yet, and named as missing once it has", async () => {
    const config = settings({ OPENAI_API_KEY: "", DEPLOYMENT_ID: "learning", AWS_SESSION_TOKEN: "" });
    expect([knownModelKeys(config), [...missingModelKeys(config)]]).toEqual([null, []]);
    holds({ ANTHROPIC_API_KEY: "first" });
    await learnModelKeys(config, Date.now());
    expect([...missingModelKeys(config).keys()]).toEqual(["openai"]);
  });
});

describe("GetSecretValue", () => {
  const ask = async (credentials: object, headers: Record<string, string> = {}, body: object = { SecretId: ARN }) => {
    const client = new AwsClient({
      ...CREDENTIALS,
      ...credentials,
      service: "secretsmanager",
      region: REGION,
      retries: 0,
    });
    const target = { "x-amz-target": "secretsmanager.GetSecretValue", "content-type": "application/x-amz-json-1.1" };
    const answer = await client.fetch(`${stand.aws.url}/`, {
      method: "POST",
      headers: { ...target, ...headers },
      body: JSON.stringify(body),
    });
    const said: { __type?: string; SecretString?: string } = JSON.parse(await answer.text());
    return [answer.status, said.__type ?? said.SecretString];
  };

  it("is for the account's own key alone, and for nothing else", async () => {
    secret = "whatever";
    expect(await ask({})).toEqual([200, "whatever"]);
    expect(await ask({ secretAccessKey: "wrong" })).toEqual([400, "InvalidSignatureException"]);
    expect(await ask({ accessKeyId: "AKIAOTHER" })).toEqual([400, "UnrecognizedClientException"]);
    const role = { stsEndpoint: stand.aws.url, s3Endpoint: stand.aws.url, region: REGION, bucket: BUCKET };
    const target = { ...role, roleArn: DATA_ROLE_ARN, credentials: CREDENTIALS };
    const { blobs } = await createDataCredentials(target).forSpace("main", spaceId("owner"), Date.now());
    expect(await ask(blobs.credentials)).toEqual([400, "AccessDeniedException"]);
    expect(await ask({}, {}, { SecretId: `${ARN}x` })).toEqual([400, "ResourceNotFoundException"]);
    expect(await ask({}, {}, {})).toEqual([400, "ValidationException"]);
    const put = { "x-amz-target": "secretsmanager.PutSecretValue" };
    expect(await ask({}, put)).toEqual([400, "UnknownOperationException"]);
  });
});
