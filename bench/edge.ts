/** A Worker in workerd itself, as `npm start` runs it: no development proxy in front of its socket. */
import { join } from "node:path";
import { claimPort } from "../local/free-port.ts";
import { LOCAL_AWS, runtimeArn } from "../local/local-aws-names.ts";
import type { Variables } from "../local/variables.ts";
import { buildWorker, type WorkerBundle } from "../local/worker-bundle.ts";
import type { WranglerToml } from "../local/worker-config.ts";
import { startWorkerd } from "../local/workerd.ts";
import { openScratch } from "./scratch.ts";

export type Edge = { readonly webhookUrl: string };

export const WEBHOOK_SECRET = "bench-webhook-secret";

/** What every request of the load generator carries, to both Workers. */
export const WEBHOOK_HEADERS = {
  "content-type": "application/json",
  "x-telegram-bot-api-secret-token": WEBHOOK_SECRET,
};

/** Runs the real Worker; everything that it would call is at `outsideUrl`. */
export async function startRealWorker(root: string, outsideUrl: string, parts: AsyncDisposableStack): Promise<Edge> {
  const variables = {
    TELEGRAM_BOT_TOKEN: "1000:bench-token",
    TELEGRAM_WEBHOOK_SECRET: WEBHOOK_SECRET,
    TELEGRAM_API_ROOT: outsideUrl,
    DM_POLICY: "open",
    AWS_REGION: LOCAL_AWS.region,
    AWS_ACCESS_KEY_ID: "AKIABENCH",
    AWS_SECRET_ACCESS_KEY: "bench",
    AWS_ENDPOINT_URL: outsideUrl,
    AGENTCORE_ENDPOINT: outsideUrl,
    AGENTCORE_RUNTIME_ARN: runtimeArn(LOCAL_AWS.region),
    AGENT_BUCKET: LOCAL_AWS.bucket,
    AGENT_DATA_ROLE_ARN: LOCAL_AWS.dataRoleArn,
  };
  return start(await buildWorker(root), variables, parts);
}

/** Runs the baseline in the same workerd build, under the same compatibility date. */
export async function startMinimalWorker(
  root: string,
  parts: AsyncDisposableStack,
  variables: Variables = {},
): Promise<Edge> {
  const { wrangler } = await buildWorker(root);
  const minimal = {
    ...wrangler,
    name: "minimal",
    durable_objects: { bindings: [{ name: "MINIMAL", class_name: "Minimal" }] },
    exports: { Minimal: { type: "durable-object" as const, storage: "sqlite" as const } },
    vars: {},
  } satisfies WranglerToml;
  const modulePath = join(import.meta.dirname, "minimal-worker.js");
  return start({ wrangler: minimal, modulePath }, variables, parts);
}

async function start(
  worker: Pick<WorkerBundle, "wrangler" | "modulePath">,
  variables: Variables,
  parts: AsyncDisposableStack,
): Promise<Edge> {
  const scratch = parts.use(openScratch());
  const port = await claimPort(0);
  const workerd = await startWorkerd({ worker, stateDir: scratch.path, port, variables, log: () => {} });
  parts.adopt(workerd, () => workerd.stop());
  return { webhookUrl: `http://127.0.0.1:${port}/telegram/webhook` };
}
