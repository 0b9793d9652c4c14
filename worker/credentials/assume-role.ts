/**
 * STS AssumeRole with the session tags `agent` and `space`, which the data role's policy matches against the place of
 * the data. What it gives are the only AWS keys that the agent container ever gets.
 */
import * as v from "valibot";
import { DATA_SESSION_SECONDS } from "../../protocol/deployment.ts";
import { AgentError } from "../../protocol/errors.ts";
import { sha256Hex, type Signer } from "../agentcore/signer.ts";
import { EDGE_CREDENTIAL_BOUNDS } from "./bounds.ts";
import type { Session } from "./provider.ts";
import { postSigned } from "./signed-post.ts";

export type RoleTarget = { readonly stsEndpoint: string; readonly roleArn: string };

/** `space`: the name of its folder. */
export type RoleTags = { readonly agent: string; readonly space: string };

const DURATION_MS = DATA_SESSION_SECONDS * 1_000;
const { slackMs } = EDGE_CREDENTIAL_BOUNDS;
/** What AWS says with a 400 when it is asked too much. */
const THROTTLED =
  /^(?:Throttling(?:Exception)?|ThrottledException|RequestLimitExceeded|RequestThrottled(?:Exception)?)$/;

/** Asks for a session. Throws `AgentError`; `credentials_short` and `clock_off` name an answer that is not to be used. */
export async function assumeRole(sign: Signer, target: RoleTarget, tags: RoleTags, now: number): Promise<Session> {
  const form = new URLSearchParams({
    Action: "AssumeRole",
    Version: "2011-06-15",
    RoleArn: target.roleArn,
    RoleSessionName: await roleSessionName(tags),
    DurationSeconds: String(DATA_SESSION_SECONDS),
    "Tags.member.1.Key": "agent",
    "Tags.member.1.Value": tags.agent,
    "Tags.member.2.Key": "space",
    "Tags.member.2.Value": tags.space,
  });
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/xml" };
  const post = { service: "STS", endpoint: target.stsEndpoint, headers, body: form.toString() };
  const { status, text } = await postSigned(sign, post, now);
  if (status !== 200) throw refusal(status, text);
  const session = readSession(text);
  checkEnd(session.expiresAt - now);
  return session;
}

function refusal(status: number, text: string): AgentError {
  const why = xmlField(text, "Code") ?? "no error code";
  const message = `AssumeRole answered ${status} ${why}`;
  // What STS says of a signature whose time is not its own.
  const isClock = /Signature (?:expired|not yet current)/.test(xmlField(text, "Message") ?? "");
  if (isClock) return new AgentError("clock_off", `${message}: the clock of the edge is off`, { status });
  return new AgentError(isPassing(status, why) ? "agent_unavailable" : "agent_refused", message, { status });
}

/**
 * Whether somebody or time mends it without a change of the request. A 403 does pass: a new key or role is not known
 * everywhere at once, and a key that was deactivated comes back. No message is given up for it.
 */
function isPassing(status: number, code: string): boolean {
  return status === 403 || status === 429 || status >= 500 || THROTTLED.test(code);
}

/** Less would be handed out for longer than it lasts; more is impossible, so the clock cannot be trusted. */
function checkEnd(leftMs: number): void {
  const said = `AssumeRole's credentials end in ${Math.round(leftMs / 1_000)} s, asked for were ${DATA_SESSION_SECONDS} s`;
  if (leftMs < DURATION_MS - slackMs) throw new AgentError("credentials_short", said);
  if (leftMs > DURATION_MS + slackMs) throw new AgentError("clock_off", said);
}

/** Shown in audit logs; at most 64 characters, so a hash. */
async function roleSessionName({ agent, space }: RoleTags): Promise<string> {
  const hash = await sha256Hex(new TextEncoder().encode(`${agent}/${space}`));
  return `claw-${hash.slice(0, 32)}`;
}

const stsCredentials = v.object({
  accessKeyId: v.pipe(v.string(), v.minLength(1)),
  secretAccessKey: v.pipe(v.string(), v.minLength(1)),
  sessionToken: v.pipe(v.string(), v.minLength(1)),
  expiresAt: v.pipe(v.number(), v.safeInteger()),
});

function readSession(xml: string): Session {
  const parsed = v.safeParse(stsCredentials, {
    accessKeyId: xmlField(xml, "AccessKeyId"),
    secretAccessKey: xmlField(xml, "SecretAccessKey"),
    sessionToken: xmlField(xml, "SessionToken"),
    expiresAt: Date.parse(xmlField(xml, "Expiration") ?? ""),
  });
  if (!parsed.success) throw new AgentError("agent_unavailable", "AssumeRole's answer could not be understood");
  const { expiresAt, ...credentials } = parsed.output;
  return { credentials, expiresAt };
}

/** The text of the first element of that name. What STS puts there (ids, base64, dates) is never escaped. */
function xmlField(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim();
}
