/**
 * The variables of `npm start`: the process environment first, then `.dev.vars`. Only names that are known here are
 * taken from the environment, so that nothing else of a developer's shell reaches the Worker.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { WRANGLER_DEV_VARIABLES } from "./local-aws-names.ts";

export type Variables = Readonly<Record<string, string>>;

/** Read by `npm start` itself. */
const LOCAL_VARIABLES = ["PORT", "AGENT_CLAW_STATE_DIR", "TELEGRAM_POLLING", "AGENT_PROCESS_MAX"] as const;

/** Read by the Worker; every one is described in `.dev.vars.example`. */
export const WORKER_VARIABLES = [
  "PUBLIC_URL",
  "AGENT_EDGE_URL",
  "ADMIN_TOKEN",
  "HOOKS_TOKEN",
  "WEBHOOK_TOKEN",
  "WEBHOOK_TOKEN_HOSTS",
  "WEBHOOK_ALLOW_HOSTS",
  "TELEGRAM_BOT_TOKEN",
  "TELEGRAM_WEBHOOK_SECRET",
  "TELEGRAM_API_ROOT",
  "TELEGRAM_RICH_MESSAGES",
  "DISCORD_APPLICATION_ID",
  "DISCORD_PUBLIC_KEY",
  "DISCORD_BOT_TOKEN",
  "DISCORD_API_ROOT",
  "DISCORD_GATEWAY",
  "DISCORD_MESSAGE_CONTENT",
  "DISCORD_REPLY_IN",
  "SLACK_SIGNING_SECRET",
  "SLACK_BOT_TOKEN",
  "SLACK_API_ROOT",
  "WHATSAPP_ACCESS_TOKEN",
  "WHATSAPP_APP_SECRET",
  "WHATSAPP_VERIFY_TOKEN",
  "WHATSAPP_PHONE_NUMBER_ID",
  "WHATSAPP_API_ROOT",
  "DM_POLICY",
  "TELEGRAM_DM_POLICY",
  "DISCORD_DM_POLICY",
  "SLACK_DM_POLICY",
  "WHATSAPP_DM_POLICY",
  "GROUP_POLICY",
  "ALLOW_FROM",
  "GROUP_ALLOW_FROM",
  "MENTION_PATTERNS",
  "ACK_REACTION",
  "AGENT_MODEL",
  "AGENT_MODEL_FALLBACKS",
  "AGENT_TIMEZONE",
  "HEARTBEAT_EVERY",
  "HEARTBEAT_ACTIVE_HOURS",
  "DAILY_BUDGET_USD",
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_BASE_URL",
  "OPENAI_API_KEY",
  "OPENAI_BASE_URL",
  "BEDROCK_CREDENTIALS",
  "BRAVE_API_KEY",
  "BRAVE_API_ROOT",
  "ELEVENLABS_API_KEY",
  "ELEVENLABS_API_ROOT",
  "AWS_REGION",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_ENDPOINT_URL",
  "AWS_ENDPOINT_URL_S3",
  "AWS_ENDPOINT_URL_STS",
  "AWS_ENDPOINT_URL_DYNAMODB",
  "AWS_ENDPOINT_URL_SECRETS_MANAGER",
  "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
  "AGENTCORE_RUNTIME_ARN",
  "AGENTCORE_ENDPOINT",
  "AGENTCORE_QUALIFIER",
  "AGENT_TABLE",
  "AGENT_BUCKET",
  "AGENT_MEMORY_ID",
  "AGENT_BROWSER_ID",
  "AGENT_DATA_ROLE_ARN",
  "AGENT_SECRET_ARN",
  "DEPLOYMENT_ID",
  "RELEASE_ID",
] as const;

/** Every name that is taken from the environment. */
export const VARIABLES: readonly string[] = [...LOCAL_VARIABLES, ...WORKER_VARIABLES];

/** Read by `npm run deploy` and `npm run destroy` only; nothing that runs gets them. */
export const DEPLOY_VARIABLES: readonly string[] = [
  "DEPLOY_NAME",
  "DEPLOY_ARTIFACT",
  "DEPLOY_PLATFORM",
  "DEPLOY_IDLE_SECONDS",
  "DEPLOY_LOG_DAYS",
  "CLOUDFLARE_API_TOKEN",
  "CLOUDFLARE_ACCOUNT_ID",
  "CLOUDFLARE_API_BASE_URL",
  "AWS_PROFILE",
];

/**
 * Joins both sources. A name in the environment hides the one in the file even when it is empty, so that
 * `TELEGRAM_BOT_TOKEN= npm start` leaves Telegram out; an empty value means that the variable is not set. The values
 * that are there for plain `npx wrangler dev` are left out as well.
 */
export function mergeVariables(
  environment: Readonly<Record<string, string | undefined>>,
  file: Variables,
  names: readonly string[] = VARIABLES,
): Variables {
  const known = names.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value.trim()] as const];
  });
  const fromFile = Object.entries(file).map(([name, value]) => [name, value.trim()] as const);
  const forWranglerDev = new Map<string, string>(Object.entries(WRANGLER_DEV_VARIABLES));
  const all = [...new Map([...fromFile, ...known])];
  return Object.fromEntries(all.filter(([name, value]) => value !== "" && value !== forWranglerDev.get(name)));
}

/** The variables of this process and of the `.dev.vars` in `root`, if there is one. Throws if it cannot be read. */
export function loadVariables(root: string): Variables {
  const all = mergeVariables(process.env, readDevVars(join(root, ".dev.vars")));
  return Object.fromEntries(Object.entries(all).filter(([name]) => !DEPLOY_VARIABLES.includes(name)));
}

/** The same with what only the deploy command has a use for. */
export function loadDeployVariables(root: string): Variables {
  return mergeVariables(process.env, readDevVars(join(root, ".dev.vars")), [...VARIABLES, ...DEPLOY_VARIABLES]);
}

function readDevVars(path: string): Variables {
  try {
    const entries = Object.entries(parseEnv(readFileSync(path, "utf8")));
    return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
}
