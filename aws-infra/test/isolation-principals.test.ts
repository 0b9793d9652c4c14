import { beforeAll, describe, expect, it } from "vitest";
import { DATA_SESSION_SECONDS } from "../../protocol/deployment.ts";
import type { TemplatePrincipal } from "../../test/emulators/iam/principals.ts";
import {
  BUCKET_ADMINISTRATION,
  ELSEWHERE,
  listings,
  memoryEvents,
  memoryRecords,
  MEMORY_ADMINISTRATION,
  objectAdministration,
  objectReads,
  objectWrites,
  rowReads,
  rowWrites,
  versionRemovals,
  wholeTable,
} from "./isolation-requests.ts";
import {
  ARNS,
  callerOf,
  createWorld,
  decide,
  type Question,
  type Tags,
  trusts,
  type World,
} from "./isolation-world.ts";

let world: World;
beforeAll(() => {
  world = createWorld();
});

const TAGS = { agent: "main", space: "owner" };
const LIVE = `${ARNS.runtime}/runtime-endpoint/live`;
const OTHER_ROLES = ["arn:aws:iam::123456789012:role/other", "arn:aws:iam::999999999999:role/agent-claw-datarole"];

const DATA: readonly Question[] = [
  ...objectReads("main/owner"),
  ...objectWrites("main/owner"),
  ...objectAdministration("main/owner"),
  ...versionRemovals("main/owner"),
  ...listings("main/owner"),
  ...rowReads("main/owner"),
  ...rowWrites("main/owner"),
  ...wholeTable(undefined),
  ...wholeTable(["main/owner"]),
  ...memoryEvents("main/owner"),
  ...memoryRecords("/actors/main/owner/"),
  ...BUCKET_ADMINISTRATION,
  ...MEMORY_ADMINISTRATION,
  ...["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"].map((action) => ({
    action,
    resource: "arn:aws:bedrock:us-east-1::foundation-model/x",
  })),
  { action: "bedrock-agentcore:StartBrowserSession", resource: ARNS.browser },
];

function may(of: TemplatePrincipal, action: string, ...resources: readonly string[]): boolean {
  // AgentCore asks for both the runtime and the endpoint.
  return resources.every((resource) => decide(world, of, {}, { action, resource }) === "allowed");
}

function allowed(of: TemplatePrincipal, questions: readonly Question[]): readonly Question[] {
  return questions.filter((question) => decide(world, of, {}, question) === "allowed");
}

it("the stack has three principals and no others", () => {
  expect(world.rights.principals.map(({ kind, id }) => `${kind} ${id.replace(/[0-9A-F]{8}$/, "")}`).sort()).toEqual([
    "role DataRole",
    "role ExecutionRole",
    "user Relay",
  ]);
});

describe("the relay", () => {
  it("runs and stops turns at the one endpoint, becomes a space and reads the one secret", () => {
    const { relay, dataRole } = world;
    expect(may(relay, "bedrock-agentcore:InvokeAgentRuntime", ARNS.runtime, LIVE)).toBe(true);
    expect(may(relay, "bedrock-agentcore:StopRuntimeSession", ARNS.runtime, LIVE)).toBe(true);
    expect(may(relay, "sts:AssumeRole", dataRole.arn)).toBe(true);
    expect(may(relay, "sts:TagSession", dataRole.arn)).toBe(true);
    expect(may(relay, "secretsmanager:GetSecretValue", ARNS.secret)).toBe(true);
  });

  it("invokes no other endpoint and no other runtime, and in no other way", () => {
    const { relay } = world;
    const invoke = "bedrock-agentcore:InvokeAgentRuntime";
    for (const name of ["DEFAULT", "live2", "liv", "Live", "live/x", "*"]) {
      expect(may(relay, invoke, ARNS.runtime, `${ARNS.runtime}/runtime-endpoint/${name}`)).toBe(false);
    }
    const other = `${ARNS.runtime}2`;
    expect(may(relay, invoke, other, `${other}/runtime-endpoint/live`)).toBe(false);
    expect(may(relay, invoke, other)).toBe(false);
    const more = ["ForUser", "WithWebSocketStream", "Command", "CommandShell"];
    for (const way of more) expect(may(relay, `${invoke}${way}`, LIVE)).toBe(false);
    for (const name of ["UpdateAgentRuntime", "DeleteAgentRuntime", "GetAgentRuntime", "UpdateAgentRuntimeEndpoint"]) {
      expect(may(relay, `bedrock-agentcore:${name}`, ARNS.runtime)).toBe(false);
    }
  });

  it("reads and writes no data by itself, uses no model and administers nothing", () => {
    const own = ["secretsmanager:GetSecretValue", "bedrock-agentcore:InvokeAgentRuntime"];
    const others = ELSEWHERE.filter(({ action }) => ![...own, "bedrock-agentcore:StopRuntimeSession"].includes(action));
    expect(allowed(world.relay, [...DATA, ...others])).toEqual([]);
  });

  it("assumes no other role, changes no right, and reads no other secret", () => {
    const { relay, executionRole } = world;
    for (const arn of [...OTHER_ROLES, executionRole.arn, `${world.dataRole.arn}2`]) {
      expect(may(relay, "sts:AssumeRole", arn)).toBe(false);
    }
    const iam = ["CreateAccessKey", "PutUserPolicy", "AttachUserPolicy", "UpdateAssumeRolePolicy", "PutRolePolicy"];
    for (const name of iam) {
      for (const arn of [relay.arn, world.dataRole.arn]) expect(may(relay, `iam:${name}`, arn)).toBe(false);
    }
    expect(may(relay, "sts:GetFederationToken", "*")).toBe(false);
    expect(may(relay, "sts:AssumeRoleWithWebIdentity", world.dataRole.arn)).toBe(false);
    expect(may(relay, "secretsmanager:GetSecretValue", `${ARNS.secret}2`)).toBe(false);
    for (const name of ["PutSecretValue", "UpdateSecret", "DeleteSecret", "ListSecrets", "PutResourcePolicy"]) {
      expect(may(relay, `secretsmanager:${name}`, ARNS.secret)).toBe(false);
    }
  });
});

