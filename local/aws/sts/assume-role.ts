/** STS AssumeRole, query API: session tags `agent` and `space` become keys that reach one space's objects. */
import { randomUUID } from "node:crypto";
import { SESSION_TAGS } from "../../../protocol/deployment.ts";
import { AwsError, escapeXml, XML } from "../aws-error.ts";
import { STS_BOUNDS } from "../bounds.ts";
import type { Principal } from "../principal.ts";
import type { AwsRequest } from "../request.ts";
import { issueSessionCredentials } from "./session-credentials.ts";

export type AssumeRoleOptions = { readonly roleArn: string; readonly accountSecret: string; readonly now: number };

/** What AWS allows in a tag (API reference, "Tag"). */
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;

/** Answers `POST /`. Throws `AwsError`. */
export function answerSts(request: AwsRequest, principal: Principal, options: AssumeRoleOptions): string {
  const form = new URLSearchParams(request.body.toString("utf8"));
  if (request.method !== "POST" || request.path !== "/") throw invalid("this is not the query API");
  if (form.get("Action") !== "AssumeRole" || form.get("Version") !== "2011-06-15") {
    throw new AwsError(400, "InvalidAction", "only AssumeRole of version 2011-06-15 is here");
  }
  const roleArn = form.get("RoleArn") ?? "";
  // A session may not assume the role again: the design does without role chaining.
  if (roleArn !== options.roleArn || principal.kind !== "account") {
    throw new AwsError(403, "AccessDenied", `not authorized to perform sts:AssumeRole on resource: ${roleArn}`);
  }
  const sessionName = form.get("RoleSessionName") ?? "";
  if (!SESSION_NAME.test(sessionName)) throw invalid("RoleSessionName has 2 to 64 characters of [\\w+=,.@-]");
  const expiresAt = options.now + readDurationSeconds(form) * 1_000;
  const tags = readTags(form);
  // The trust policy of the role: these tags and no others.
  if (tags.size !== SESSION_TAGS.length || !SESSION_TAGS.every((key) => tags.has(key))) {
    throw new AwsError(403, "AccessDenied", `not authorized to perform sts:TagSession on resource: ${roleArn}`);
  }
  const grant = { agent: readFolder(tags, "agent"), space: readFolder(tags, "space"), expiresAt };
  const keys = issueSessionCredentials(options.accountSecret, grant);
  return formatAssumeRole({ ...keys, expiresAt, roleArn, sessionName });
}

function readDurationSeconds(form: URLSearchParams): number {
  const seconds = Number(form.get("DurationSeconds") ?? STS_BOUNDS.durationDefaultSeconds);
  const { durationMinSeconds, durationMaxSeconds } = STS_BOUNDS;
  if (!Number.isInteger(seconds) || seconds < durationMinSeconds || seconds > durationMaxSeconds) {
    throw invalid(`DurationSeconds lies between ${durationMinSeconds} and ${durationMaxSeconds}`);
  }
  return seconds;
}

function readTags(form: URLSearchParams): Map<string, string> {
  const tags = new Map<string, string>();
  for (let member = 1; form.has(`Tags.member.${member}.Key`); member++) {
    const key = form.get(`Tags.member.${member}.Key`) ?? "";
    const value = form.get(`Tags.member.${member}.Value`) ?? "";
    const fits = key.length > 0 && key.length <= STS_BOUNDS.tagKeyMax && value.length <= STS_BOUNDS.tagValueMax;
    if (!fits || !TAG_TEXT.test(key) || !TAG_TEXT.test(value)) throw invalid(`tag ${member} is not a session tag`);
    if (tags.has(key)) throw invalid(`tag ${member} names its key again`);
    tags.set(key, value);
    if (tags.size > STS_BOUNDS.tagsMax) throw invalid(`more than ${STS_BOUNDS.tagsMax} tags`);
  }
  return tags;
}

/** The tag that names a folder. AWS takes a slash in it, but with one it names a folder inside another's. */
function readFolder(tags: ReadonlyMap<string, string>, key: "agent" | "space"): string {
  const folder = tags.get(key) ?? "";
  if (folder.includes("/")) throw invalid(`the tag ${key} is not the name of one folder`);
  return folder;
}

type Assumed = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: number;
  readonly roleArn: string;
  readonly sessionName: string;
};

function formatAssumeRole(assumed: Assumed): string {
  const arn = `${assumed.roleArn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/${assumed.sessionName}`;
  const expiration = new Date(assumed.expiresAt).toISOString().replace(/\.\d{3}Z$/, "Z");
  return (
    `${XML}<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>` +
    `<AssumedRoleUser><AssumedRoleId>AROALOCAL:${escapeXml(assumed.sessionName)}</AssumedRoleId>` +
    `<Arn>${escapeXml(arn)}</Arn></AssumedRoleUser><Credentials><AccessKeyId>${assumed.accessKeyId}</AccessKeyId>` +
    `<SecretAccessKey>${assumed.secretAccessKey}</SecretAccessKey><SessionToken>${assumed.sessionToken}</SessionToken>` +
    `<Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult>` +
    `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></AssumeRoleResponse>`
  );
}

function invalid(message: string): AwsError {
  return new AwsError(400, "ValidationError", message);
}
