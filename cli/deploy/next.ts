/** What somebody does next who has just deployed. Pure. */
import { DEPLOYMENT_NAME_DEFAULT } from "../../protocol/deployment.ts";
import type { DeploySettings } from "./settings.ts";

/** `isFirst`: nothing was there before. A bot answers a stranger with a code only while it knows nobody. */
export function nextLines({ name, channels, variables }: DeploySettings, isFirst: boolean): readonly string[] {
  const hasChat = channels.telegram || channels.discord;
  const code = variables.plain["ALLOW_FROM"] === undefined ? "; it answers with a code." : ".";
  const suffix = name === DEPLOYMENT_NAME_DEFAULT ? "--deployed" : `--deployed ${name}`;
  return [
    "Next:",
    ...(isFirst && channels.telegram ? [`  Write to your bot on Telegram${code}`] : []),
    ...(isFirst && channels.discord ? [`  Write to your bot on Discord${code}`] : []),
    ...(isFirst && hasChat && code !== "."
      ? [`  Let yourself in with it:  npm run claw -- pair approve <code> ${suffix}`]
      : [`  Talk to it here:          npm run chat -- "hello" ${suffix}`]),
    `  How it does:              npm run claw -- status ${suffix}`,
    "  What it costs:            https://console.aws.amazon.com/costmanagement and https://dash.cloudflare.com (Billing)",
    "  After a change, or to upgrade: npm run deploy. One release back: npm run deploy -- --rollback",
  ];
}
