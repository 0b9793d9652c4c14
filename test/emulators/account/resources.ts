/** What each kind of resource is called and tells once it is made: physical ids and attributes. */
import { AwsError } from "../../../local/aws/aws-error.ts";
import { canonical, type Json, type JsonObject, textAt } from "./json.ts";
import type { AccountState, Resource } from "./state.ts";

export type Place = { readonly accountId: string; readonly region: string };

export type Making = Place & {
  readonly state: AccountState;
  readonly stackName: string;
  readonly logicalId: string;
  readonly properties: JsonObject;
  readonly before: Resource | undefined;
  /** A short text that no other resource has. */
  unique(): string;
};

type Made = { readonly physicalId: string; readonly attributes: Readonly<Record<string, string>> };
type Kind = {
  /** The properties that cannot change on a resource that is there. */
  readonly fixed?: readonly string[];
  make(making: Making): Made;
};

/** The name that a property gives, or one like CloudFormation's. */
function named(making: Making, property: string, form: (made: string) => string = (made) => made): string {
  const given = textAt(making.properties, property);
  if (given !== undefined) return given;
  if (making.before !== undefined && textAt(making.before.properties, property) === undefined) {
    return making.before.physicalId;
  }
  return form(`${making.stackName}-${making.logicalId}-${making.unique()}`);
}

/** The id that a resource has got, or a new one. */
function id(making: Making, make: () => string): string {
  return making.before?.physicalId ?? make();
}

const iamArn = (making: Place, path: string) => `arn:aws:iam::${making.accountId}:${path}`;
const arn = (making: Place, service: string, path: string) =>
  `arn:aws:${service}:${making.region}:${making.accountId}:${path}`;

const agentCoreId = (making: Making, property: string) =>
  id(making, () => `${textAt(making.properties, property) ?? making.logicalId}-${making.unique()}`);

const TABLE: Kind = {
  fixed: ["TableName", "KeySchema"],
  make(making) {
    const name = named(making, "TableName");
    return { physicalId: name, attributes: { Arn: arn(making, "dynamodb", `table/${name}`), TableId: name } };
  },
};

