import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { TABLE_SCHEMA, TABLE_TTL_ATTRIBUTE } from "../../agent-container/src/stores/dynamo/keys.ts";
import { PINNED_VERSION_PARAMETER, STACK_OUTPUTS } from "../../protocol/deployment.ts";
import { AGENTCORE_NAME, agentCoreName } from "../stack/names.ts";
import { NAMESPACE_TEMPLATES } from "../stack/memory.ts";
import { agentFolder, synthesise } from "./synthesised.ts";

const ours = synthesise();
const { template } = ours;

type Resource = { readonly Type: string; readonly Properties: Readonly<Record<string, unknown>> };

const document: { readonly Resources: Readonly<Record<string, Resource>> } = JSON.parse(ours.text);
const resources = Object.values(document.Resources);

const RUNTIME = "AWS::BedrockAgentCore::Runtime";

describe("the stack", () => {
  it("is the same for every account and Region, and the same each time", () => {
    expect(ours.text).not.toMatch(/\d{12}|us-east-1/);
    expect(synthesise().text).toBe(ours.text);
  });

  it("is what was looked at last", async () => {
    // The agent's hash is the only thing that another build changes.
    const seen = ours.text.replaceAll(/[0-9a-f]{64}/g, "<hash>");
    await expect(`${seen}\n`).toMatchFileSnapshot("template.snap");
  });

  it("tells the deploy command what it has to know", () => {
    expect(Object.keys(template.findOutputs("*")).toSorted()).toEqual([...STACK_OUTPUTS].toSorted());
  });

  it("has nothing that costs money while nobody writes, but the secret", () => {
    const kinds = new Set(resources.map(({ Type }) => Type));
    expect([...kinds].toSorted()).toEqual([
      "AWS::BedrockAgentCore::BrowserCustom",
      "AWS::BedrockAgentCore::Memory",
      RUNTIME,
      "AWS::BedrockAgentCore::RuntimeEndpoint",
      "AWS::DynamoDB::GlobalTable",
      "AWS::IAM::Policy",
      "AWS::IAM::Role",
      "AWS::IAM::User",
      "AWS::Logs::LogGroup",
      "AWS::S3::Bucket",
      "AWS::S3::BucketPolicy",
      "AWS::SecretsManager::Secret",
    ]);
    expect(ours.text).not.toMatch(/KmsKey|KmsMasterKey|aws:kms/);
  });

  it("holds no value of a secret and no key", () => {
    template.hasResource("AWS::SecretsManager::Secret", {
      Properties: { SecretString: Match.absent(), GenerateSecretString: Match.absent() },
    });
    template.resourceCountIs("AWS::IAM::AccessKey", 0);
    template.hasResourceProperties("AWS::IAM::User", { LoginProfile: Match.absent() });
  });
});

describe("the runtime", () => {
  it("runs the zip on Node 22, on V2, for the public network, and ends a session that waits", () => {
    template.hasResourceProperties(RUNTIME, {
      AgentRuntimeArtifact: { CodeConfiguration: { Runtime: "NODE_22", EntryPoint: ["server.js"] } },
      PlatformVersion: "V2",
      ProtocolConfiguration: "HTTP",
      NetworkConfiguration: { NetworkMode: "PUBLIC" },
      LifecycleConfiguration: { IdleRuntimeSessionTimeout: 120, MaxLifetime: 28_800 },
      EnvironmentVariables: Match.absent(),
    });
  });

  it("can be on V1, wait longer and have another name", () => {
    const other = synthesise({ name: "my-claw-2", platform: "V1", idleSeconds: 900, logRetentionDays: 7 }).template;
    other.hasResourceProperties(RUNTIME, {
      AgentRuntimeName: "my_claw_2",
      PlatformVersion: "V1",
      LifecycleConfiguration: { IdleRuntimeSessionTimeout: 900 },
    });
    other.hasResourceProperties("AWS::Logs::LogGroup", { RetentionInDays: 7 });
  });

  it("becomes another version when the agent's code changes, and only then", () => {
    const versionOf = (code: string) => {
      const { template: made } = synthesise({ agentFolder: agentFolder(code) });
      return Object.values(made.findResources(RUNTIME));
    };
    expect(versionOf("1")).toEqual(versionOf("1"));
    expect(versionOf("1")).not.toEqual(versionOf("2"));
  });
});

