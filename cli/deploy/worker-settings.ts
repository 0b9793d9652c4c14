/** What the Worker of a deployment is given: in the open, and as secrets. Pure. */
import { ENDPOINT_NAME } from "../../protocol/deployment.ts";
import type { Variables } from "../../local/variables.ts";
import type { DeploymentFile } from "./deployment-file.ts";
import type { Outputs } from "./facts.ts";
import type { DeploySettings } from "./settings.ts";

/** The version of the agent's runtime that a release was deployed with; a roll back leads the endpoint there again. */
export const RUNTIME_VERSION = "AGENT_RUNTIME_VERSION";
/** The schemas that a release brings its databases to; a release that knows less must not follow it. */
export const SCHEMAS = "STATE_SCHEMAS";

export type WorkerParts = {
  readonly settings: DeploySettings;
  readonly url: string;
  readonly release: string;
  readonly relayKeyId: string;
  readonly outputs: Outputs;
  readonly schemas: Readonly<Record<string, number>>;
};

/** Everybody who may look at the Worker's settings sees these. */
export function plainVariables(parts: WorkerParts): Variables {
  const { settings, outputs } = parts;
  return {
    ...settings.variables.plain,
    PUBLIC_URL: parts.url,
    DEPLOYMENT_ID: settings.name,
    RELEASE_ID: parts.release,
    AWS_REGION: settings.region,
    AWS_ACCESS_KEY_ID: parts.relayKeyId,
    AGENTCORE_RUNTIME_ARN: outputs.RuntimeArn,
    AGENTCORE_QUALIFIER: ENDPOINT_NAME,
    AGENT_TABLE: outputs.TableName,
    AGENT_BUCKET: outputs.BucketName,
    AGENT_MEMORY_ID: outputs.MemoryId,
    AGENT_BROWSER_ID: outputs.BrowserId,
    AGENT_DATA_ROLE_ARN: outputs.DataRoleArn,
    AGENT_SECRET_ARN: outputs.SecretArn,
    // Always said: a deployment never hands its own key to an agent, whatever `.dev.vars` says for the laptop.
    BEDROCK_CREDENTIALS: "space",
    [RUNTIME_VERSION]: outputs.RuntimeVersion,
    [SCHEMAS]: schemasText(parts.schemas),
  };
}

/** `AgentDirectory=8,ChannelSession=9`. */
function schemasText(schemas: Readonly<Record<string, number>>): string {
  return Object.entries(schemas)
    .map(([name, schema]) => `${name}=${schema}`)
    .toSorted()
    .join(",");
}

/** The Worker's secrets without the relay's: what a person has set, and what was made where nothing was set. */
export function workerSecrets({ variables, channels }: DeploySettings, file: DeploymentFile): Variables {
  return {
    ADMIN_TOKEN: file.adminToken,
    ...(channels.telegram && { TELEGRAM_WEBHOOK_SECRET: file.telegramWebhookSecret }),
    ...variables.workerSecrets,
  };
}
