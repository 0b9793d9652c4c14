/** What somebody does next who has just deployed. Pure. */
import { DEPLOYMENT_NAME_DEFAULT } from "../../protocol/deployment.ts";
import type { DeploySettings } from "./settings.ts";

export function nextLines({ name, channels }: DeploySettings): readonly string[] {
  const suffix = name === DEPLOYMENT_NAME_DEFAULT ? "--deployed" : `--deployed ${name}`;
  return [
    "Next:",
    ...(channels.telegram ? ["  Write to your bot on Telegram; it answers with a code."] : []),
    ...(channels.discord ? ["  Write to your bot on Discord; it answers with a code."] : []),
    ...(channels.telegram || channels.discord
      ? [`  Let yourself in with it:  npm run claw -- pair approve <code> ${suffix}`]
      : [`  Talk to it here:          npm run chat -- "hello" ${suffix}`]),
    `  How it does:              npm run claw -- status ${suffix}`,
    "  What it costs:            https://console.aws.amazon.com/costmanagement and https://dash.cloudflare.com (Billing)",
    "  After a change, or to upgrade: npm run deploy. One release back: npm run deploy -- --rollback",
  ];
}
