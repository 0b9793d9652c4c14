/** The laptop's AWS as one part of the assistant: started with the assistant's settings, ended in bounded time. */
import type { AwsCredentials } from "../protocol/invocation.ts";
import { type LocalAws, startLocalAws } from "./aws/server.ts";
import { tellAwsLine } from "./laptop-aws-log.ts";
import { LOCAL_AWS, runtimeArn } from "./local-aws-names.ts";
import type { Log } from "./log.ts";
import { killProcess } from "./process-guard.ts";

export type LaptopAwsStart = {
  /** 0: any free port. */
  readonly port: number;
  readonly stateDir: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly agentEntry: string;
  readonly processMax: number;
  /** Whose clients agents import at once (`model-providers.ts`). */
  readonly providers: string;
  /** False: only the stores are used, and no agent runs here. */
  readonly runsAgents: boolean;
  readonly log: Log;
};

/** Agent processes that are started before anybody needs them. */
const SPARES = 4;
const STOP_MAX_MS = 1_500;

/** Starts it. Throws an error of one line. */
export async function startLaptopAws(start: LaptopAwsStart): Promise<LocalAws> {
  const { region, credentials, stateDir, port, agentEntry, processMax } = start;
  return await startLocalAws({
    port,
    stateDir,
    accountId: LOCAL_AWS.accountId,
    region,
    runtimeArn: runtimeArn(region),
    dataRoleArn: LOCAL_AWS.dataRoleArn,
    bucket: LOCAL_AWS.bucket,
    credentials,
    agentEntry,
    nodePath: process.execPath,
    processMax,
    agentEnvironment: { AGENT_PROVIDERS: start.providers },
    spares: start.runsAgents ? SPARES : 0,
    log: (line) => {
      const told = tellAwsLine(line);
      if (told) start.log(told);
    },
  });
}

/** Lets agents end their turns for a moment only: whoever stops the assistant waits for it, and turns are resumed. */
export async function stopLaptopAws(aws: LocalAws): Promise<void> {
  const killer = setTimeout(() => killAgents(aws), STOP_MAX_MS);
  await aws.stop();
  clearTimeout(killer);
}

/** Ends all agents as `kill -9` does. */
export function killAgents(aws: LocalAws): void {
  for (const { pid } of aws.processes()) killProcess(pid);
}
