import { describe, expect, it } from "vitest";
import { dynamoQuestions } from "../../emulators/iam/dynamo-questions.ts";
import { type RightQuestion, s3Questions } from "../../emulators/iam/s3-questions.ts";

const BUCKET = "arn:aws:s3:::b";

describe("a request for S3 needs", () => {
  const asked = (method: string, path: string, query = "", body = "") =>
    s3Questions({ method, path, query: new URLSearchParams(query), body }).map(({ action, resource, said }) => [
      action,
      resource,
      said["s3:prefix"],
    ]);

  it.each<[string, string, string, readonly unknown[]]>([
    ["GET", "/b/a/k", "", ["s3:GetObject", `${BUCKET}/a/k`, undefined]],
    ["HEAD", "/b/a/k", "", ["s3:GetObject", `${BUCKET}/a/k`, undefined]],
    ["GET", "/b/a%2Fk", "X-Amz-Expires=300", ["s3:GetObject", `${BUCKET}/a/k`, undefined]],
    ["GET", "/b/k", "versionId=1", ["s3:GetObjectVersion", `${BUCKET}/k`, undefined]],
    ["PUT", "/b/k", "", ["s3:PutObject", `${BUCKET}/k`, undefined]],
    ["DELETE", "/b/k", "", ["s3:DeleteObject", `${BUCKET}/k`, undefined]],
    ["DELETE", "/b/k", "versionId=1", ["s3:DeleteObjectVersion", `${BUCKET}/k`, undefined]],
    ["GET", "/b", "list-type=2&prefix=a/", ["s3:ListBucket", BUCKET, "a/"]],
    ["GET", "/b", "list-type=2", ["s3:ListBucket", BUCKET, undefined]],
    ["GET", "/b", "versions=&prefix=", ["s3:ListBucketVersions", BUCKET, ""]],
  ])("%s %s?%s", (method, path, query, expected) => {
    expect(asked(method, path, query)).toEqual([expected]);
  });

  it("the right to remove each object that it names", () => {
    const body = "<Delete><Object><Key>x</Key></Object><Object><Key>y</Key><VersionId>1</VersionId></Object></Delete>";
    expect(asked("POST", "/b", "delete=", body)).toEqual([
      ["s3:DeleteObject", `${BUCKET}/x`, undefined],
      ["s3:DeleteObjectVersion", `${BUCKET}/y`, undefined],
    ]);
  });

  it.each([
    ["PUT", "/b/k", "acl="],
    ["GET", "/b", "policy="],
    ["POST", "/b/k", "uploads="],
    ["DELETE", "/b", ""],
    ["POST", "/b", "delete="],
  ])("what nobody knows here, so it is refused: %s %s?%s", (method, path, query) => {
    expect(() => asked(method, path, query)).toThrow();
  });
});

describe("a request for DynamoDB needs", () => {
  const TableName = "t";
  const own = { pk: { S: "a" }, sk: { S: "x" } };
  const other = { pk: { S: "b" }, sk: { S: "x" } };
  const asked = (operation: string, input: object) =>
    dynamoQuestions(operation, input, (table) => `arn:${table}`).map(({ action, resource, said }: RightQuestion) => {
      return [action.replace("dynamodb:", ""), resource, said["dynamodb:LeadingKeys"]];
    });

  it("the right to its partition", () => {
    expect(asked("GetItem", { TableName, Key: own })).toEqual([["GetItem", "arn:t", ["a"]]]);
    expect(asked("PutItem", { TableName, Item: own })).toEqual([["PutItem", "arn:t", ["a"]]]);
    const query = { TableName, KeyConditionExpression: "#p = :p AND sk > :s" };
    const names = { ExpressionAttributeNames: { "#p": "pk" }, ExpressionAttributeValues: { ":p": own.pk } };
    expect(asked("Query", { ...query, ...names })).toEqual([["Query", "arn:t", ["a"]]]);
    expect(asked("Query", { ...query, ...names, IndexName: "i" })).toEqual([["Query", "arn:t/index/i", ["a"]]]);
    expect(asked("Query", { TableName, KeyConditionExpression: "sk = :p" })).toEqual([["Query", "arn:t", undefined]]);
  });

  it("the right to every partition that it names", () => {
    expect(asked("BatchGetItem", { RequestItems: { t: { Keys: [own, other] } } })).toEqual([
      ["BatchGetItem", "arn:t", ["a", "b"]],
    ]);
  });

  it("for a transaction the rights of its parts, one by one and together", () => {
    const TransactItems = [
      { Put: { TableName, Item: own } },
      { Put: { TableName, Item: other } },
      { Update: { TableName, Key: own } },
      { Delete: { TableName, Key: own } },
      { ConditionCheck: { TableName, Key: other } },
    ];
    expect(asked("TransactWriteItems", { TransactItems })).toEqual([
      ["PutItem", "arn:t", ["a"]],
      ["PutItem", "arn:t", ["b"]],
      ["UpdateItem", "arn:t", ["a"]],
      ["DeleteItem", "arn:t", ["a"]],
      ["ConditionCheckItem", "arn:t", ["b"]],
      ["PutItem", "arn:t", ["a", "b"]],
    ]);
    expect(asked("TransactGetItems", { TransactItems: [{ Get: { TableName, Key: own } }] })).toEqual([
      ["GetItem", "arn:t", ["a"]],
    ]);
  });

  it("a right without a partition for everything else", () => {
    for (const operation of ["Scan", "ExecuteStatement", "DeleteTable"]) {
      expect(asked(operation, { TableName })).toEqual([[operation, "arn:t", undefined]]);
    }
  });
});
