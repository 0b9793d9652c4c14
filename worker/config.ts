/**
 * The settings of the edge, read once per isolate: every problem is reported at once, each with the variable's name
 * and what to do, and none with the value of a secret. Names and defaults: README, "Settings".
 */
import type { AwsCredentials, Grants } from "../protocol/invocation.ts";
import { ConfigError } from "../protocol/errors.ts";
import { isAllowableHost } from "../protocol/public-address.ts";
import type { AgentConfig } from "../protocol/agent-config.ts";
import { readAgentDefaults } from "./agent-defaults.ts";
import { DISCORD_API_ROOT, type DiscordSettings } from "./channels/discord/settings.ts";
import type { TelegramSettings } from "./channels/telegram/bot-api.ts";
import { readInterval } from "./heartbeat/interval.ts";
import { VariableReader, type Variables } from "./variables.ts";

export type RuntimeSettings = {
  readonly endpoint: string;
  readonly arn: string;
  readonly qualifier: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
};

export type BlobSettings = {
  readonly s3Endpoint: string;
  readonly stsEndpoint: string;
  readonly bucket: string;
  readonly roleArn: string;
  /** Where transcripts and manifests are; null: on the runtime's own disk. */
  readonly store: Grants["store"] | null;
};

/** Empty: where the provider itself has them. */
export type ModelBaseUrls = Readonly<Record<"anthropic" | "openai", { readonly baseUrl?: string }>>;

export type SecretSettings = { readonly arn: string; readonly endpoint: string };

/** The keys of all providers that the deployment has; Bedrock takes its AWS credentials. */
export type ModelKeys = Grants["models"] & { readonly bedrock: NonNullable<Grants["models"]["bedrock"]> };

/** With what a turn asks Bedrock: the session credentials of its space, or the key of the edge (a laptop). */
export type BedrockCredentials = (typeof BEDROCK_CREDENTIALS)[number];
const BEDROCK_CREDENTIALS = ["space", "own-key"] as const;

/** Where jobs may send what they find. */
export type WebhookSettings = {
  /** Sent along, so that the other side knows who it is; null: none. */
  readonly token: string | null;
  /** Hosts that the token is sent to. */
  readonly tokenHosts: readonly string[];
  readonly allowHosts: readonly string[];
};

export type Config = {
  /** Keeps the runtime sessions of two deployments apart, and those of two releases. */
  readonly deployment: string;
  readonly release: string;
  /** Guards the admin API and the web socket; without it both answer 503. */
  readonly adminToken: string | null;
  /** Guards `/hooks/*`; without it they answer 503. */
  readonly hooksToken: string | null;
  readonly webhooks: WebhookSettings;
  /** What the agent's configuration is where no document says otherwise. */
  readonly defaults: AgentConfig;
  /** `everyMs` between two beats; 0: the clock is off. */
  readonly heartbeat: { readonly everyMs: number };
  /** The public address of this Worker, as far as it is known. */
  readonly publicUrl: string | null;
  /** Where the agent is to reach this Worker, if that is another address. */
  readonly edgeUrl: string | null;
  /** Null: the channel is not configured and answers 503. */
  readonly telegram: TelegramSettings | null;
  readonly discord: DiscordSettings | null;
  readonly runtime: RuntimeSettings;
  readonly blobs: BlobSettings;
  /** No turn gets more of them than its models need (`modelGrants`). */
  readonly modelKeys: ModelKeys;
  /** Where the models of keys that are elsewhere are. */
  readonly modelBaseUrls: ModelBaseUrls;
  readonly bedrockCredentials: BedrockCredentials;
  /** Where the keys of models are; null: in the variables alone. */
  readonly secret: SecretSettings | null;
};

/** Shortest admin token that is accepted: what a person may type. Generated ones have 32 characters. */
const ADMIN_TOKEN_MIN = 8;
/** Shortest token of the hooks: nobody types it, and whoever has it can make the assistant work. */
const HOOKS_TOKEN_MIN = 16;

const parsed = new WeakMap<Variables, Config>();
let latest: { readonly fingerprint: string; readonly config: Config } | null = null;

/**
 * The settings in `variables`. Throws `ConfigError` listing every problem. Equal variables give the same object, so
 * that what is remembered about it (clients, credentials) is shared by all objects of an isolate.
 */
