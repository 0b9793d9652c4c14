/** What this machine remembers of a deployment, readable by its owner only: where it is, and the tokens that were made for it. */
import { createHmac, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { readFileIfAny, writePrivateFile } from "../../local/private-file.ts";
import { DEPLOYMENTS_FOLDER } from "../../local/state-dir.ts";

const deploymentFile = v.object({
  /** Null until the Worker has an address. */
  url: v.nullable(v.string()),
  adminToken: v.string(),
  telegramWebhookSecret: v.string(),
  /** Keys of the relay that were made here for the Worker of a Cloudflare account; ids only. */
  relayKeys: v.optional(v.array(v.object({ accountId: v.string(), id: v.string() })), []),
  /** The last version of the Worker that was uploaded from here, and a keyed digest of what was set with it. */
  uploaded: v.nullable(v.object({ versionId: v.string(), digest: v.string() })),
});

export type DeploymentFile = v.InferOutput<typeof deploymentFile>;

const pathOf = (stateDir: string, name: string) => join(stateDir, DEPLOYMENTS_FOLDER, `${name}.json`);

/** Null if nothing was deployed from here by that name. Throws if the file is damaged. */
export function readDeployment(stateDir: string, name: string): DeploymentFile | null {
  const path = pathOf(stateDir, name);
  const text = readFileIfAny(path);
  if (text === null) return null;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), deploymentFile), text);
  if (parsed.success) return parsed.output;
  throw new Error(`${path} is damaged; delete it, and the next npm run deploy makes new tokens`);
}

export function writeDeployment(stateDir: string, name: string, file: DeploymentFile): void {
  mkdirSync(join(stateDir, DEPLOYMENTS_FOLDER), { recursive: true, mode: 0o700 });
  writePrivateFile(pathOf(stateDir, name), `${JSON.stringify(file, null, 2)}\n`);
}

export function removeDeployment(stateDir: string, name: string): void {
  rmSync(pathOf(stateDir, name), { force: true });
}

/** The names of all deployments that this machine knows. */
export function deploymentNames(stateDir: string): readonly string[] {
  try {
    const names = readdirSync(join(stateDir, DEPLOYMENTS_FOLDER));
    return names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
  } catch {
    return [];
  }
}

/** Tokens for a deployment of which nothing is known here. */
export function newDeployment(): DeploymentFile {
  const token = () => randomBytes(24).toString("base64url");
  return { url: null, adminToken: token(), telegramWebhookSecret: token(), relayKeys: [], uploaded: null };
}

/** Tells whether what is set with a version has changed, and nothing else of it. */
export function settingsDigest(adminToken: string, settings: unknown): string {
  return createHmac("sha256", adminToken).update(JSON.stringify(settings)).digest("hex").slice(0, 32);
}
