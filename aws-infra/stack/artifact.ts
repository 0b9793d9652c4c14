/** What the runtime runs: the built agent as a zip file, or the container image that is made of it. */
import { copyFileSync, cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CfnRuntime } from "aws-cdk-lib/aws-bedrockagentcore";
import { DockerImageAsset, Platform } from "aws-cdk-lib/aws-ecr-assets";
import type { Policy, Role } from "aws-cdk-lib/aws-iam";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import type { Construct } from "constructs";
import type { InfraSettings } from "../settings.ts";
import { grantImage } from "./execution-role.ts";

const CONTAINER = fileURLToPath(new URL("../../agent-container", import.meta.url));
const ENTRY = "server.js";

/** The only version of Node that AgentCore has for zip files. */
const ZIP_RUNTIME = "NODE_22";

export type ArtifactSettings = Pick<InfraSettings, "artifact" | "agentFolder">;

export type Artifact = {
  readonly artifact: CfnRuntime.AgentRuntimeArtifactProperty;
  /** What AgentCore must be allowed before it can fetch the artifact. A zip file it fetches as whoever deploys. */
  readonly rights: Policy | null;
};

function builtAgent({ agentFolder }: ArtifactSettings): string {
  return agentFolder ?? `${CONTAINER}/dist`;
}

/** What is missing of the agent, if anything is. */
export function artifactProblem(settings: ArtifactSettings): string | null {
  const folder = builtAgent(settings);
  return existsSync(`${folder}/${ENTRY}`) ? null : `${folder} has no ${ENTRY}: run \`npm run build:agent\` first`;
}

/** Makes the asset; it is uploaded when the stack is deployed, by whoever deploys it. */
export function createArtifact(scope: Construct, role: Role, settings: ArtifactSettings): Artifact {
  if (settings.artifact === "image") return createImage(scope, role, builtAgent(settings));
  const zip = new Asset(scope, "AgentZip", { path: builtAgent(settings) });
  const code = { s3: { bucket: zip.s3BucketName, prefix: zip.s3ObjectKey } };
  return { artifact: { codeConfiguration: { code, runtime: ZIP_RUNTIME, entryPoint: [ENTRY] } }, rights: null };
}

/** The Dockerfile takes the build from `dist` beside it, so both are laid side by side; the CDK copies them at once. */
function createImage(scope: Construct, role: Role, agent: string): Artifact {
  const folder = mkdtempSync(join(tmpdir(), "agent-claw-image-"));
  try {
    copyFileSync(`${CONTAINER}/Dockerfile`, `${folder}/Dockerfile`);
    cpSync(agent, `${folder}/dist`, { recursive: true });
    const image = new DockerImageAsset(scope, "AgentImage", { directory: folder, platform: Platform.LINUX_ARM64 });
    const rights = grantImage(scope, role, image.repository.repositoryArn);
    return { artifact: { containerConfiguration: { containerUri: image.imageUri } }, rights };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