export function readConfig(variables: Variables): Config {
  const known = parsed.get(variables);
  if (known) return known;
  const fingerprint = JSON.stringify(Object.entries(variables).filter(([, value]) => typeof value === "string"));
  const config = latest?.fingerprint === fingerprint ? latest.config : parseConfig(variables);
  latest = { fingerprint, config };
  parsed.set(variables, config);
  return config;
}

function parseConfig(variables: Variables): Config {
  const reader = new VariableReader(variables);
  const credentials = readCredentials(reader);
  const adminToken = readAdminToken(reader);
  const hooksToken = readHooksToken(reader, adminToken);
  const config: Config = {
    deployment: reader.text("DEPLOYMENT_ID", "local"),
    release: reader.text("RELEASE_ID", "dev"),
    adminToken,
    hooksToken,
    webhooks: readWebhooks(reader, [adminToken, hooksToken]),
    defaults: readAgentDefaults(reader),
    heartbeat: { everyMs: readEvery(reader) },
    publicUrl: readAddress(reader, "PUBLIC_URL"),
    edgeUrl: readAddress(reader, "AGENT_EDGE_URL"),
    telegram: readTelegram(reader),
    discord: readDiscord(reader),
    runtime: readRuntime(reader, credentials),
    blobs: readBlobs(reader),
    modelKeys: {
      ...readKey(reader, "anthropic", "ANTHROPIC"),
      ...readKey(reader, "openai", "OPENAI"),
      bedrock: readBedrock(reader, credentials),
    },
    modelBaseUrls: { anthropic: readBaseUrl(reader, "ANTHROPIC"), openai: readBaseUrl(reader, "OPENAI") },
    bedrockCredentials: readBedrockCredentials(reader),
    secret: readSecret(reader),
  };
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  return config;
}

function readAdminToken(reader: VariableReader): string | null {
  const token = reader.optional("ADMIN_TOKEN");
  if (token !== null && token.length < ADMIN_TOKEN_MIN) {
    reader.reject("ADMIN_TOKEN", `must have at least ${ADMIN_TOKEN_MIN} characters`);
  }
  return token;
}

function readHooksToken(reader: VariableReader, adminToken: string | null): string | null {
  const token = reader.optional("HOOKS_TOKEN");
  if (token === null) return null;
  if (token.length < HOOKS_TOKEN_MIN) reader.reject("HOOKS_TOKEN", `must have at least ${HOOKS_TOKEN_MIN} characters`);
  if (!/^[!-~]+$/.test(token)) reader.reject("HOOKS_TOKEN", "may hold letters, digits and signs only, no spaces");
  if (token === adminToken) reader.reject("HOOKS_TOKEN", "must not be the ADMIN_TOKEN: other services get to know it");
  return token;
}

function readWebhooks(reader: VariableReader, ownTokens: readonly (string | null)[]): WebhookSettings {
  const token = reader.optional("WEBHOOK_TOKEN");
  const tokenHosts = reader.list("WEBHOOK_TOKEN_HOSTS");
  const allowHosts = reader.list("WEBHOOK_ALLOW_HOSTS");
  if (token !== null) rejectBadWebhookToken(reader, token, { ownTokens, tokenHosts });
  if (!tokenHosts.every(isAllowableHost)) {
    reader.reject("WEBHOOK_TOKEN_HOSTS", "must be a comma list of hosts such as ha.example.com or 192.168.1.5:8080");
  }
  if (!allowHosts.every(isAllowableHost)) {
    reader.reject("WEBHOOK_ALLOW_HOSTS", "must be a comma list of hosts such as printer.lan or 192.168.1.5:8080");
  }
  return { token, tokenHosts, allowHosts };
}

function rejectBadWebhookToken(
  reader: VariableReader,
  token: string,
  known: { readonly ownTokens: readonly (string | null)[]; readonly tokenHosts: readonly string[] },
): void {
  if (!/^[!-~]+$/.test(token)) {
    reader.reject("WEBHOOK_TOKEN", "may hold letters, digits and signs only, no spaces");
  }
  if (known.ownTokens.includes(token)) {
    reader.reject("WEBHOOK_TOKEN", "must not be the ADMIN_TOKEN or the HOOKS_TOKEN: other services get to know it");
  }
  if (known.tokenHosts.length === 0) {
    reader.reject("WEBHOOK_TOKEN_HOSTS", "must name the hosts that get WEBHOOK_TOKEN, such as ha.example.com");
  }
}

