import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { DATA_SESSION_SECONDS, SESSION_TAGS } from "../../protocol/deployment.ts";
import { OWNER_SPACE, spaceFolder, spaceOf } from "../../protocol/space.ts";
import { synthesise } from "./synthesised.ts";

type Statement = {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

/** Every statement in the template, wherever it stands. */
function statementsIn(value: unknown): readonly Statement[] {
  if (typeof value !== "object" || value === null) return [];
  const nested = Object.values(value).flatMap(statementsIn);
  return isStatement(value) ? [value, ...nested] : nested;
}

function isStatement(value: object): value is Statement {
  return "Effect" in value && "Action" in value;
}

function allowed(value: unknown): readonly string[] {
  return statementsIn(value)
    .filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Action }) => Action);
}

const { template, text } = synthesise();
const image = synthesise({ artifact: "image" }).template;
const [dataRole] = Object.entries(template.findResources("AWS::IAM::Role"))
  .filter(([id]) => id.startsWith("DataRole"))
  .map(([, role]) => role);

describe("every principal", () => {
  it("is allowed actions by their names, never by a pattern", () => {
    for (const made of [template, image]) {
      const actions = allowed(made.toJSON());
      expect(actions.length).toBeGreaterThan(20);
      expect(actions.filter((action) => /[*?]/.test(action))).toEqual([]);
      expect(actions).not.toContain("dynamodb:Scan");
    }
    expect(text).not.toContain("NotAction");
    expect(text).not.toContain("ManagedPolicyArns");
  });
});

describe("the relay", () => {
  it("may become a space, run turns on one endpoint and read one secret, and nothing else", () => {
    template.resourcePropertiesCountIs("AWS::IAM::Policy", {}, 1);
    template.hasResourceProperties("AWS::IAM::Policy", {
      Users: [{ Ref: Match.stringLikeRegexp("^Relay") }],
      PolicyDocument: {
        Statement: [
          {
            Sid: "BecomeASpace",
            Effect: "Allow",
            Action: ["sts:AssumeRole", "sts:TagSession"],
            Resource: { "Fn::GetAtt": [Match.stringLikeRegexp("^DataRole"), "Arn"] },
          },
          {
            Sid: "RunTurns",
            Effect: "Allow",
            Action: ["bedrock-agentcore:InvokeAgentRuntime", "bedrock-agentcore:StopRuntimeSession"],
            Resource: [
              { "Fn::GetAtt": ["Runtime", "AgentRuntimeArn"] },
              { "Fn::Join": ["", [{ "Fn::GetAtt": ["Runtime", "AgentRuntimeArn"] }, "/runtime-endpoint/live"]] },
            ],
          },
          {
            Sid: "ReadTheSecret",
            Effect: "Allow",
            Action: "secretsmanager:GetSecretValue",
            Resource: { Ref: "Secret" },
          },
        ],
      },
    });
  });
});

describe("the execution role", () => {
  it("may write logs of runtimes of its name, and make no group", () => {
    template.hasResourceProperties("AWS::IAM::Role", {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Effect: "Allow",
            Action: "sts:AssumeRole",
            Principal: { Service: "bedrock-agentcore.amazonaws.com" },
            Condition: {
              StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
              ArnLike: Match.anyValue(),
            },
          },
        ],
      },
      Policies: [
        {
          PolicyName: "Logs",
          PolicyDocument: {
            Statement: [
              Match.objectLike({ Action: "logs:DescribeLogStreams" }),
              Match.objectLike({ Action: ["logs:CreateLogStream", "logs:PutLogEvents"] }),
            ],
          },
        },
      ],
    });
  });

  it("may fetch its image when there is one, from one registry", () => {
    image.hasResourceProperties("AWS::IAM::Policy", {
      Roles: [{ Ref: Match.stringLikeRegexp("^ExecutionRole") }],
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] }),
          Match.objectLike({ Action: "ecr:GetAuthorizationToken", Resource: "*" }),
        ],
      },
    });
  });
});

describe("the data role", () => {
  it("is assumed by the relay alone, for two hours at most, with the two tags and no third", () => {
    expect(dataRole?.["Properties"].MaxSessionDuration).toBe(DATA_SESSION_SECONDS);
    expect(dataRole?.["Properties"].AssumeRolePolicyDocument.Statement).toEqual([
      {
        Effect: "Allow",
        Action: ["sts:AssumeRole", "sts:TagSession"],
        Principal: { AWS: { "Fn::GetAtt": [expect.stringMatching(/^Relay/), "Arn"] } },
        Condition: {
          StringLike: {
            "aws:RequestTag/agent": "?*",
            "aws:RequestTag/space": ["owner", "person_3a?*", "group_3a?*"],
          },
          "ForAllValues:StringEquals": { "aws:TagKeys": [...SESSION_TAGS] },
        },
      },
    ]);
  });

  it("is assumed for the spaces that there are, and not for what they share", () => {
    const forms = ["owner", "person_3a?*", "group_3a?*"].map(
      (form) => new RegExp(`^${form.replace("?", ".").replace("*", ".*")}$`),
    );
    const person = spaceOf({ kind: "person", agent: "main", personId: "telegram:42" });
    const group = spaceOf({ kind: "group", agent: "main", channel: "telegram", chatKind: "group", chatId: "-100" });
    for (const space of [OWNER_SPACE, person, group]) {
      expect(forms.filter((form) => form.test(spaceFolder(space)))).toHaveLength(1);
    }
    expect(forms.some((form) => form.test("shared"))).toBe(false);
  });

  it("is nothing to a session without tags: each statement has a condition or a resource that names the space", () => {
    for (const statement of statementsIn(dataRole?.["Properties"].Policies)) {
      expect(JSON.stringify(statement)).toContain("aws:PrincipalTag/");
    }
  });

  it("checks that a request names a partition wherever it checks which", () => {
    const rows = statementsIn(dataRole?.["Properties"].Policies).filter(({ Action }) =>
      JSON.stringify(Action).includes("dynamodb:"),
    );
    expect(rows).toHaveLength(3);
    for (const { Condition } of rows) {
      expect(Condition?.["ForAllValues:StringEquals"]?.["dynamodb:LeadingKeys"]).toBeDefined();
      expect(Condition?.["Null"]).toEqual({ "dynamodb:LeadingKeys": "false" });
    }
  });

  it("fits into what IAM takes", () => {
    const characters = JSON.stringify(dataRole?.["Properties"].Policies).length;
    expect(characters).toBeLessThan(10_240);
  });
});
