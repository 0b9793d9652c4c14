import { describe, expect, test } from "vitest";
import type { WorkerVersion } from "../../../cli/deploy/cloudflare.ts";
import { staleSecrets } from "../../../cli/deploy/plan.ts";
import { isSameTemplate, planResources } from "../../../cli/deploy/template.ts";

const bucket = { Type: "AWS::S3::Bucket" };
const table = { Type: "AWS::DynamoDB::GlobalTable", Properties: { BillingMode: "PAY_PER_REQUEST" } };
const wanted = { Resources: { Bucket: bucket, Table: table }, Parameters: {} };

describe("the plan of a stack", () => {
  test("without an account it says what there will be, and not what changes", () => {
    expect(planResources(wanted, undefined)).toEqual([
      { logicalId: "Table", type: "AWS::DynamoDB::GlobalTable", change: null },
      { logicalId: "Bucket", type: "AWS::S3::Bucket", change: null },
    ]);
  });

  test("where nothing is deployed everything is created", () => {
    expect(planResources(wanted, null).map(({ change }) => change)).toEqual(["create", "create"]);
  });

  test("what is deployed is compared resource by resource", () => {
    const current = {
      Resources: { Table: { ...table, Properties: {} }, Bucket: bucket, Queue: { Type: "AWS::SQS::Queue" } },
    };
    expect(planResources(wanted, current).map(({ logicalId, change }) => [logicalId, change])).toEqual([
      ["Table", "change"],
      ["Bucket", "same"],
      ["Queue", "remove"],
    ]);
  });

  test("a stack is up to date only if nothing of its template differs", () => {
    expect(isSameTemplate(wanted, { Resources: wanted.Resources })).toBe(true);
    expect(isSameTemplate(wanted, { ...wanted, Outputs: {} })).toBe(false);
    expect(isSameTemplate(wanted, null)).toBe(false);
  });
});

test("every secret that nothing sets is taken away, but the one that is made with the key", () => {
  const live: WorkerVersion = {
    id: "v",
    number: 1,
    createdAt: "",
    plain: {},
    secretNames: ["TELEGRAM_BOT_TOKEN", "ADMIN_TOKEN", "AWS_SECRET_ACCESS_KEY", "OF_SOMEBODY_ELSE"],
  };
  expect(staleSecrets(live, ["ADMIN_TOKEN"])).toEqual(["OF_SOMEBODY_ELSE", "TELEGRAM_BOT_TOKEN"]);
  expect(staleSecrets(null, [])).toEqual([]);
});
