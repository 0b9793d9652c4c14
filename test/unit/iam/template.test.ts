import { describe, expect, it } from "vitest";
import { readRights } from "../../emulators/iam/principals.ts";
import { readTemplate } from "../../emulators/iam/template.ts";

const PLACE = { account: "123456789012", region: "eu-west-1", stackName: "claw" };
const POLICY = { Version: "2012-10-17", Statement: [] };

function read(Resources: object, more: object = {}) {
  return readTemplate({ Resources, ...more }, PLACE);
}

/** What stands in a property after everything is resolved. */
function resolved(value: unknown, more: object = {}): unknown {
  const Bucket = { Type: "AWS::S3::Bucket" };
  const Table = { Type: "AWS::DynamoDB::GlobalTable" };
  const Log = { Type: "AWS::Logs::LogGroup", Properties: { value } };
  return read({ Bucket, Table, Log }, more).resources.get("Log")?.properties["value"];
}

describe("a template", () => {
  const conditions = {
    Parameters: { Pinned: { Default: "" } },
    Conditions: {
      IsPinned: { "Fn::Not": [{ "Fn::Equals": [{ Ref: "Pinned" }, ""] }] },
      IsNot: { "Fn::And": [{ "Fn::Not": [{ Condition: "IsPinned" }] }, { "Fn::Equals": ["a", "a"] }] },
    },
  };

  it.each<[unknown, unknown]>([
    [{ Ref: "Bucket" }, "claw-bucket"],
    [{ Ref: "AWS::Region" }, "eu-west-1"],
    [{ "Fn::GetAtt": ["Bucket", "Arn"] }, "arn:aws:s3:::claw-bucket"],
    [{ "Fn::GetAtt": "Table.Arn" }, "arn:aws:dynamodb:eu-west-1:123456789012:table/claw-table"],
    [{ "Fn::Join": ["/", [{ Ref: "Bucket" }, "${aws:PrincipalTag/agent}"]] }, "claw-bucket/${aws:PrincipalTag/agent}"],
    [{ "Fn::Sub": "${Bucket.Arn}/${!aws:PrincipalTag/agent}" }, "arn:aws:s3:::claw-bucket/${aws:PrincipalTag/agent}"],
    [{ "Fn::Sub": ["${a}-${AWS::AccountId}", { a: { Ref: "Table" } }] }, "claw-table-123456789012"],
    [{ "Fn::If": ["IsPinned", "yes", "no"] }, "no"],
    [{ "Fn::If": ["IsNot", "yes", "no"] }, "yes"],
    [["a", { Ref: "AWS::NoValue" }], ["a"]],
    [{ a: { "Fn::If": ["IsPinned", 1, { Ref: "AWS::NoValue" }] }, b: 2 }, { b: 2 }],
  ])("with %j has %j", (value, expected) => {
    expect(resolved(value, conditions)).toEqual(expected);
  });

  it.each([
    { "Fn::ImportValue": "x" },
    { Ref: "Nothing" },
    { "Fn::GetAtt": ["Bucket", "Colour"] },
    { "Fn::If": ["Unknown", 1, 2] },
  ])("is refused with %j", (value) => {
    expect(() => resolved(value)).toThrow();
  });

  it("is without the resources whose condition does not hold", () => {
    const Bucket = { Type: "AWS::S3::Bucket", Condition: "IsPinned" };
    expect(read({ Bucket }, conditions).resources.size).toBe(0);
  });
});

describe("the rights of a template", () => {
  const rights = (resources: object) => readRights(read(resources), PLACE);
  const role = { AssumeRolePolicyDocument: POLICY };

  it("are all policies of each role and user, its own and those that are attached", () => {
    const attached = { PolicyName: "p", PolicyDocument: POLICY };
    const found = rights({
      Role: { Type: "AWS::IAM::Role", Properties: { ...role, Policies: [attached] } },
      User: { Type: "AWS::IAM::User" },
      Both: {
        Type: "AWS::IAM::Policy",
        Properties: { ...attached, Users: [{ Ref: "User" }], Roles: [{ Ref: "Role" }] },
      },
    });
    expect(found.principals.map(({ id, kind, policies }) => [id, kind, policies.length])).toEqual([
      ["Role", "role", 2],
      ["User", "user", 1],
    ]);
  });

  it.each<[string, object]>([
    ["a managed policy", { Role: { Type: "AWS::IAM::Role", Properties: { ...role, ManagedPolicyArns: ["x"] } } }],
    ["a group", { User: { Type: "AWS::IAM::User", Properties: { Groups: ["x"] } } }],
    ["a type that is not known", { Key: { Type: "AWS::KMS::Key" } }],
    ["a policy of a table", { Table: { Type: "AWS::DynamoDB::GlobalTable", Properties: { ResourcePolicy: {} } } }],
    [
      "a policy of somebody else",
      { P: { Type: "AWS::IAM::Policy", Properties: { PolicyName: "p", PolicyDocument: POLICY, Users: ["x"] } } },
    ],
  ])("are not guessed: %s is refused", (_name, resources) => {
    expect(() => rights(resources)).toThrow();
  });
});
