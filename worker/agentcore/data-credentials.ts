/**
 * Keys for one space's objects: STS AssumeRole with the session tags `agent` and `space`, which the data role's
 * policy matches against the object prefix. They are the only AWS keys that the agent container ever gets.
 */
import * as v from "valibot";
import { AgentError } from "../../protocol/errors.ts";
import type { AwsCredentials, Grants } from "../../protocol/invocation.ts";
import { type SpaceId, spaceFolder } from "../../protocol/space.ts";
import { readBounded } from "../../protocol/bounded-body.ts";
import { createSigner, sha256Hex, type Signer } from "./signer.ts";

export type DataTarget = {
  readonly stsEndpoint: string;
  readonly s3Endpoint: string;
  readonly region: string;
  readonly roleArn: string;
  readonly bucket: string;
  /** None: the runtime keeps transcripts on its own disk. */
  readonly store?: Grants["store"] | null;
  readonly credentials: AwsCredentials;
};

/** What lets a turn reach the data of one space. */
export type DataGrants = Pick<Grants, "blobs" | "store">;

export interface DataCredentials {
  /**
   * What a turn needs to reach the data of one space, good for at least `validForMs` from `now` (epoch ms).
   * Throws `AgentError`; asks STS only when what it remembers would expire too early.
   */
  forSpace(agent: string, space: SpaceId, validForMs: number, now: number): Promise<DataGrants>;
}

/** STS allows one hour when a role is assumed by a role, and by default for users too (AssumeRole, DurationSeconds). */
const DURATION_SECONDS = 3_600;
/** A little less than what was asked for counts as enough: the answer takes its time. */
const SLACK_MS = 60_000;
/** Spaces remembered by one instance; beyond it the oldest is forgotten. */
const REMEMBERED_MAX = 1_000;
const STS_TIMEOUT_MS = 10_000;
const REPLY_MAX_BYTES = 65_536;

/** Makes a source of data credentials. Keep one in each Durable Object: it remembers what it got. */
export function createDataCredentials(target: DataTarget): DataCredentials {
  const sign = createSigner({ service: "sts", ...target });
  const remembered = new Map<string, Promise<DataGrants>>();

  return {
    forSpace(agent, space, validForMs, now) {
      const key = JSON.stringify([agent, space]);
      const untilAt = now + Math.min(validForMs, DURATION_SECONDS * 1_000 - SLACK_MS);
      const before = remembered.get(key);
      const renewed = (async () => {
        const known = await before?.catch(() => null);
        if (known && known.blobs.expiresAt >= untilAt) return known;
        return assumeRole(sign, target, { agent, space: spaceFolder(space) }, now);
      })();
      remembered.delete(key); // to the end: the map is in order of use
      remembered.set(key, renewed);
      forgetOldest(remembered);
      return renewed;
    },
  };
}

function forgetOldest(remembered: Map<string, unknown>): void {
  if (remembered.size <= REMEMBERED_MAX) return;
  const [oldest] = remembered.keys();
  if (oldest !== undefined) remembered.delete(oldest);
}

async function assumeRole(
  sign: Signer,
  target: DataTarget,
  tags: { readonly agent: string; readonly space: string },
  now: number,
): Promise<DataGrants> {
  const form = new URLSearchParams({
    Action: "AssumeRole",
    Version: "2011-06-15",
    RoleArn: target.roleArn,
    RoleSessionName: await roleSessionName(tags),
    DurationSeconds: String(DURATION_SECONDS),
    "Tags.member.1.Key": "agent",
    "Tags.member.1.Value": tags.agent,
    "Tags.member.2.Key": "space",
    "Tags.member.2.Value": tags.space,
  });
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/xml" };
  const signed = await sign({ url: new URL("/", target.stsEndpoint).href, headers, body: form.toString() }, now);
  const { status, text } = await post(signed);
  if (status !== 200) {
    const code = status === 429 || status >= 500 ? "agent_unavailable" : "agent_refused";
    const why = xmlField(text, "Code") ?? "no error code";
    throw new AgentError(code, `AssumeRole answered ${status} ${why}`, { status });
  }
  const { expiresAt, ...credentials } = parseCredentials(text);
  const { s3Endpoint, region, bucket, store } = target;
  const blobs = { endpoint: s3Endpoint, region, bucket, credentials, expiresAt };
  return store ? { blobs, store } : { blobs };
}

async function post(signed: { url: string; init: RequestInit }): Promise<{ status: number; text: string }> {
  try {
    const signal = AbortSignal.timeout(STS_TIMEOUT_MS);
    const response = await fetch(signed.url, { ...signed.init, redirect: "manual", signal });
    return { status: response.status, text: await readBounded(response, REPLY_MAX_BYTES) };
  } catch (error) {
    throw new AgentError("agent_unavailable", "STS cannot be reached", { cause: error });
  }
}

/** Shown in audit logs; at most 64 characters, so a hash. */
async function roleSessionName(tags: { readonly agent: string; readonly space: string }): Promise<string> {
  const hash = await sha256Hex(new TextEncoder().encode(`${tags.agent}/${tags.space}`));
  return `claw-${hash.slice(0, 32)}`;
}

const stsCredentials = v.object({
  accessKeyId: v.pipe(v.string(), v.minLength(1)),
  secretAccessKey: v.pipe(v.string(), v.minLength(1)),
  sessionToken: v.pipe(v.string(), v.minLength(1)),
  expiresAt: v.pipe(v.number(), v.safeInteger()),
});

function parseCredentials(xml: string): v.InferOutput<typeof stsCredentials> {
  const parsed = v.safeParse(stsCredentials, {
    accessKeyId: xmlField(xml, "AccessKeyId"),
    secretAccessKey: xmlField(xml, "SecretAccessKey"),
    sessionToken: xmlField(xml, "SessionToken"),
    expiresAt: Date.parse(xmlField(xml, "Expiration") ?? ""),
  });
  if (!parsed.success) throw new AgentError("agent_unavailable", "AssumeRole's answer could not be understood");
  return parsed.output;
}

/** The text of the first element of that name. What STS puts there (ids, base64, dates) is never escaped. */
function xmlField(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim();
}