const KINDS: Readonly<Record<string, Kind>> = {
  "AWS::S3::Bucket": {
    fixed: ["BucketName"],
    make(making) {
      const name = named(making, "BucketName", (made) => made.toLowerCase());
      return {
        physicalId: name,
        attributes: {
          Arn: `arn:aws:s3:::${name}`,
          DomainName: `${name}.s3.amazonaws.com`,
          RegionalDomainName: `${name}.s3.${making.region}.amazonaws.com`,
        },
      };
    },
  },
  "AWS::DynamoDB::Table": TABLE,
  "AWS::DynamoDB::GlobalTable": TABLE,
  "AWS::IAM::Role": {
    fixed: ["RoleName"],
    make(making) {
      const name = named(making, "RoleName");
      return {
        physicalId: name,
        attributes: { Arn: iamArn(making, `role/${name}`), RoleId: `AROA${making.unique()}` },
      };
    },
  },
  "AWS::IAM::User": {
    fixed: ["UserName"],
    make(making) {
      const name = named(making, "UserName");
      return { physicalId: name, attributes: { Arn: iamArn(making, `user/${name}`) } };
    },
  },
  "AWS::IAM::ManagedPolicy": {
    fixed: ["ManagedPolicyName"],
    make(making) {
      const made = id(making, () =>
        iamArn(making, `policy/${named({ ...making, before: undefined }, "ManagedPolicyName")}`),
      );
      return { physicalId: made, attributes: { PolicyArn: made } };
    },
  },
  "AWS::SecretsManager::Secret": {
    fixed: ["Name"],
    make(making) {
      const made = id(making, () => {
        const name = textAt(making.properties, "Name") ?? `${making.logicalId}-${making.unique()}`;
        return arn(making, "secretsmanager", `secret:${name}-${making.unique().slice(0, 6)}`);
      });
      return { physicalId: made, attributes: { Id: made } };
    },
  },
  "AWS::BedrockAgentCore::Runtime": {
    fixed: ["AgentRuntimeName"],
    make(making) {
      const made = agentCoreId(making, "AgentRuntimeName");
      const earlier = making.state.runtimes[made]?.versions ?? [];
      const last = earlier.at(-1);
      const isSame = last !== undefined && canonical(last.properties) === canonical(making.properties);
      return {
        physicalId: made,
        attributes: {
          AgentRuntimeId: made,
          AgentRuntimeArn: arn(making, "bedrock-agentcore", `runtime/${made}`),
          AgentRuntimeVersion: String(earlier.length + (isSame ? 0 : 1)),
          Status: "READY",
        },
      };
    },
  },
  "AWS::BedrockAgentCore::RuntimeEndpoint": {
    fixed: ["AgentRuntimeId", "Name"],
    make(making) {
      const runtime = textAt(making.properties, "AgentRuntimeId") ?? "";
      const name = textAt(making.properties, "Name") ?? "";
      const version = textAt(making.properties, "AgentRuntimeVersion") ?? "1";
      const known = making.state.runtimes[runtime]?.versions.map((each) => each.version) ?? [];
      if (!known.includes(version)) {
        throw new AwsError(404, "ResourceNotFoundException", `agent runtime ${runtime} has no version ${version}`);
      }
      const endpoint = arn(making, "bedrock-agentcore", `runtime/${runtime}/runtime-endpoint/${name}`);
      return {
        physicalId: endpoint,
        attributes: {
          AgentRuntimeArn: arn(making, "bedrock-agentcore", `runtime/${runtime}`),
          AgentRuntimeEndpointArn: endpoint,
          Id: name,
          LiveVersion: version,
          TargetVersion: version,
          Status: "READY",
        },
      };
    },
  },
  "AWS::BedrockAgentCore::Memory": {
    fixed: ["Name"],
    make(making) {
      const made = agentCoreId(making, "Name");
      const memory = arn(making, "bedrock-agentcore", `memory/${made}`);
      return { physicalId: memory, attributes: { MemoryId: made, MemoryArn: memory, Status: "ACTIVE" } };
    },
  },
  "AWS::BedrockAgentCore::BrowserCustom": {
    fixed: ["Name"],
    make(making) {
      const made = agentCoreId(making, "Name");
      const browser = arn(making, "bedrock-agentcore", `browser-custom/${made}`);
      return { physicalId: made, attributes: { BrowserId: made, BrowserArn: browser, Status: "READY" } };
    },
  },
  "AWS::Logs::LogGroup": {
    fixed: ["LogGroupName"],
    make(making) {
      const name = named(making, "LogGroupName");
      return { physicalId: name, attributes: { Arn: `${arn(making, "logs", `log-group:${name}`)}:*` } };
    },
  },
  "AWS::SSM::Parameter": {
    fixed: ["Name"],
    make(making) {
      const value = textAt(making.properties, "Value") ?? "";
      return { physicalId: named(making, "Name"), attributes: { Type: "String", Value: value } };
    },
  },
  "AWS::ECR::Repository": {
    fixed: ["RepositoryName"],
    make(making) {
      const name = named(making, "RepositoryName", (made) => made.toLowerCase());
      return { physicalId: name, attributes: { Arn: arn(making, "ecr", `repository/${name}`) } };
    },
  },
  "AWS::KMS::Key": {
    make(making) {
      const made = id(making, () => making.unique());
      return { physicalId: made, attributes: { KeyId: made, Arn: arn(making, "kms", `key/${made}`) } };
    },
  },
};

/** Resources that only change another one, and are called something that nobody refers to. */
const ATTACHED: ReadonlySet<string> = new Set([
  "AWS::IAM::Policy",
  "AWS::IAM::UserPolicy",
  "AWS::IAM::RolePolicy",
  "AWS::S3::BucketPolicy",
  "AWS::SecretsManager::ResourcePolicy",
  "AWS::KMS::Alias",
  "AWS::CDK::Metadata",
]);

/** What becomes of a resource with these properties. Throws an `AwsError` for a kind that is not emulated. */
export function makeResource(type: string, making: Making): Made {
  const kind = KINDS[type];
  if (kind) return kind.make(making);
  if (!ATTACHED.has(type)) throw new AwsError(400, "ValidationError", `Unrecognized resource types: [${type}]`);
  return { physicalId: id(making, () => `${making.stackName}-${making.unique()}`), attributes: {} };
}

/** Whether these properties ask for another resource in the place of the one before. */
export function isReplacement(type: string, before: JsonObject, after: JsonObject): boolean {
  const at = (properties: JsonObject, name: string): Json => properties[name] ?? null;
  return (KINDS[type]?.fixed ?? []).some((name) => canonical(at(before, name)) !== canonical(at(after, name)));
}
