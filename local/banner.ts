/** What `npm start` says before `ready`: what is on, what is off and why, and what to do next. Never a secret. */
import { relative } from "node:path";
import type { Settings } from "./settings.ts";
import { isPollingWanted } from "./telegram-polling.ts";
import type { Variables } from "./variables.ts";
import { pollingWish } from "./worker-environment.ts";

/** The lines of the banner; `telegramAccess`: what there is to do before the bot answers anybody. Pure. */
export function banner(
  variables: Variables,
  settings: Settings,
  url: string,
  workDir: string,
  telegramAccess: readonly string[],
): readonly string[] {
  const state = relative(workDir, settings.stateDir);
  return [
    "agent-claw",
    `  model     ${model(variables)}`,
    `  telegram  ${telegram(variables, settings, url)}`,
    ...telegramAccess.map((line) => `            ${line}`),
    `  web       ${url.replace(/^http/, "ws")}/web/socket`,
    `  runtime   ${settings.remote.runtime ? (variables["AGENTCORE_RUNTIME_ARN"] ?? variables["AGENTCORE_ENDPOINT"]) : "this machine"}`,
    `  state     ${state.startsWith("..") ? settings.stateDir : state || "."}`,
    "",
    '  try       npm run chat -- "hello"',
    "",
  ];
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
