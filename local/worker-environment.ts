/** The variables the Worker gets on a laptop: what the user set, and the laptop's own AWS and secrets for the rest. */
import type { AwsCredentials } from "../protocol/invocation.ts";
import { LOCAL_AWS, runtimeArn } from "./local-aws-names.ts";
import type { LocalSecrets } from "./local-secrets.ts";
import type { Settings } from "./settings.ts";
import { TELEGRAM_API_ROOT } from "./telegram-api.ts";
import type { PollingWish } from "./telegram-polling.ts";
import type { Variables } from "./variables.ts";

export type WorkerSurroundings = {
  readonly settings: Settings;
  readonly secrets: LocalSecrets;
  /** The Worker's own address. */
  readonly url: string;
  /** The same, as this machine has it. */
  readonly localUrl: string;
  /** Address of the laptop's AWS; null when neither the runtime nor the stores are the laptop's. */
  readonly awsUrl: string | null;
  /** Names the release of the agent, so that a new one starts in runtime sessions of its own. */
  readonly release: string;
};

/** Pure. What the user set wins, except where it would name a stand-in that is not there. */
export function workerVariables(variables: Variables, surroundings: WorkerSurroundings): Variables {
  const { settings, secrets, awsUrl } = surroundings;
  const laptop = awsUrl ?? "";
  const defaults: Variables = {
    PUBLIC_URL: surroundings.url,
    // An agent on this machine needs no way around through the internet.
    ...(!settings.remote.runtime && { AGENT_EDGE_URL: surroundings.localUrl }),
    DEPLOYMENT_ID: secrets.deploymentId,
    RELEASE_ID: surroundings.release,
    ADMIN_TOKEN: secrets.adminToken,
    TELEGRAM_WEBHOOK_SECRET: secrets.telegramWebhookSecret,
    AWS_REGION: LOCAL_AWS.region,
    ...(awsUrl !== null && {
      AWS_ACCESS_KEY_ID: secrets.awsAccessKeyId,
      AWS_SECRET_ACCESS_KEY: secrets.awsSecretAccessKey,
    }),
    AGENTCORE_RUNTIME_ARN: runtimeArn(region(variables)),
    ...(!settings.remote.runtime && { AGENTCORE_ENDPOINT: laptop }),
    ...(!settings.remote.stores && {
      AGENT_BUCKET: LOCAL_AWS.bucket,
      AGENT_DATA_ROLE_ARN: LOCAL_AWS.dataRoleArn,
      // What the laptop's STS gives opens nothing at Bedrock.
      BEDROCK_CREDENTIALS: "own-key",
    }),
    // A secret is never the laptop's, so it is not looked for there.
    ...(variables["AGENT_SECRET_ARN"] !== undefined && {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `https://secretsmanager.${region(variables)}.amazonaws.com`,
    }),
  };
  const laptopStores = { AWS_ENDPOINT_URL: laptop, AWS_ENDPOINT_URL_S3: laptop, AWS_ENDPOINT_URL_STS: laptop };
  return { ...defaults, ...variables, ...(!settings.remote.stores && laptopStores) };
}

/** The region in use, which is also the laptop's. */
export function region(variables: Variables): string {
  return variables["AWS_REGION"] ?? LOCAL_AWS.region;
}

/** The account's key: the user's own, which the laptop's AWS then takes as well, or the one made for the laptop. */
export function awsCredentials(variables: Variables, secrets: LocalSecrets): AwsCredentials {
  return {
    accessKeyId: variables["AWS_ACCESS_KEY_ID"] ?? secrets.awsAccessKeyId,
    secretAccessKey: variables["AWS_SECRET_ACCESS_KEY"] ?? secrets.awsSecretAccessKey,
  };
}

/** What decides whether Telegram is polled. */
export function pollingWish(variables: Variables, settings: Settings): PollingWish {
  return {
    mode: settings.polling,
    apiRoot: variables["TELEGRAM_API_ROOT"] ?? TELEGRAM_API_ROOT,
    hasOwnSecret: variables["TELEGRAM_WEBHOOK_SECRET"] !== undefined,
  };
}
