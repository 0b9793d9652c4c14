/** What the deploy command must know, read from the variables with every problem at once. Pure. */
import { DEPLOYMENT_NAME, DEPLOYMENT_NAME_DEFAULT } from "../../protocol/deployment.ts";
import { type DiscordStanding, discordStanding } from "../../protocol/discord-variables.ts";
import type { ConfigProblem } from "../../protocol/errors.ts";
import { DEPLOY_VARIABLES, type Variables, VARIABLES } from "../../local/variables.ts";
import { checkAddresses, elsewhere, isProtected, type Reject } from "./addresses.ts";
import { type SortedVariables, sortVariables } from "./variables.ts";

const REGION_DEFAULT = "us-east-1";

export type DeploySettings = {
  /** Of the deployment, and so of its stack and its Worker. */
  readonly name: string;
  readonly region: string;
  /** Null: `https://<name>.<subdomain of the account>.workers.dev`. */
  readonly publicUrl: string | null;
  readonly aws: {
    /** Null: what the AWS command line would use (a profile, SSO). */
    readonly key: {
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
    } | null;
    readonly profile: string | null;
    /** Not the real AWS: a test, or a proxy. */
    readonly endpoint: string | null;
  };
  readonly cloudflare: {
    /** Null: the login of wrangler. */
    readonly token: string | null;
    readonly accountId: string | null;
    readonly baseUrl: string;
  };
  /** For the CDK app. */
  readonly context: Variables;
  readonly variables: SortedVariables;
  /** Tells of each cloud that is not asked at its own address. */
  readonly elsewhere: readonly string[];
  readonly channels: { readonly telegram: boolean; readonly discord: boolean; readonly discordGateway: boolean };
};

export type SettingsRead = {
  readonly settings: DeploySettings;
  readonly problems: readonly ConfigProblem[];
  /** What is as it is, but not as people may expect. */
  readonly notes: readonly string[];
};

const CLOUDFLARE_API = "https://api.cloudflare.com/client/v4";
const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d$/;

/** Shortest admin token of a deployment, in characters: it opens everything. */
const ADMIN_TOKEN_MIN = 16;

/** The variables of the stack's choices, and what the CDK app calls them. */
const CONTEXT = {
  DEPLOY_ARTIFACT: "artifact",
  DEPLOY_PLATFORM: "platform",
  DEPLOY_IDLE_SECONDS: "idleSeconds",
  DEPLOY_LOG_DAYS: "logRetentionDays",
} as const;

/** Reads the settings; a bad value becomes a problem. Never throws. */
export function readDeploySettings(all: Variables): SettingsRead {
  const problems: ConfigProblem[] = [];
  const reject = (variable: string, problem: string) => void problems.push({ variable, problem });
  const name = all["DEPLOY_NAME"] ?? DEPLOYMENT_NAME_DEFAULT;
  if (!DEPLOYMENT_NAME.test(name)) {
    reject("DEPLOY_NAME", "must be 2 to 30 lower-case letters, digits and single hyphens, and begin with a letter");
  }
  const region = all["AWS_REGION"] ?? REGION_DEFAULT;
  if (!REGION.test(region)) reject("AWS_REGION", `must be a region such as ${REGION_DEFAULT}`);
  const endpoint = all["AWS_ENDPOINT_URL"] ?? null;
  const known = knownOf(all);
  checkAddresses(known, reject);
  const variables = sortVariables(all);
  const discord = discordStanding(all);
  rejectHalf(discord, reject);
  rejectShortToken(all["ADMIN_TOKEN"], reject);
  const settings: DeploySettings = {
    name,
    region,
    publicUrl: readPublicUrl(all["PUBLIC_URL"], reject),
    aws: { key: readKey(all, reject), profile: all["AWS_PROFILE"] ?? null, endpoint },
    cloudflare: {
      token: all["CLOUDFLARE_API_TOKEN"] ?? null,
      accountId: all["CLOUDFLARE_ACCOUNT_ID"] ?? null,
      baseUrl: (all["CLOUDFLARE_API_BASE_URL"] ?? CLOUDFLARE_API).replace(/\/+$/, ""),
    },
    context: { name, ...readContext(all) },
    variables,
    elsewhere: elsewhere(known),
    channels: {
      telegram: all["TELEGRAM_BOT_TOKEN"] !== undefined,
      discord: discord.kind === "complete",
      discordGateway: discord.kind === "complete" && all["DISCORD_GATEWAY"] === "on",
    },
  };
  return { settings, problems, notes: notesOn(all, settings) };
}