describe("the endpoint", () => {
  it("follows the newest version unless an earlier one is pinned", () => {
    template.hasParameter(PINNED_VERSION_PARAMETER, { Type: "String", Default: "" });
    template.hasCondition("IsPinned", { "Fn::Not": [{ "Fn::Equals": [{ Ref: PINNED_VERSION_PARAMETER }, ""] }] });
    template.hasResourceProperties("AWS::BedrockAgentCore::RuntimeEndpoint", {
      Name: "live",
      AgentRuntimeVersion: {
        "Fn::If": ["IsPinned", { Ref: PINNED_VERSION_PARAMETER }, { "Fn::GetAtt": ["Runtime", "AgentRuntimeVersion"] }],
      },
    });
  });

  it("has a log with an end, which is there before it", () => {
    template.hasResourceProperties("AWS::Logs::LogGroup", {
      RetentionInDays: 30,
      LogGroupName: {
        "Fn::Join": [
          "",
          ["/aws/bedrock-agentcore/runtimes/", { "Fn::GetAtt": ["Runtime", "AgentRuntimeId"] }, "-live"],
        ],
      },
    });
    template.hasResource("AWS::BedrockAgentCore::RuntimeEndpoint", { DependsOn: ["Log"] });
  });
});

describe("the data", () => {
  it("is in a table that the store can use, which can be restored and stays", () => {
    const { KeySchema, AttributeDefinitions, BillingMode } = TABLE_SCHEMA;
    template.hasResource("AWS::DynamoDB::GlobalTable", {
      Properties: {
        TableName: Match.absent(),
        KeySchema,
        AttributeDefinitions,
        BillingMode,
        TimeToLiveSpecification: { AttributeName: TABLE_TTL_ATTRIBUTE, Enabled: true },
        Replicas: [{ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
      },
      DeletionPolicy: "RetainExceptOnCreate",
      UpdateReplacePolicy: "Retain",
    });
  });

  it("is in a bucket that keeps versions for 30 days, is encrypted, closed and stays", () => {
    template.hasResource("AWS::S3::Bucket", {
      Properties: {
        BucketName: Match.absent(),
        VersioningConfiguration: { Status: "Enabled" },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        LifecycleConfiguration: {
          Rules: Match.arrayWith([
            Match.objectLike({ NoncurrentVersionExpiration: { NoncurrentDays: 30 }, Status: "Enabled" }),
            Match.objectLike({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, Status: "Enabled" }),
          ]),
        },
      },
      DeletionPolicy: "RetainExceptOnCreate",
      UpdateReplacePolicy: "Retain",
    });
  });

  it("is in a bucket that answers by TLS alone, also when the stack is gone", () => {
    template.hasResource("AWS::S3::BucketPolicy", {
      Properties: {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
          ]),
        },
      },
      DeletionPolicy: "RetainExceptOnCreate",
    });
  });

  it("is remembered by actor: every namespace names one and ends where its name does", () => {
    for (const namespace of Object.values(NAMESPACE_TEMPLATES)) {
      expect(namespace).toMatch(/^\/actors\/\{actorId\}\/.*\/$/);
      expect(ours.text).toContain(`"${namespace}"`);
    }
    template.hasResourceProperties("AWS::BedrockAgentCore::Memory", {
      EventExpiryDuration: 90,
      MemoryStrategies: [
        { SemanticMemoryStrategy: Match.anyValue() },
        { UserPreferenceMemoryStrategy: Match.anyValue() },
        { SummaryMemoryStrategy: Match.anyValue() },
      ],
    });
  });

  it("is seen by no recording of the browser", () => {
    template.hasResourceProperties("AWS::BedrockAgentCore::BrowserCustom", {
      NetworkConfiguration: { NetworkMode: "PUBLIC" },
      RecordingConfig: Match.absent(),
      ExecutionRoleArn: Match.absent(),
    });
  });
});

/** The names in the stack of AgentCore's parts, and of the strategies within the memory. */
function agentCoreNames(): readonly unknown[] {
  return resources
    .filter(({ Type }) => Type.startsWith("AWS::BedrockAgentCore::"))
    .flatMap((part) => [...JSON.stringify(part).matchAll(/"(?:AgentRuntime)?Name":("[^"]*"|[^,}]*)/g)])
    .map(([, name = ""]) => JSON.parse(name));
}

describe("a name for AgentCore", () => {
  it("has the form that AgentCore wants, everywhere in the stack", () => {
    const names = agentCoreNames();
    expect(names).toHaveLength(7);
    for (const name of names) expect(name).toMatch(AGENTCORE_NAME);
  });

  it("is made of the longest deployment's name, and of nothing else", () => {
    expect(agentCoreName("a-b".repeat(10))).toBe("a_b".repeat(10));
    expect(() => agentCoreName("a b")).toThrow("not a name for AgentCore");
  });
});
