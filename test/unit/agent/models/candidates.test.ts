import { describe, expect, it } from "vitest";
import { selectCandidates } from "../../../../agent-container/src/agent/models/candidates.ts";
import type { Grants } from "../../../../protocol/invocation.ts";

const ANTHROPIC: Grants["models"] = { anthropic: { apiKey: "key" } };
const BEDROCK: Grants["models"] = {
  bedrock: { region: "eu-central-1", credentials: { accessKeyId: "id", secretAccessKey: "secret" } },
};

function names(model: string | null, fallbacks: string[], keys: Grants["models"]) {
  const selected = selectCandidates({ model, fallbacks }, keys);
  return selected.ok ? selected.value.map(({ name }) => name) : selected.error;
}

describe("selectCandidates", () => {
  it("takes the offline model when no model is set and no key is there", () => {
    expect(names(null, [], {})).toEqual(["offline/offline"]);
  });

  it("takes the first provider that a key exists for when no model is set", () => {
    expect(names(null, [], { ...BEDROCK, ...ANTHROPIC })).toEqual(["anthropic/claude-sonnet-5"]);
    expect(names(null, [], { openai: { apiKey: "key" } })).toEqual(["openai/gpt-5.5"]);
    expect(names(null, [], BEDROCK)).toEqual(["amazon-bedrock/global.anthropic.claude-sonnet-5"]);
  });

  it("keeps the order of the fallbacks and leaves out those that cannot be used", () => {
    const fallbacks = ["openai/gpt-5.5", "anthropic/no such id", "anthropic/claude-haiku-4-5", "offline/offline"];
    expect(names("anthropic/claude-sonnet-5", fallbacks, ANTHROPIC)).toEqual([
      "anthropic/claude-sonnet-5",
      "anthropic/claude-haiku-4-5",
      "offline/offline",
    ]);
  });

  it("takes a model that is listed twice, under any of its names, once", () => {
    const nova = "us.amazon.nova-pro-v1:0";
    const haiku = "anthropic/claude-haiku-4-5";
    const fallbacks = [haiku, `bedrock/${nova}`, haiku, "anthropic/claude-sonnet-5", `amazon-bedrock/${nova}`];
    expect(names("anthropic/claude-sonnet-5", fallbacks, { ...ANTHROPIC, ...BEDROCK })).toEqual([
      "anthropic/claude-sonnet-5",
      haiku,
      `amazon-bedrock/${nova}`,
    ]);
  });

  it("takes bedrock as a short name, and model ids that hold a colon or a slash", () => {
    expect(names("bedrock/us.amazon.nova-pro-v1:0", [], BEDROCK)).toEqual(["amazon-bedrock/us.amazon.nova-pro-v1:0"]);
  });

  it("takes an id that is not in the catalogue, which can be newer than this release", () => {
    expect(names("anthropic/claude-next-9", [], ANTHROPIC)).toEqual(["anthropic/claude-next-9"]);
    expect(names("anthropic/toString", [], ANTHROPIC)).toEqual(["anthropic/toString"]);
  });

  it("refuses a model whose window is too small to hold a conversation, and leaves it out as a fallback", () => {
    const openai = { openai: { apiKey: "key" } };
    expect(names("openai/gpt-4", [], openai)).toEqual({
      code: "model_window_small",
      message: '"openai/gpt-4" takes in 8192 tokens; at least 16000 are needed.',
    });
    expect(names("openai/gpt-5.5", ["openai/gpt-4", "openai/gpt-5-mini"], openai)).toEqual([
      "openai/gpt-5.5",
      "openai/gpt-5-mini",
    ]);
  });

  it("tells keys apart without showing them", () => {
    const keyId = (keys: Grants["models"]) => {
      const selected = selectCandidates({ model: null, fallbacks: [] }, keys);
      return selected.ok ? selected.value[0].keyId : "";
    };
    expect(keyId(ANTHROPIC)).toBe(keyId({ anthropic: { apiKey: "key" } }));
    expect(keyId({ anthropic: { apiKey: "other" } })).not.toBe(keyId(ANTHROPIC));
    expect(keyId(ANTHROPIC)).not.toContain("key");
  });

  it("says what is wrong with a model that is unknown or has no key", () => {
    expect(names("gpt-5.5", [], ANTHROPIC)).toMatchObject({ code: "model_unknown" });
    expect(names("mistral/large", [], ANTHROPIC)).toMatchObject({ code: "model_unknown" });
    expect(names("anthropic/not an id", [], ANTHROPIC)).toMatchObject({ code: "model_unknown" });
    expect(names("offline/other", [], ANTHROPIC)).toMatchObject({ code: "model_unknown" });
    expect(names("openai/gpt-5.5", ["anthropic/claude-sonnet-5"], ANTHROPIC)).toMatchObject({
      code: "model_key_missing",
    });
  });
});
