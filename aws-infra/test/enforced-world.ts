/** The agent over S3 and DynamoDB that enforce the synthesised policies, with the sessions that the edge makes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAgent, type RunningAgent } from "../../agent-container/src/agent.ts";
import type { TurnRequest } from "../../agent-container/src/turn/ports.ts";
import type { Grants, PromptMessage, TurnInvocation } from "../../protocol/invocation.ts";
import { type ConversationKey, isConversationKey } from "../../protocol/session-key.ts";
import { isSpaceId, type SpaceId } from "../../protocol/space.ts";
import type { TurnEvent } from "../../protocol/turn-event.ts";
import { type DynamoDbLocal, startDynamoDbLocal } from "../../test/emulators/dynamodb/dynamodb-local.ts";
import { createTable } from "../../test/emulators/dynamodb/table.ts";
import { type EnforcingProxy, startEnforcingProxy } from "../../test/emulators/iam/enforcing-proxy.ts";
import { promptMessage, turn } from "../../test/unit/agent/invocations.ts";
import { type Script, scriptedModel } from "../../test/unit/agent/scripted-model.ts";
import { BUCKET, CREDENTIALS, REGION, type Stand, startStand } from "../../test/unit/aws/local-aws.ts";
import { createDataCredentials } from "../../worker/credentials/data-credentials.ts";
import { ARNS, createWorld, NAMES } from "./isolation-world.ts";

export type SpacePlace = { readonly conversation: ConversationKey; readonly space: SpaceId };

export const OWNER = place("main", "owner");
export const ADA = place("person:telegram-1", "person:telegram-1");
export const GROUP = place("telegram:group:-5", "group:telegram:-5");

export type EnforcedRun = {
  readonly proxy: EnforcingProxy;
  readonly stand: Stand;
  /** A process that knows only what is stored. */
  start(script: Script): RunningAgent;
  /** As the edge asks for them at each turn. */
  grantsOf(at: SpacePlace): Promise<Grants>;
  /** A turn of that place; each has a higher fence than the one before. */
  turnOf(at: SpacePlace, message?: Partial<PromptMessage>): Promise<TurnInvocation>;
  nextFence(): number;
  stop(): Promise<void>;
};

export async function startEnforcedRun(): Promise<EnforcedRun> {
  const { account, rights, relay, dataRole } = createWorld();
  const dir = mkdtempSync(join(tmpdir(), "claw-enforced-"));
  const dynamo: DynamoDbLocal = await startDynamoDbLocal();
  await createTable(dynamo.endpoint, NAMES["AWS::DynamoDB::GlobalTable"]);
  const stand = await startStand({ dataRoleArn: dataRole.arn, bucketVersions: true });
  const proxy = await startEnforcingProxy({
    account,
    relay,
    relayKeyId: CREDENTIALS.accessKeyId,
    dataRole,
    bucketPolicies: rights.bucketPolicies,
    tableArn: (table) => ARNS.table.replace(NAMES["AWS::DynamoDB::GlobalTable"], table),
    aws: stand.aws.url,
    dynamoDb: dynamo.endpoint,
  });
  const agents: RunningAgent[] = [];
  const table = NAMES["AWS::DynamoDB::GlobalTable"];
  const credentials = createDataCredentials({
    stsEndpoint: proxy.url,
    s3Endpoint: proxy.url,
    region: REGION,
    roleArn: dataRole.arn,
    bucket: BUCKET,
    credentials: CREDENTIALS,
    store: { endpoint: proxy.url, region: REGION, table },
  });
  let fence = 0;
  const nextFence = () => (fence += 1);
  const grantsOf = async ({ space }: SpacePlace): Promise<Grants> => ({
    models: {},
    ...(await credentials.forSpace("main", space, Date.now())),
  });
  return {
    proxy,
    stand,
    start(script) {
      const workDir = mkdtempSync(join(dir, "work-"));
      const openModel = () => Promise.resolve(scriptedModel(script));
      const agent = createAgent({ stateDir: undefined, workDir }, { log: () => undefined, openModel });
      agents.push(agent);
      return agent;
    },
    grantsOf,
    turnOf: async (at, message = {}) => {
      const next = nextFence();
      const messages = [promptMessage(`telegram:${String(next)}`, "Do what you do.", message)];
      const turnId = `turn-${String(next).padStart(4, "0")}`;
      return turn({ blobs: "" }, "", { ...at, fence: next, turnId, messages, grants: await grantsOf(at) });
    },
    nextFence,
    stop: async () => {
      for (const agent of agents) await agent.shutDown(0);
      await proxy.stop();
      await stand[Symbol.asyncDispose]();
      await dynamo.stop();
      rmSync(dir, { recursive: true });
    },
  };
}

/** Runs a turn to its end and returns all that was told of it. */
export async function runTurn(agent: RunningAgent, request: TurnRequest): Promise<readonly TurnEvent[]> {
  const events: TurnEvent[] = [];
  const closed = Promise.withResolvers<void>();
  await agent.join(request, { send: (event) => events.push(event), close: closed.resolve });
  await closed.promise;
  await agent.settled(request);
  return events;
}

function place(conversation: string, space: string): SpacePlace {
  const key = `agent:main:${conversation}`;
  if (!isConversationKey(key) || !isSpaceId(space)) throw new Error(`not a place: ${conversation}`);
  return { conversation: key, space };
}
