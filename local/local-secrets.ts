/** The secrets that `npm start` makes for itself. They stay the same over restarts, in a file that only its owner may read. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import * as v from "valibot";
import { readFileIfAny, writePrivateFile } from "./private-file.ts";

/** Its name in the state directory. */
export const SECRETS_FILE = "secrets.json";

const secret = v.optional(v.pipe(v.string(), v.minLength(8)));
const stored = v.object({
  deploymentId: secret,
  adminToken: secret,
  telegramWebhookSecret: secret,
  awsAccessKeyId: secret,
  awsSecretAccessKey: secret,
});

export type LocalSecrets = {
  readonly deploymentId: string;
  readonly adminToken: string;
  readonly telegramWebhookSecret: string;
  readonly awsAccessKeyId: string;
  readonly awsSecretAccessKey: string;
};

/** Reads the secrets of `stateDir`, and makes those that are missing. Throws if the file is damaged. */
export function openLocalSecrets(stateDir: string): LocalSecrets {
  const path = join(stateDir, SECRETS_FILE);
  const known = readStored(path);
  const secrets: LocalSecrets = {
    deploymentId: known.deploymentId ?? `local-${randomBytes(6).toString("hex")}`,
    adminToken: known.adminToken ?? randomBytes(24).toString("base64url"),
    telegramWebhookSecret: known.telegramWebhookSecret ?? randomBytes(24).toString("base64url"),
    // The shape of an AWS key, and a prefix that AWS does not issue.
    awsAccessKeyId: known.awsAccessKeyId ?? `AKLOCAL${randomBytes(8).toString("hex").toUpperCase().slice(0, 13)}`,
    awsSecretAccessKey: known.awsSecretAccessKey ?? randomBytes(30).toString("base64"),
  };
  writePrivateFile(path, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}

function readStored(path: string): v.InferOutput<typeof stored> {
  const text = readFileIfAny(path);
  if (text === null) return {};
  try {
    return v.parse(stored, JSON.parse(text));
  } catch {
    // The parser's own message would quote the file.
    throw new Error(`${path} is damaged; delete it, and new secrets are made`);
  }
}