/** `.dev.vars` may hold any name; the environment gives only these. */
function knownOf(all: Variables): Variables {
  const names = new Set([...VARIABLES, ...DEPLOY_VARIABLES]);
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.has(name)));
}

const HALF_DISCORD = "Discord needs its application id, public key and bot token together (docs/channels/discord.md)";

function readContext(all: Variables): Variables {
  const entries = Object.entries(CONTEXT).flatMap(([variable, key]) => {
    const value = all[variable];
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(entries);
}

function rejectHalf(discord: DiscordStanding, reject: Reject): void {
  if (discord.kind !== "half") return;
  for (const missing of discord.missing) reject(missing, `is not set; ${HALF_DISCORD}`);
}

function rejectShortToken(token: string | undefined, reject: Reject): void {
  if (token === undefined || token.length >= ADMIN_TOKEN_MIN) return;
  const least = `must have at least ${String(ADMIN_TOKEN_MIN)} characters where others can reach it`;
  reject("ADMIN_TOKEN", `${least}; without one the deployment makes its own`);
}

function readKey(all: Variables, reject: Reject): DeploySettings["aws"]["key"] {
  const accessKeyId = all["AWS_ACCESS_KEY_ID"];
  const secretAccessKey = all["AWS_SECRET_ACCESS_KEY"];
  const sessionToken = all["AWS_SESSION_TOKEN"];
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  }
  if (accessKeyId !== undefined) reject("AWS_SECRET_ACCESS_KEY", "is missing, and the other half of the key is set");
  if (secretAccessKey !== undefined) reject("AWS_ACCESS_KEY_ID", "is missing, and the other half of the key is set");
  return null;
}

/** Platforms deliver to https only. Plain http is for tests, which have it all on this machine. */
function readPublicUrl(text: string | undefined, reject: Reject): string | null {
  if (text === undefined) return null;
  const url = URL.parse(text);
  const isRoot = url !== null && url.pathname === "/" && url.search === "" && url.hash === "";
  if (isRoot && isProtected(url)) return url.origin;
  reject("PUBLIC_URL", "must be an https address without a path; leave it empty for an address at workers.dev");
  return null;
}

function notesOn(all: Variables, { channels }: DeploySettings): readonly string[] {
  const notes: string[] = [];
  const known = knownOf(all);
  const unknown = Object.keys(all).filter((name) => !Object.hasOwn(known, name));
  if (unknown.length > 0) notes.push(`Not known here, and so left out: ${unknown.toSorted().join(", ")}.`);
  const hasKey = all["ANTHROPIC_API_KEY"] !== undefined || all["OPENAI_API_KEY"] !== undefined;
  if (!hasKey && all["AGENT_MODEL"] === undefined) {
    notes.push(
      "No model is set: a small offline model answers and says so. Set ANTHROPIC_API_KEY or OPENAI_API_KEY, or an AGENT_MODEL of Bedrock, and run this again.",
    );
  }
  if (all["AWS_REGION"] === undefined) notes.push(`AWS_REGION is not set: ${REGION_DEFAULT}.`);
  if (!channels.telegram && !channels.discord) {
    notes.push(
      "No chat app is set: you can talk to it with npm run chat -- --deployed. TELEGRAM_BOT_TOKEN brings Telegram.",
    );
  }
  return notes;
}
