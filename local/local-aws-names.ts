/** Names of what the laptop's AWS holds. The account id is the one that AWS uses in its documentation. */
import type { Variables } from "./variables.ts";

export const LOCAL_AWS = {
  region: "us-east-1",
  accountId: "111122223333",
  bucket: "agent-claw-local",
  dataRoleArn: "arn:aws:iam::111122223333:role/agent-claw-data",
  /** Where `npm run aws` is, for plain `npx wrangler dev`; `npm start` takes any free port. */
  fixedPort: 8788,
} as const;

const endpoint = `http://127.0.0.1:${LOCAL_AWS.fixedPort}`;
/** Where `npx wrangler dev` listens (wrangler.toml). */
const WRANGLER_URL = "http://127.0.0.1:8787";

/**
 * What `.dev.vars.example` sets so that plain `npx wrangler dev` finds `npm run aws` and can be talked to. All of it is
 * public and opens nothing but this machine's own. `npm start` brings its own AWS and token and leaves these values out,
 * so that one `.dev.vars` does for both.
 */
export const WRANGLER_DEV_VARIABLES = {
  ADMIN_TOKEN: "local-only-admin-token",
  AGENT_EDGE_URL: WRANGLER_URL,
  AWS_REGION: LOCAL_AWS.region,
  AWS_ACCESS_KEY_ID: "AKLOCALONLY000000000",
  AWS_SECRET_ACCESS_KEY: "local-only-this-opens-nothing-but-npm-run-aws",
  AWS_ENDPOINT_URL: endpoint,
  AGENTCORE_ENDPOINT: endpoint,
  AGENTCORE_RUNTIME_ARN: runtimeArn(LOCAL_AWS.region),
  AGENT_BUCKET: LOCAL_AWS.bucket,
  AGENT_DATA_ROLE_ARN: LOCAL_AWS.dataRoleArn,
} as const satisfies Variables;

/** The name of the laptop's runtime, in the form that AWS gives to its own. */
export function runtimeArn(region: string): string {
  return `arn:aws:bedrock-agentcore:${region}:${LOCAL_AWS.accountId}:runtime/agent_claw-local000001`;
}