function readEvery(reader: VariableReader): number {
  const everyMs = readInterval(reader.text("HEARTBEAT_EVERY", "30m"));
  if (everyMs === null) {
    reader.reject(
      "HEARTBEAT_EVERY",
      "must be whole minutes, hours or days up to 7d, such as 30m, 2h or 1d; 0m is never",
    );
  }
  return everyMs ?? 0;
}

function readAddress(reader: VariableReader, name: "PUBLIC_URL" | "AGENT_EDGE_URL"): string | null {
  return reader.optional(name) === null ? null : reader.url(name, "");
}

function readTelegram(reader: VariableReader): TelegramSettings | null {
  const apiRoot = reader.url("TELEGRAM_API_ROOT", "https://api.telegram.org");
  const botToken = reader.optional("TELEGRAM_BOT_TOKEN");
  const webhookSecret = reader.optional("TELEGRAM_WEBHOOK_SECRET");
  const richMessages = reader.choice("TELEGRAM_RICH_MESSAGES", ["on", "off"], "on") === "on";
  if (botToken !== null && !/^\d{1,20}:[\w-]{3,100}$/.test(botToken)) {
    reader.reject(
      "TELEGRAM_BOT_TOKEN",
      "does not look like a bot token (123456:ABC...); copy it again from @BotFather",
    );
  }
  if (webhookSecret !== null && !/^[\w-]{1,256}$/.test(webhookSecret)) {
    reader.reject("TELEGRAM_WEBHOOK_SECRET", "may only hold 1 to 256 of A-Z a-z 0-9 _ -");
  }
  if (botToken === null || webhookSecret === null) return null;
  return { botToken, webhookSecret, apiRoot, richMessages };
}

function readDiscord(reader: VariableReader): DiscordSettings | null {
  const apiRoot = reader.url("DISCORD_API_ROOT", DISCORD_API_ROOT).replace(/\/+$/u, "");
  const applicationId = reader.optional("DISCORD_APPLICATION_ID");
  const publicKey = reader.optional("DISCORD_PUBLIC_KEY");
  const botToken = reader.optional("DISCORD_BOT_TOKEN");
  const isOn = (name: string) => reader.choice(name, ["on", "off"], "off") === "on";
  const gateway = isOn("DISCORD_GATEWAY");
  const messageContent = isOn("DISCORD_MESSAGE_CONTENT");
  const replyIn = reader.choice("DISCORD_REPLY_IN", ["channel", "thread"], "channel");
  if (applicationId !== null && !/^[1-9]\d{0,19}$/.test(applicationId)) {
    reader.reject(
      "DISCORD_APPLICATION_ID",
      "must be a number, such as 1457469483726668048; copy it from General Information",
    );
  }
  if (publicKey !== null && !/^[\da-f]{64}$/i.test(publicKey)) {
    reader.reject("DISCORD_PUBLIC_KEY", "must be 64 hexadecimal digits; copy it from General Information");
  }
  if (botToken !== null && !/^[\w.-]{20,200}$/.test(botToken)) {
    reader.reject("DISCORD_BOT_TOKEN", "does not look like a bot token; reset it on the page Bot and copy it again");
  }
  if (applicationId === null || publicKey === null || botToken === null) return null;
  return { applicationId, publicKey, botToken, apiRoot, gateway, messageContent, replyIn };
}

function readCredentials(reader: VariableReader): AwsCredentials {
  const sessionToken = reader.optional("AWS_SESSION_TOKEN");
  return {
    accessKeyId: reader.required("AWS_ACCESS_KEY_ID", "`npm start` makes one for the laptop"),
    secretAccessKey: reader.required("AWS_SECRET_ACCESS_KEY", "`npm start` makes one for the laptop"),
    ...(sessionToken !== null && { sessionToken }),
  };
}

