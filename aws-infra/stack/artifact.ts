/** What the runtime runs: the built agent as a zip file, or the container image that is made of it. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CfnRuntime } from "aws-cdk-lib/aws-bedrockagentcore";
import { DockerImageAsset, Platform } from "aws-cdk-lib/aws-ecr-assets";
import type { Role } from "aws-cdk-lib/aws-iam";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import type { Construct } from "constructs";
import type { InfraSettings } from "../settings.ts";
import { grantImage } from "./execution-role.ts";

const CONTAINER = fileURLToPath(new URL("../../agent-container", import.meta.url));
const ENTRY = "server.js";

/** The only version of Node that AgentCore has for zip files. */
const ZIP_RUNTIME = "NODE_22";

export type ArtifactSettings = Pick<InfraSettings, "artifact" | "agentFolder">;

/** Makes the asset; it is uploaded when the stack is deployed, by whoever deploys it. */
export function createArtifact(
  scope: Construct,
  role: Role,
  { artifact, agentFolder }: ArtifactSettings,
): CfnRuntime.AgentRuntimeArtifactProperty {
  const folder = agentFolder ?? `${CONTAINER}/dist`;
  if (!existsSync(`${folder}/${ENTRY}`))
    throw new Error(`${folder} has no ${ENTRY}: run \`npm run build:agent\` first`);
  if (artifact === "image") {
    const image = new DockerImageAsset(scope, "AgentImage", {
      directory: CONTAINER,
      platform: Platform.LINUX_ARM64,
      // The Dockerfile takes nothing but the build.
      exclude: ["*", "!Dockerfile", "!dist"],
    });
    grantImage(role, image.repository.repositoryArn);
    return { containerConfiguration: { containerUri: image.imageUri } };
  }
  const zip = new Asset(scope, "AgentZip", { path: folder });
  return {
    codeConfiguration: {
      code: { s3: { bucket: zip.s3BucketName, prefix: zip.s3ObjectKey } },
      runtime: ZIP_RUNTIME,
      entryPoint: [ENTRY],
    },
  };
}
