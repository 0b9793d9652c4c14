/** IAM's query API for access keys, with AWS's limit of two a user. */
import { createHash } from "node:crypto";
import { AwsError } from "../../../local/aws/aws-error.ts";
import { type AccessKey, type AccountState, findResource } from "./state.ts";
import type { XmlValue } from "./xml.ts";

const KEYS_MAX = 2;

/** Answers one call. Throws an `AwsError`. `now` is epoch ms. */
export function answerIam(state: AccountState, form: URLSearchParams, now: number): XmlValue {
  const userName = form.get("UserName") ?? "";
  const action = form.get("Action") ?? "";
  if (action === "GetAccessKeyLastUsed") return lastUse(state, form.get("AccessKeyId") ?? "");
  if (!["ListAccessKeys", "CreateAccessKey", "DeleteAccessKey", "UpdateAccessKey"].includes(action)) {
    throw new AwsError(400, "InvalidAction", `Could not find operation ${action}`);
  }
  if (!findResource(state, "AWS::IAM::User", userName)) {
    throw new AwsError(404, "NoSuchEntity", `The user with name ${userName} cannot be found.`);
  }
  const keys = Object.values(state.accessKeys).filter((key) => key.userName === userName);
  switch (action) {
    case "ListAccessKeys":
      return { AccessKeyMetadata: keys.map(describe), IsTruncated: false };
    case "CreateAccessKey":
      return { AccessKey: create(state, userName, keys.length, now) };
    default: {
      const key = keys.find(({ id }) => id === form.get("AccessKeyId"));
      if (!key) {
        throw new AwsError(404, "NoSuchEntity", `The Access Key with id ${form.get("AccessKeyId")} cannot be found.`);
      }
      if (action === "DeleteAccessKey") delete state.accessKeys[key.id];
      else key.active = form.get("Status") === "Active";
      return {};
    }
  }
}

/** A key that was never used has no date, and N/A for the rest. */
function lastUse(state: AccountState, id: string): XmlValue {
  const key = state.accessKeys[id];
  if (!key) throw new AwsError(404, "NoSuchEntity", `The Access Key with id ${id} cannot be found.`);
  const { userName, lastUsed } = key;
  const use = lastUsed
    ? { LastUsedDate: new Date(lastUsed.at).toISOString(), ServiceName: lastUsed.service, Region: "us-east-1" }
    : { ServiceName: "N/A", Region: "N/A" };
  return { UserName: userName, AccessKeyLastUsed: use };
}

function create(state: AccountState, userName: string, count: number, now: number): XmlValue {
  if (count >= KEYS_MAX) {
    throw new AwsError(409, "LimitExceeded", `Cannot exceed quota for AccessKeysPerUser: ${KEYS_MAX}`);
  }
  state.serial += 1;
  const id = `AKIA${String(state.serial).padStart(16, "0")}`;
  const secret = createHash("sha256").update(`${userName}/${id}`).digest("base64").slice(0, 40);
  const key: AccessKey = { id, secret, userName, createdAt: now, active: true };
  state.accessKeys[id] = key;
  return { ...describe(key), SecretAccessKey: secret };
}

function describe(key: AccessKey) {
  return {
    UserName: key.userName,
    AccessKeyId: key.id,
    Status: key.active ? "Active" : "Inactive",
    CreateDate: new Date(key.createdAt).toISOString(),
  };
}
