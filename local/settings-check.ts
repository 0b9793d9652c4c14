/** Asks the Worker for everything that is wrong with its settings, without letting it touch any state. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claimPort } from "./free-port.ts";
import type { Settings } from "./settings.ts";
import type { Variables } from "./variables.ts";
import { buildWorker } from "./worker-bundle.ts";
import { workerVariables } from "./worker-environment.ts";
import { createSettingsComplaint, waitForHealth } from "./worker-health.ts";
import { startWorkerd } from "./workerd.ts";

/** Stands for what only a real start makes; the Worker checks nothing but its form. */
const PLACEHOLDER = "x".repeat(32);

/** All problems in one line, or null. Throws if the Worker cannot be asked. */
export async function askWorkerForProblems(
  root: string,
  variables: Variables,
  settings: Settings,
): Promise<string | null> {
  const stateDir = mkdtempSync(join(tmpdir(), "agent-claw-check-"));
  const port = await claimPort(0);
  const url = `http://127.0.0.1:${port}`;
  const complaint = createSettingsComplaint(() => {});
  const secrets = {
    deploymentId: PLACEHOLDER,
    adminToken: PLACEHOLDER,
    telegramWebhookSecret: PLACEHOLDER,
    awsAccessKeyId: PLACEHOLDER,
    awsSecretAccessKey: PLACEHOLDER,
  };
  try {
    const workerd = await startWorkerd({
      worker: await buildWorker(root),
      stateDir,
      port,
      variables: workerVariables(variables, {
        settings,
        secrets,
        url,
        localUrl: url,
        awsUrl: url,
        release: PLACEHOLDER,
      }),
      log: complaint.log,
    });
    return await waitForHealth({ url, ended: workerd.ended, complaint }).finally(() => workerd.stop());
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}
