/** What `npm start` says before `ready`: what is on, what is off and why, and what to do next. Never a secret. */
import { relative } from "node:path";
import { discordStanding, notSetText } from "../protocol/discord-variables.ts";
import type { Settings } from "./settings.ts";
import { isPollingWanted } from "./telegram-polling.ts";
import type { Variables } from "./variables.ts";
import { pollingWish } from "./worker-environment.ts";

/** What the running Worker says of its channels. */
export type ChannelNews = {
  /** What there is to do before a bot answers anybody: lines. */
  readonly telegram: readonly string[];
  readonly discord: readonly string[];
  /** How Discord's Gateway is in words; null: not asked, or not told in time. */
  readonly gateway: string | null;
};

/** The lines of the banner. Pure. */
export function banner(
  variables: Variables,
  settings: Settings,
  url: string,
  workDir: string,
  news: ChannelNews,
): readonly string[] {
  const state = relative(workDir, settings.stateDir);
  return [
    "agent-claw",
    `  model     ${model(variables)}`,
    `  telegram  ${telegram(variables, settings, url)}`,
    ...news.telegram.map(below),
    `  discord   ${discord(variables, settings, news.gateway)}`,
    ...news.discord.map(below),
    `  heartbeat ${heartbeat(variables)}`,
    `  web       ${url.replace(/^http/, "ws")}/web/socket`,
    `  runtime   ${settings.remote.runtime ? (variables["AGENTCORE_RUNTIME_ARN"] ?? variables["AGENTCORE_ENDPOINT"]) : "this machine"}`,
    `  state     ${state.startsWith("..") ? settings.stateDir : state || "."}`,
    ...transcripts(variables),
    "",
    '  try       npm run chat -- "hello"',
    "",
  ];
}

/** When the Worker has taken the settings, they mean something. */
function heartbeat(variables: Variables): string {
  const { HEARTBEAT_EVERY: every = "30m", HEARTBEAT_ACTIVE_HOURS: hours } = variables;
  if (/^0+\s*[mhd]?$/i.test(every)) return "off (HEARTBEAT_EVERY)";
  const unit = /\d$/.test(every) ? "m" : "";
  return `every ${every}${unit}${hours === undefined ? "" : `, ${hours}`}, if something is on the checklist (/checklist)`;
}

function below(line: string): string {
  return `            ${line}`;
}

/** Where conversations and manifests are if they are not in the state. */
function transcripts(variables: Variables): readonly string[] {
  const table = variables["AGENT_TABLE"];
  return table === undefined ? [] : [below(`conversations in the DynamoDB table ${table} (AGENT_TABLE)`)];
}

function model(variables: Variables): string {
  const named = variables["AGENT_MODEL"];
  if (named !== undefined) return [named, variables["AGENT_MODEL_FALLBACKS"]].filter(Boolean).join(", then ");
  if (variables["ANTHROPIC_API_KEY"] !== undefined) return "anthropic (ANTHROPIC_API_KEY is set)";
  if (variables["OPENAI_API_KEY"] !== undefined) return "openai (OPENAI_API_KEY is set)";
  return "offline: a small set of rules; set ANTHROPIC_API_KEY or OPENAI_API_KEY for a real one";
}

function telegram(variables: Variables, settings: Settings, url: string): string {
  if (variables["TELEGRAM_BOT_TOKEN"] === undefined) return "off: set TELEGRAM_BOT_TOKEN (from @BotFather)";
  const wish = pollingWish(variables, settings);
  if (!isPollingWanted(wish)) {
    const { publicUrl } = settings;
    const howTo = publicUrl === null ? "" : " (set it once: npm run claw -- telegram webhook set)";
    return `on, webhook ${publicUrl ?? url}/telegram/webhook${howTo}`;
  }
  return wish.mode === "on" ? "on, polling" : "on, polling unless the bot has a webhook";
}

function discord(variables: Variables, { publicUrl }: Settings, gateway: string | null): string {
  const standing = discordStanding(variables);
  if (standing.kind === "none") return `off: set ${standing.missing.join(", ")} (docs/channels/discord.md)`;
  if (standing.kind === "half") return `off: ${notSetText(standing.missing)} (docs/channels/discord.md)`;
  if (variables["DISCORD_GATEWAY"] === "on") return `on, Gateway${gateway === null ? "" : `: ${gateway}`}`;
  if (publicUrl === null || !publicUrl.startsWith("https:")) return `on, but nothing comes in: ${NO_WAY_IN}`;
  return `on, slash commands at ${publicUrl}/discord/interactions (set it once: npm run claw -- discord endpoint set)`;
}

const NO_WAY_IN = "set DISCORD_GATEWAY=on, or PUBLIC_URL to a public https address (docs/channels/discord.md)";
