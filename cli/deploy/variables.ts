/** Which variable of the settings goes where in a deployment: into the open, into a secret store, or nowhere. Pure. */
import { SECRET_VARIABLES } from "../../protocol/deployment.ts";
import { type Variables, WORKER_VARIABLES } from "../../local/variables.ts";

/** Secrets of the Worker: Cloudflare keeps them, and shows them to nobody again. */
const WORKER_SECRETS = [
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

export type SortedVariables = {
  /** In the open: whoever may look at the Worker's settings sees them. */
  readonly plain: Variables;
  readonly workerSecrets: Variables;
  /** In the one secret of AWS Secrets Manager. */
  readonly accountSecrets: Variables;
};

/**
 * Sorts what a person has set. Only what the Worker is known to read goes anywhere, for a name that is not known may be
 * that of a secret; what a deployment makes itself is left out.
 */
export function sortVariables(variables: Variables): SortedVariables {
  const read = new Set<string>(WORKER_VARIABLES);
  const without = new Set<string>([...DEPLOYER_ONLY, ...MADE_BY_DEPLOY]);
  const account = new Set<string>(SECRET_VARIABLES);
  const worker = new Set<string>(WORKER_SECRETS);
  const entries = Object.entries(variables)
    .filter(([name]) => read.has(name) && !without.has(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    plain: Object.fromEntries(entries.filter(([name]) => !account.has(name) && !worker.has(name))),
    workerSecrets: Object.fromEntries(entries.filter(([name]) => worker.has(name))),
    accountSecrets: Object.fromEntries(entries.filter(([name]) => account.has(name))),
  };
}
