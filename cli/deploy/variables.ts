/** Which variable of the settings goes where in a deployment: into the open, into a secret store, or nowhere. Pure. */
import { SECRET_VARIABLES } from "../../protocol/deployment.ts";
import type { Variables } from "../../local/variables.ts";

/** Secrets of the Worker: Cloudflare keeps them, and shows them to nobody again. */
export const WORKER_SECRETS = [
  "ADMIN_TOKEN",
  "HOOKS_TOKEN",
  "WEBHOOK_TOKEN",
  "TELEGRAM_BOT_TOKEN",
  "TELEGRAM_WEBHOOK_SECRET",
  "DISCORD_BOT_TOKEN",
  "SLACK_SIGNING_SECRET",
  "SLACK_BOT_TOKEN",
  "WHATSAPP_ACCESS_TOKEN",
  "WHATSAPP_APP_SECRET",
  "WHATSAPP_VERIFY_TOKEN",
] as const;

/** The secret half of the relay's key: made by the deploy command, kept by the Worker only. */
export const RELAY_SECRET = "AWS_SECRET_ACCESS_KEY";

/** What `npm start` alone has a use for. */
const LAPTOP_ONLY = ["PORT", "AGENT_CLAW_STATE_DIR", "TELEGRAM_POLLING", "AGENT_PROCESS_MAX"] as const;

/** The deployer's own rights; they reach neither the Worker nor the agent. */
const DEPLOYER_ONLY = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] as const;

/** Set by the deploy command from what it made. */
const MADE_BY_DEPLOY = [
  "PUBLIC_URL",
  "DEPLOYMENT_ID",
  "RELEASE_ID",
  "AWS_REGION",
  "AGENTCORE_RUNTIME_ARN",
  "AGENTCORE_QUALIFIER",
  "AGENT_TABLE",
  "AGENT_BUCKET",
  "AGENT_MEMORY_ID",
  "AGENT_BROWSER_ID",
  "AGENT_DATA_ROLE_ARN",
  "AGENT_SECRET_ARN",
  "BEDROCK_CREDENTIALS",
] as const;

/** Secrets whose names are not known here would be shown: whatever sounds like one is kept back. */
const SOUNDS_SECRET = /(?:TOKEN|SECRET|PASSWORD|_KEY)$/;
/** Public halves and lists of hosts that only sound so. */
const SOUNDS_SECRET_ONLY: readonly string[] = ["DISCORD_PUBLIC_KEY"];

export type SortedVariables = {
  /** In the open: whoever may look at the Worker's settings sees them. */
  readonly plain: Variables;
  readonly workerSecrets: Variables;
  /** In the one secret of AWS Secrets Manager. */
  readonly accountSecrets: Variables;
};

/** Sorts what a person has set; what a deployment makes itself or has no use for is left out. */
export function sortVariables(variables: Variables): SortedVariables {
  const without = new Set<string>([...LAPTOP_ONLY, ...DEPLOYER_ONLY, ...MADE_BY_DEPLOY]);
  const account = new Set<string>(SECRET_VARIABLES);
  const worker = new Set<string>(WORKER_SECRETS);
  const isSecret = (name: string) =>
    worker.has(name) || (SOUNDS_SECRET.test(name) && !SOUNDS_SECRET_ONLY.includes(name));
  const entries = Object.entries(variables)
    .filter(([name]) => !without.has(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    plain: Object.fromEntries(entries.filter(([name]) => !account.has(name) && !isSecret(name))),
    workerSecrets: Object.fromEntries(entries.filter(([name]) => !account.has(name) && isSecret(name))),
    accountSecrets: Object.fromEntries(entries.filter(([name]) => account.has(name))),
  };
}
