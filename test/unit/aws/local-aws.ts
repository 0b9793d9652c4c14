/** Starts the laptop's AWS with the scripted agent, for the tests of this folder. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BedrockAgentCoreClient } from "@aws-sdk/client-bedrock-agentcore";
import type { LogLine } from "../../../local/aws/log.ts";
import { type LocalAws, type LocalAwsSettings, startLocalAws } from "../../../local/aws/server.ts";

export const REGION = "us-east-1";
export const ACCOUNT = "123456789012";
export const RUNTIME_ID = "claw_agent-AbCdEf1234";
export const RUNTIME_ARN = `arn:aws:bedrock-agentcore:${REGION}:${ACCOUNT}:runtime/${RUNTIME_ID}`;
export const DATA_ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/claw-data`;
export const BUCKET = "claw-local";
export const CREDENTIALS = { accessKeyId: "AKIALOCAL", secretAccessKey: "the/secret+of=the account" };
const FAKE_AGENT = fileURLToPath(new URL("fake-agent.ts", import.meta.url));

export type Stand = {
  readonly aws: LocalAws;
  readonly stateDir: string;
  readonly log: readonly LogLine[];
  [Symbol.asyncDispose](): Promise<void>;
};

/** Without spares unless asked for: each test then sees exactly the processes that it caused. */
export async function startStand(settings: Partial<LocalAwsSettings> = {}): Promise<Stand> {
  const stateDir = settings.stateDir ?? (await mkdtemp(join(tmpdir(), "claw-aws-")));
  const log: LogLine[] = [];
  const aws = await startLocalAws({
    port: 0,
    stateDir,
    accountId: ACCOUNT,
    region: REGION,
    runtimeArn: RUNTIME_ARN,
    dataRoleArn: DATA_ROLE_ARN,
    bucket: BUCKET,
    credentials: CREDENTIALS,
    agentEntry: FAKE_AGENT,
    nodePath: process.execPath,
    processMax: 4,
    spares: 0,
    log: (line) => log.push(line),
    ...settings,
  });
  return {
    aws,
    stateDir,
    log,
    async [Symbol.asyncDispose]() {
      await aws.stop();
      if (settings.stateDir === undefined) await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** The AWS SDK's own client, unmodified but for where it sends. */
export function sdkClient(aws: LocalAws, options: { region?: string } = {}): BedrockAgentCoreClient {
  return new BedrockAgentCoreClient({
    endpoint: aws.url,
    region: options.region ?? REGION,
    credentials: CREDENTIALS,
    maxAttempts: 1,
  });
}

/** A session id of legal length. */
export function sessionId(name: string): string {
  return `${name}-`.padEnd(40, "0");
}

/** Whether a process of that id lives. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
