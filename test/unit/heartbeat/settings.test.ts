import { describe, expect, it } from "vitest";
import { checkDocument } from "../../../durable-objects/agent-directory/check-document.ts";
import { overDefaults } from "../../../protocol/agent-config.ts";
import { readAgentDefaults } from "../../../worker/agent-defaults.ts";
import { readConfig } from "../../../worker/config.ts";
import { VariableReader } from "../../../worker/variables.ts";

const MINUTE = 60_000;
const needed = {
  AWS_ACCESS_KEY_ID: "AKIDTEST",
  AWS_SECRET_ACCESS_KEY: "secret",
  AGENTCORE_RUNTIME_ARN: "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/test-0000000000",
  AGENT_BUCKET: "bucket",
  AGENT_DATA_ROLE_ARN: "arn:aws:iam::000000000000:role/data",
};
const everyMs = (HEARTBEAT_EVERY?: string) => readConfig({ ...needed, HEARTBEAT_EVERY }).heartbeat.everyMs;

describe("the settings of the heartbeat", () => {
  it("are half an hour at any hour, unless something else is set", () => {
    expect([everyMs(), everyMs("1h"), everyMs("5"), everyMs("0m")]).toEqual([30 * MINUTE, 60 * MINUTE, 5 * MINUTE, 0]);
    expect(readConfig(needed).defaults.heartbeat).toEqual({ activeHours: null, model: null });
  });

  it("are refused with what is wrong with them", () => {
    expect(() => everyMs("30s")).toThrow(/HEARTBEAT_EVERY: must be whole minutes, hours or days up to 7d/);
    expect(() => readConfig({ ...needed, HEARTBEAT_ACTIVE_HOURS: "8 to 22" })).toThrow(
      /HEARTBEAT_ACTIVE_HOURS: must be hours such as 08:00-22:00/,
    );
  });

  it("can be set in a document, which is checked", () => {
    const defaults = readAgentDefaults(new VariableReader({ HEARTBEAT_ACTIVE_HOURS: "08:00-22:00" }));
    const deployment = { defaults, missingKeys: new Map([["openai", "OPENAI_API_KEY"]]) };
    const heartbeat = { activeHours: null, model: "anthropic/claude-haiku-5" };
    const taken = checkDocument({ heartbeat }, deployment);
    expect(taken.ok && overDefaults(taken.value, defaults).heartbeat).toEqual(heartbeat);
    expect(overDefaults({}, defaults).heartbeat.activeHours).toBe("08:00-22:00");
    const wrong = checkDocument({ heartbeat: { activeHours: "8-22", model: "openai/gpt-5.2", often: 1 } }, deployment);
    expect(wrong.ok ? [] : wrong.error.map(({ path }) => path).toSorted()).toEqual([
      "heartbeat.activeHours",
      "heartbeat.model",
      "heartbeat.often",
    ]);
  });
});