function readRuntime(reader: VariableReader, credentials: AwsCredentials): RuntimeSettings {
  const region = reader.text("AWS_REGION", "us-east-1");
  const arn = reader.required("AGENTCORE_RUNTIME_ARN", "`npm start` sets it for the laptop, see .dev.vars.example");
  if (arn !== "" && !/^arn:[\w-]+:bedrock-agentcore:[\w-]+:\d{12}:runtime\/[\w-]+$/.test(arn)) {
    reader.reject("AGENTCORE_RUNTIME_ARN", "must look like arn:aws:bedrock-agentcore:REGION:ACCOUNT:runtime/ID");
  }
  return {
    endpoint: reader.url("AGENTCORE_ENDPOINT", `https://bedrock-agentcore.${region}.amazonaws.com`),
    arn,
    qualifier: reader.text("AGENTCORE_QUALIFIER", "DEFAULT"),
    region,
    credentials,
  };
}

function readBlobs(reader: VariableReader): BlobSettings {
  const region = reader.text("AWS_REGION", "us-east-1");
  const everything = reader.optional("AWS_ENDPOINT_URL");
  return {
    s3Endpoint: reader.url("AWS_ENDPOINT_URL_S3", everything ?? `https://s3.${region}.amazonaws.com`),
    stsEndpoint: reader.url("AWS_ENDPOINT_URL_STS", everything ?? `https://sts.${region}.amazonaws.com`),
    store: readStore(reader, everything),
    bucket: reader.required("AGENT_BUCKET", "the S3 bucket of workspaces and attachments"),
    roleArn: reader.required("AGENT_DATA_ROLE_ARN", "the role that a turn's credentials come from"),
  };
}

/** Null: transcripts and manifests are on the runtime's own disk, which only a laptop keeps. */
function readStore(reader: VariableReader, everything: string | null): BlobSettings["store"] {
  const table = reader.optional("AGENT_TABLE");
  if (table === null) return null;
  if (!/^[\w.-]{3,255}$/.test(table)) reader.reject("AGENT_TABLE", "must be the name of a DynamoDB table");
  const region = reader.text("AWS_REGION", "us-east-1");
  const byDefault = everything ?? `https://dynamodb.${region}.amazonaws.com`;
  return { endpoint: reader.url("AWS_ENDPOINT_URL_DYNAMODB", byDefault), region, table };
}

function readKey<Name extends "anthropic" | "openai">(
  reader: VariableReader,
  name: Name,
  prefix: string,
): Grants["models"] {
  const apiKey = reader.optional(`${prefix}_API_KEY`);
  return apiKey === null ? {} : { [name]: { apiKey, ...baseUrlOf(reader, prefix) } };
}

function readBaseUrl(reader: VariableReader, prefix: string): { readonly baseUrl?: string } {
  if (baseUrlOf(reader, prefix).baseUrl !== undefined) reader.url(`${prefix}_BASE_URL`, "");
  return baseUrlOf(reader, prefix);
}

/** As it was written. */
function baseUrlOf(reader: VariableReader, prefix: string): { readonly baseUrl?: string } {
  const baseUrl = reader.optional(`${prefix}_BASE_URL`);
  return baseUrl === null ? {} : { baseUrl };
}

function readBedrock(reader: VariableReader, credentials: AwsCredentials): ModelKeys["bedrock"] {
  const endpoint = reader.optional("AWS_ENDPOINT_URL_BEDROCK_RUNTIME");
  return {
    credentials,
    region: reader.text("AWS_REGION", "us-east-1"),
    ...(endpoint !== null && { endpoint: reader.url("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", endpoint) }),
  };
}

/** Session credentials are the default where STS is AWS's own: those of a stand-in open nothing at Bedrock. */
function readBedrockCredentials(reader: VariableReader): BedrockCredentials {
  const isStandIn = (reader.optional("AWS_ENDPOINT_URL_STS") ?? reader.optional("AWS_ENDPOINT_URL")) !== null;
  return reader.choice("BEDROCK_CREDENTIALS", BEDROCK_CREDENTIALS, isStandIn ? "own-key" : "space");
}

function readSecret(reader: VariableReader): SecretSettings | null {
  const arn = reader.optional("AGENT_SECRET_ARN");
  if (arn === null) return null;
  if (!/^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]{1,512}$/.test(arn)) {
    reader.reject("AGENT_SECRET_ARN", "must look like arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME");
  }
  const region = reader.text("AWS_REGION", "us-east-1");
  const byDefault = reader.optional("AWS_ENDPOINT_URL") ?? `https://secretsmanager.${region}.amazonaws.com`;
  return { arn, endpoint: reader.url("AWS_ENDPOINT_URL_SECRETS_MANAGER", byDefault) };
}
