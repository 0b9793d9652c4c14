/** Which steps each way to call the command takes. Pure. */
import { assertNever } from "../../protocol/assert.ts";
import type { DeploySettings, SettingsRead } from "./settings.ts";
import type { Mode, Step } from "./step.ts";
import { bootstrapAccount } from "./steps/bootstrap.ts";
import { setDiscord, setTelegram } from "./steps/chats.ts";
import { askAccounts } from "./steps/accounts.ts";
import { buildAll } from "./steps/build.ts";
import { checkSettings } from "./steps/settings.ts";
import { leadEndpointBack, rollBack } from "./steps/back.ts";
import { waitUntilHealthy } from "./steps/healthy.ts";
import { makeRelayKey, removeOldKeys } from "./steps/relay-key.ts";
import { writeSecret } from "./steps/secret.ts";
import { sendSmokeMessage } from "./steps/smoke.ts";
import { deployInfrastructure } from "./steps/stack.ts";
import { deployWorker, setWorkerSecrets } from "./steps/worker.ts";

/** What is done before the plan can be shown; none of it changes anything. */
export function stepsBefore(mode: Mode, read: SettingsRead, isDry: boolean): readonly Step[] {
  // The way back is needed most when the code here is broken.
  if (mode === "rollback") return [askAccounts];
  const asking = isDry ? [] : [askAccounts];
  return [checkSettings(read), ...asking, ...(mode === "secrets" ? [] : [buildAll])];
}

export type StepChoice = { readonly mode: Mode; readonly settings: DeploySettings; readonly hasSmoke: boolean };

/** What is done after the plan was agreed to, in its order. */
export function stepsOf({ mode, settings, hasSmoke }: StepChoice): readonly Step[] {
  const smoke = hasSmoke ? [sendSmokeMessage] : [];
  const chats = [
    ...(settings.channels.telegram ? [setTelegram] : []),
    ...(settings.channels.discord ? [setDiscord] : []),
  ];
  switch (mode) {
    case "deploy":
      return [
        bootstrapAccount,
        deployInfrastructure,
        writeSecret,
        makeRelayKey({ isNew: false }),
        deployWorker,
        waitUntilHealthy,
        ...chats,
        ...smoke,
        removeOldKeys,
      ];
    case "rotate":
      return [makeRelayKey({ isNew: true }), deployWorker, waitUntilHealthy, ...smoke, removeOldKeys];
    case "secrets":
      // A webhook is set with its secret.
      return [writeSecret, setWorkerSecrets, waitUntilHealthy, ...chats];
    case "rollback":
      return [rollBack, leadEndpointBack, waitUntilHealthy, ...chats, ...smoke];
    default:
      return assertNever(mode);
  }
}
