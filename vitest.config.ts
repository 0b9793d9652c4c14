import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** Settings of the Worker under test. */
const bindings = {
  ADMIN_TOKEN: "admin-token-for-tests",
  HOOKS_TOKEN: "hooks-token-for-tests",
  TELEGRAM_BOT_TOKEN: "1000:test-token",
  TELEGRAM_WEBHOOK_SECRET: "webhook-secret",
  TELEGRAM_API_ROOT: "http://127.0.0.1:9",
  ALLOW_FROM: "telegram:7",
  GROUP_ALLOW_FROM: "telegram:-100",
  AGENTCORE_ENDPOINT: "http://127.0.0.1:9",
  AGENTCORE_RUNTIME_ARN: "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/test-0000000000",
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
  AWS_ACCESS_KEY_ID: "AKIDTEST",
  AWS_SECRET_ACCESS_KEY: "secret-for-tests",
  AGENT_BUCKET: "agent-claw-test",
  AGENT_DATA_ROLE_ARN: "arn:aws:iam::000000000000:role/agent-claw-data",
};

/** As in every build but the fault suite's. */
const define = { FAIL_POINTS: "false", GATEWAY_TIME_SCALE: "1" };

export default defineConfig({
  test: {
    silent: "passed-only",
    // Most tests wait for processes of their own: one worker a core, also where there are only two.
    maxWorkers: "100%",
    projects: [
      {
        define,
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          exclude: ["test/unit/dynamo/**"],
          // Most of the time would go into importing the same modules for each file anew.
          isolate: false,
          setupFiles: ["test/unit/fresh-file.ts"],
          testTimeout: 30_000,
        },
      },
      {
        define: { ...define },
        test: {
          name: "dynamo",
          include: ["test/unit/dynamo/**/*.test.ts"],
          globalSetup: "test/emulators/dynamodb/global-setup.ts",
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        define,
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            // Cloudflare's own answer for an origin that is down: nothing outside the Worker is there.
            miniflare: { bindings, outboundService: () => new Response(null, { status: 521 }) },
          }),
        ],
        test: {
          name: "worker",
          include: ["test/worker/**/*.test.ts"],
          // One runtime of Cloudflare's for many files: starting one for each took two thirds of the time.
          isolate: false,
          setupFiles: ["test/worker/fresh-file.ts"],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        define: { ...define },
        // The CDK app needs the packages of its own folder: `npm run infra:install`.
        test: { name: "infra", include: ["aws-infra/test/**/*.test.ts"], testTimeout: 30_000, hookTimeout: 30_000 },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        define,
        test: {
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
