import { describe, expect, it } from "vitest";
import { readDeploySettings } from "../../../cli/deploy/settings.ts";
import { plainVariables } from "../../../cli/deploy/worker-settings.ts";
import { STACK_OUTPUTS } from "../../../protocol/deployment.ts";
import type { Outputs } from "../../../cli/deploy/facts.ts";

const outputs: Outputs = {
  RuntimeArn: "arn",
  RuntimeVersion: "3",
  LiveVersion: "3",
  EndpointName: "live",
  TableName: "table",
  BucketName: "bucket",
  MemoryId: "memory",
  BrowserId: "browser",
  DataRoleArn: "role",
  RelayUserName: "relay",
  SecretArn: "secret",
};

describe("the variables of a deployed Worker", () => {
  it("give Bedrock the credentials of a space, whatever the laptop's settings say", () => {
    const { settings } = readDeploySettings({ BEDROCK_CREDENTIALS: "own-key", AGENT_TIMEZONE: "Europe/Berlin" });
    const plain = plainVariables({ settings, url: "u", release: "r-1", relayKeyId: "AKIA", outputs, schemas: {} });
    expect(plain).toMatchObject({
      BEDROCK_CREDENTIALS: "space",
      AGENT_TIMEZONE: "Europe/Berlin",
      AGENT_SECRET_ARN: "secret",
    });
    expect(Object.keys(outputs).toSorted()).toEqual([...STACK_OUTPUTS].toSorted());
  });
});