describe("the data role", () => {
  const relay = () => callerOf(world.relay.arn);

  it("is assumed by the relay with both tags, for as long as the edge asks", () => {
    for (const space of ["owner", "person_3atelegram-1", "group_3atelegram_3a-5"]) {
      expect(trusts(world.dataRole, { tags: { agent: "main", space }, caller: relay() })).toBe(true);
    }
    expect(world.dataRole.maxSessionSeconds).toBe(DATA_SESSION_SECONDS);
  });

  it.each<Tags>([
    {},
    { agent: "main" },
    { space: "owner" },
    { agent: "main", space: "" },
    { agent: "", space: "owner" },
    { agent: "main", space: "owner", third: "x" },
    { agent: "main", space: "owner", "": "x" },
    { agent: "main", third: "x" },
    { agent: "main", space: "shared" },
    { agent: "main", space: "owner/blobs" },
    { agent: "main", space: "owner2" },
    { agent: "main", space: "person_3a" },
    { agent: "main", space: "*" },
    { other: "main", space: "owner" },
  ])("is not assumed with the tags %j", (tags) => {
    expect(trusts(world.dataRole, { tags, caller: relay() })).toBe(false);
  });

  it("is assumed by nobody else", () => {
    const account = "arn:aws:iam::123456789012";
    const others = [
      `${world.relay.arn}2`,
      `${account}:root`,
      `${account}:user/admin`,
      world.dataRole.arn,
      world.executionRole.arn,
      "arn:aws:iam::999999999999:user/agent-claw-relay",
      world.relay.arn.replace("123456789012", "999999999999"),
    ].map(callerOf);
    const services = ["bedrock-agentcore", "ec2", "lambda"].map((name) => {
      return { kind: "service", name: `${name}.amazonaws.com` } as const;
    });
    for (const caller of [...others, ...services, undefined]) {
      expect(trusts(world.dataRole, { tags: TAGS, caller })).toBe(false);
    }
  });
});

describe("the execution role", () => {
  const group = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/bedrock-agentcore/runtimes";
  const service = { kind: "service", name: "bedrock-agentcore.amazonaws.com" } as const;
  const said = { "aws:SourceAccount": "123456789012", "aws:SourceArn": ARNS.runtime };

  it("writes the log of its runtime", () => {
    const log = `${group}/agent_claw-AbCdEf1234-live:log-stream:one`;
    for (const name of ["CreateLogStream", "PutLogEvents"]) {
      expect(may(world.executionRole, `logs:${name}`, log)).toBe(true);
    }
  });

  it("does nothing else: no data, no model, no secret, no other log, no role", () => {
    const { executionRole, dataRole } = world;
    expect(allowed(executionRole, [...DATA, ...ELSEWHERE])).toEqual([]);
    const other = `${group}/another-AbCdEf1234-live:log-stream:one`;
    expect(may(executionRole, "logs:PutLogEvents", other)).toBe(false);
    for (const name of ["GetLogEvents", "DeleteLogGroup", "FilterLogEvents", "PutResourcePolicy"]) {
      expect(may(executionRole, `logs:${name}`, `${group}/agent_claw-AbCdEf1234-live:log-stream:one`)).toBe(false);
    }
    expect(may(executionRole, "sts:AssumeRole", dataRole.arn)).toBe(false);
    expect(trusts(dataRole, { tags: TAGS, caller: callerOf(executionRole.arn) })).toBe(false);
  });

  it("is AgentCore's alone, for this account and runtimes of this name", () => {
    const { executionRole } = world;
    expect(trusts(executionRole, { tags: {}, caller: service, said })).toBe(true);
    expect(trusts(executionRole, { tags: {}, caller: service, said: { ...said, "aws:SourceAccount": "9" } })).toBe(
      false,
    );
    const other = ARNS.runtime.replace("agent_claw", "other");
    expect(trusts(executionRole, { tags: {}, caller: service, said: { ...said, "aws:SourceArn": other } })).toBe(false);
    expect(trusts(executionRole, { tags: {}, caller: service })).toBe(false);
    expect(trusts(executionRole, { tags: TAGS, caller: service, said })).toBe(false);
    for (const arn of [world.relay.arn, world.dataRole.arn, "arn:aws:iam::123456789012:root"]) {
      expect(trusts(executionRole, { tags: {}, caller: callerOf(arn), said })).toBe(false);
    }
  });
});
