/** The rights that the synthesised stack gives, and questions to them, for the tests of isolation. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { DEPLOYMENT_NAME_DEFAULT } from "../../protocol/deployment.ts";
import { type AccessRequest, type Decision, evaluate } from "../../test/emulators/iam/evaluate.ts";
import { type ContextValue, createContext } from "../../test/emulators/iam/pattern.ts";
import { readRights, type TemplatePrincipal, type TemplateRights } from "../../test/emulators/iam/principals.ts";
import type { Place } from "../../test/emulators/iam/resource-names.ts";
import { readTemplate } from "../../test/emulators/iam/template.ts";
import { readSettings } from "../settings.ts";
import { AgentClawStack } from "../stack/agent-claw-stack.ts";

const ACCOUNT = "123456789012";
const REGION = "us-east-1";
const STACK = DEPLOYMENT_NAME_DEFAULT;

export const NAMES = {
  "AWS::S3::Bucket": "claw-local",
  "AWS::DynamoDB::GlobalTable": "agent-claw-test",
  "AWS::BedrockAgentCore::Memory": "claw-AbCdEf1234",
  "AWS::BedrockAgentCore::Runtime": "agent_claw-AbCdEf1234",
  "AWS::BedrockAgentCore::BrowserCustom": "browser-AbCdEf1234",
  "AWS::SecretsManager::Secret": "claw-secret-AbCdEf",
} as const;

const agentCore = `arn:aws:bedrock-agentcore:${REGION}:${ACCOUNT}`;

export const ARNS = {
  bucket: `arn:aws:s3:::${NAMES["AWS::S3::Bucket"]}`,
  table: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${NAMES["AWS::DynamoDB::GlobalTable"]}`,
  memory: `${agentCore}:memory/${NAMES["AWS::BedrockAgentCore::Memory"]}`,
  runtime: `${agentCore}:runtime/${NAMES["AWS::BedrockAgentCore::Runtime"]}`,
  browser: `${agentCore}:browser-custom/${NAMES["AWS::BedrockAgentCore::BrowserCustom"]}`,
  secret: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${NAMES["AWS::SecretsManager::Secret"]}`,
} as const;

export type World = {
  readonly account: string;
  readonly rights: TemplateRights;
  readonly relay: TemplatePrincipal;
  readonly dataRole: TemplatePrincipal;
  readonly executionRole: TemplatePrincipal;
};

export type Said = Readonly<Record<string, ContextValue | undefined>>;
export type Question = { readonly action: string; readonly resource: string; readonly said?: Said };
export type Tags = Readonly<Record<string, string>>;

/** Synthesises the stack, as `app.ts` does, and reads it as AWS would. */
export function createWorld(): World {
  const agentFolder = mkdtempSync(join(tmpdir(), "claw-agent-"));
  const outdir = mkdtempSync(join(tmpdir(), "claw-cdk-"));
  try {
    writeFileSync(join(agentFolder, "server.js"), "");
    const read = readSettings((name) => (name === "agentFolder" ? agentFolder : undefined));
    if (!read.ok) throw new Error(read.problems.join());
    const app = new App({ analyticsReporting: false, outdir });
    new AgentClawStack(app, read.settings);
    const json: unknown = app.synth().getStackByName(STACK).template;
    const place: Place = { account: ACCOUNT, region: REGION, stackName: STACK, names: NAMES };
    const rights = readRights(readTemplate(json, place), place);
    const [relay, dataRole, executionRole] = [/^Relay/, /^DataRole/, /^ExecutionRole/].map((id) => {
      const found = rights.principals.filter((one) => id.test(one.id));
      if (found.length !== 1 || found[0] === undefined) throw new Error(`not one principal: ${String(id)}`);
      return found[0];
    });
    if (!relay || !dataRole || !executionRole) throw new Error("a principal is missing");
    return { account: ACCOUNT, rights, relay, dataRole, executionRole };
  } finally {
    rmSync(agentFolder, { recursive: true });
    rmSync(outdir, { recursive: true });
  }
}

/** What is true of every request that our code sends. */
const BY_TLS = { "aws:SecureTransport": "true", "s3:TlsVersion": "1.3" };

/** Decides about a request of a principal; `tags` are those of a session. */
export function decide(
  world: World,
  of: TemplatePrincipal,
  tags: Tags,
  { action, resource, said }: Question,
): Decision {
  const principalTags = Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value] as const);
  const session = of.arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/");
  const caller = { kind: "aws", account: world.account, arns: [of.arn, `${session}/session`] } as const;
  const context = createContext({ ...BY_TLS, ...Object.fromEntries(principalTags), ...said });
  return evaluate([...of.policies, ...world.rights.bucketPolicies], { action, resource, context, caller });
}

export type Assumption = { readonly tags: Tags; readonly caller: AccessRequest["caller"]; readonly said?: Said };

/** Tells whether the trust policy of a role lets somebody assume it; tags need a second leave. */
export function trusts(role: TemplatePrincipal, { tags, caller, said }: Assumption): boolean {
  const keys = Object.keys(tags);
  const requested = Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value] as const);
  const context = createContext({
    ...Object.fromEntries(requested),
    ...(keys.length > 0 && { "aws:TagKeys": keys }),
    ...said,
  });
  const actions = keys.length > 0 ? ["sts:AssumeRole", "sts:TagSession"] : ["sts:AssumeRole"];
  return actions.every((action) => {
    const request = { action, resource: role.arn, context, ...(caller && { caller }) };
    return evaluate(role.trust ? [role.trust] : [], request) === "allowed";
  });
}

/** A user or role by its ARN. */
export function callerOf(arn: string): NonNullable<AccessRequest["caller"]> {
  return { kind: "aws", account: arn.split(":")[4] ?? "", arns: [arn] };
}
