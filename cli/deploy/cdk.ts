/** The CDK: makes the template without an account, and brings the stack into one. */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { PINNED_VERSION_PARAMETER } from "../../protocol/deployment.ts";
import { buildCacheDir } from "../../local/build-cache.ts";
import { runTool } from "./child.ts";
import type { DeploySettings } from "./settings.ts";
import { template, type Template } from "./template.ts";

export type Assembly = {
  /** Absolute path of the cloud assembly. */
  readonly folder: string;
  readonly template: Template;
  /** The bootstrap stack that its assets need. */
  readonly bootstrapVersion: number;
};

export type Tell = (line: string) => void;

const manifest = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    artifacts: v.record(
      v.string(),
      v.object({
        type: v.string(),
        properties: v.optional(v.object({ requiresBootstrapStackVersion: v.optional(v.number()) })),
      }),
    ),
  }),
);

/** The first version of the bootstrap stack that knows what the CDK of today needs. */
const BOOTSTRAP_MIN = 6;

const infraFolder = (root: string) => join(root, "aws-infra");

/** Installs the packages of the CDK app, unless they are there: the only step of a plan that may need a network, once. */
export async function installCdk(root: string, tell: Tell): Promise<void> {
  await runTool({
    what: "installing the packages of aws-infra",
    command: process.execPath,
    words: [join(infraFolder(root), "install.ts")],
    folder: root,
    environment: {},
    tell,
  });
}

/** Makes the template and its assets. Asks no account and no network. */
export async function synthesize(
  root: string,
  settings: DeploySettings,
  { agentFolder, tell }: { readonly agentFolder: string | null; readonly tell: Tell },
): Promise<Assembly> {
  const folder = join(buildCacheDir(root), `cdk-${settings.name}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await runTool({
    what: "making the template",
    command: process.execPath,
    words: [join(infraFolder(root), "app.ts")],
    folder: infraFolder(root),
    environment: {
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON: JSON.stringify({ ...settings.context, ...(agentFolder !== null && { agentFolder }) }),
    },
    tell,
  });
  const { artifacts } = v.parse(manifest, readFileSync(join(folder, "manifest.json"), "utf8"));
  return {
    folder,
    template: v.parse(template, readFileSync(join(folder, `${settings.name}.template.json`), "utf8")),
    bootstrapVersion: artifacts[settings.name]?.properties?.requiresBootstrapStackVersion ?? BOOTSTRAP_MIN,
  };
}

/** Makes in the account what the CDK needs there: a bucket, a registry, roles. */
export async function bootstrap(
  root: string,
  settings: DeploySettings,
  { accountId, tell }: { readonly accountId: string; readonly tell: Tell },
): Promise<void> {
  await cdk(root, settings, tell, ["bootstrap", `aws://${accountId}/${settings.region}`]);
}

/** Brings the stack to what the assembly says, its endpoint to the newest version. */
export async function deployStack(
  root: string,
  settings: DeploySettings,
  assembly: Assembly,
  tell: Tell,
): Promise<void> {
  const pinned = Object.hasOwn(assembly.template.Parameters, PINNED_VERSION_PARAMETER)
    ? ["--parameters", `${settings.name}:${PINNED_VERSION_PARAMETER}=`]
    : [];
  await cdk(root, settings, tell, [
    "deploy",
    settings.name,
    "--app",
    assembly.folder,
    "--require-approval",
    "never",
    "--progress",
    "events",
    ...pinned,
  ]);
}

async function cdk(root: string, settings: DeploySettings, tell: Tell, words: readonly string[]): Promise<void> {
  const { key, profile, endpoint } = settings.aws;
  await runTool({
    what: `cdk ${words[0] ?? ""}`,
    command: process.execPath,
    words: [
      join(infraFolder(root), "node_modules", "aws-cdk", "bin", "cdk"),
      ...words,
      "--no-version-reporting",
      "--no-notices",
      "--no-color",
    ],
    folder: infraFolder(root),
    environment: {
      AWS_REGION: settings.region,
      ...(key && {
        AWS_ACCESS_KEY_ID: key.accessKeyId,
        AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
        ...(key.sessionToken !== undefined && { AWS_SESSION_TOKEN: key.sessionToken }),
      }),
      ...(profile !== null && { AWS_PROFILE: profile }),
      ...(endpoint !== null && { AWS_ENDPOINT_URL: endpoint }),
      CDK_DISABLE_CLI_TELEMETRY: "true",
    },
    secrets: key === null ? [] : [key.secretAccessKey, key.sessionToken ?? ""],
    tell,
  });
}
