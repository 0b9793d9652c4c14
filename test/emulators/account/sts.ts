/** STS of the account: who calls, and sessions of roles whose trust policy names the caller. */
import { AwsError } from "../../../local/aws/aws-error.ts";
import type { Caller, Identities } from "./identities.ts";
import { isObject, type JsonObject, listOf, objectAt, textAt, textOf } from "./json.ts";
import { type AccountState, resourcesOf } from "./state.ts";
import type { XmlValue } from "./xml.ts";

export type Sts = {
  readonly state: AccountState;
  readonly identities: Identities;
  readonly accountId: string;
  readonly now: number;
};

const DURATION_SECONDS = 3_600;

/** Answers one call. Throws an `AwsError`. */
export function answerSts(sts: Sts, form: URLSearchParams, caller: Caller): XmlValue {
  switch (form.get("Action")) {
    case "GetCallerIdentity":
      return { Arn: caller.arn, UserId: "AIDAEMULATED", Account: sts.accountId };
    case "AssumeRole":
      return assumeRole(sts, form, caller);
    default:
      throw new AwsError(400, "InvalidAction", `Could not find operation ${form.get("Action")}`);
  }
}

function assumeRole({ state, identities, accountId, now }: Sts, form: URLSearchParams, caller: Caller): XmlValue {
  const roleArn = form.get("RoleArn") ?? "";
  requireTrust(state, form, caller, accountId);
  const roleName = roleArn.split("/").at(-1) ?? "";
  const sessionName = form.get("RoleSessionName") ?? "";
  const seconds = Number(form.get("DurationSeconds") ?? DURATION_SECONDS);
  const keys = identities.assume(roleName, sessionName, now + seconds * 1_000);
  return {
    AssumedRoleUser: {
      AssumedRoleId: `AROAEMULATED:${sessionName}`,
      Arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`,
    },
    Credentials: {
      AccessKeyId: keys.accessKeyId,
      SecretAccessKey: keys.secretAccessKey,
      SessionToken: keys.sessionToken,
      Expiration: new Date(now + seconds * 1_000).toISOString(),
    },
  };
}

/** Throws an `AwsError` unless the role is there, trusts the caller, and allows so long a session with these tags. */
export function requireTrust(state: AccountState, form: URLSearchParams, caller: Caller, accountId: string): void {
  const roleArn = form.get("RoleArn") ?? "";
  const denied = new AwsError(
    403,
    "AccessDenied",
    `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
  );
  const role = resourcesOf(state).find(
    (resource) => resource.type === "AWS::IAM::Role" && resource.attributes["Arn"] === roleArn,
  );
  if (!role) throw denied;
  const trust = listOf(objectAt(role.properties, "AssumeRolePolicyDocument")["Statement"]).filter(isObject);
  const tags = readTags(form);
  const actions = tags.size > 0 ? ["sts:AssumeRole", "sts:TagSession"] : ["sts:AssumeRole"];
  const isAllowed = actions.every((action) =>
    trust.some((statement) => trusts(statement, action, caller, accountId) && tagsFit(statement, tags)),
  );
  if (!isAllowed) throw denied;
  const longest = Number(role.properties["MaxSessionDuration"] ?? DURATION_SECONDS);
  if (Number(form.get("DurationSeconds") ?? DURATION_SECONDS) > longest) {
    throw new AwsError(
      400,
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  }
}

function readTags(form: URLSearchParams): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (let at = 1; form.has(`Tags.member.${at}.Key`); at++) {
    tags.set(form.get(`Tags.member.${at}.Key`) ?? "", form.get(`Tags.member.${at}.Value`) ?? "");
  }
  return tags;
}

function trusts(statement: JsonObject, action: string, caller: Caller, accountId: string): boolean {
  if (textAt(statement, "Effect") !== "Allow") return false;
  if (!listOf(statement["Action"]).some((each) => each === action || each === "sts:*")) return false;
  const root = [accountId, `arn:aws:iam::${accountId}:root`];
  return listOf(objectAt(statement, "Principal")["AWS"]).some(
    // The account as a whole leaves it to the caller's own policies: only the administrator has one for every role.
    (principal) => principal === caller.arn || (root.includes(textOf(principal)) && caller.kind === "admin"),
  );
}

/** What a condition demands of request tags: their presence (`Null`), and that there are no others (`ForAllValues`). */
function tagsFit(statement: JsonObject, tags: ReadonlyMap<string, string>): boolean {
  const condition = objectAt(statement, "Condition");
  const absent = Object.entries(objectAt(condition, "Null")).some(([key, wanted]) => {
    const tag = /^aws:RequestTag\/(.+)$/.exec(key)?.[1];
    return tag !== undefined && tags.has(tag) === (textOf(wanted) === "true");
  });
  const allowed = objectAt(condition, "ForAllValues:StringEquals")["aws:TagKeys"];
  const hasOther = allowed !== undefined && [...tags.keys()].some((key) => !listOf(allowed).includes(key));
  return !absent && !hasOther;
}
