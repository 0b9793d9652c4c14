import { describe, expect, it } from "vitest";
import { type ModelFacts, pickModel, renderModels } from "../../../durable-objects/channel-session/command-model.ts";
import {
  renderChoices,
  renderSetting,
  settingChange,
} from "../../../durable-objects/channel-session/command-setting.ts";
import { DEFAULT_SETTINGS } from "../../../durable-objects/channel-session/settings.ts";

import { BEHAVIOUR, IN_GROUP, POLICY } from "./command-facts.ts";

describe("/model", () => {
  const models = (changes: Partial<ModelFacts> = {}): ModelFacts => ({
    behaviour: BEHAVIOUR,
    own: null,
    keys: { anthropic: { apiKey: "k" } },
    role: "person",
    ...changes,
  });

  it("numbers the default, its fallbacks and the other choices, each once, and says which is in use", () => {
    const { text, buttons } = renderModels(models({ own: "openai/gpt-6" }), true, "en");
    expect(text.split("\n").filter((line) => line.startsWith("- "))).toEqual([
      "- 1: `anthropic/claude-sonnet-5` (the default)",
      "- 2: `openai/gpt-6` (now)",
      "- 3: `anthropic/claude-haiku-5`",
    ]);
    expect(buttons?.flat().map(({ value }) => value)).toEqual(["/model 1", "/model 2", "/model 3", "/model default"]);
    expect(buttons?.flat().every(({ isCommand }) => isCommand)).toBe(true);
  });

  it("offers nothing to somebody who may only look", () => {
    expect(renderModels(models(), false, "de").buttons).toEqual([]);
    expect(renderModels(models(), false, "de").text).not.toContain("/model");
  });

  it.each([
    ["2", { kind: "picked", model: "openai/gpt-6" }],
    ["claude-haiku-5", { kind: "picked", model: "anthropic/claude-haiku-5" }],
    ["ANTHROPIC/claude-haiku-5", { kind: "picked", model: "anthropic/claude-haiku-5" }],
    ["default", { kind: "default" }],
    ["list", { kind: "shown" }],
    ["", { kind: "shown" }],
    ["0", { kind: "unknown", name: "0" }],
    ["4", { kind: "unknown", name: "4" }],
    ["anthropic/claude-opus-5", { kind: "unknown", name: "anthropic/claude-opus-5" }],
  ])("lets a guest pick from the list: %j", (pick, expected) => {
    expect(pickModel(pick, models())).toEqual(expected);
  });

  it.each([
    ["anthropic/claude-opus-5", { kind: "picked", model: "anthropic/claude-opus-5" }],
    ["offline/offline", { kind: "picked", model: "offline/offline" }],
    ["openai/o9", { kind: "no_key", name: "openai/o9" }],
    ["bedrock/nova", { kind: "no_key", name: "bedrock/nova" }],
    ["claude", { kind: "unknown", name: "claude" }],
    [`anthropic/${"x".repeat(300)}`, { kind: "unknown", name: `anthropic/${"x".repeat(300)}` }],
  ])("lets the owner name any model that there is a key for: %j", (pick, expected) => {
    expect(pickModel(pick, models({ role: "owner" }))).toEqual(expected);
  });

  it("offers what has an alias, shows the alias, and takes it however it is written", () => {
    const aliases = { fast: "anthropic/claude-haiku-5", Best: "openai/gpt-7" };
    const facts = models({ behaviour: { ...BEHAVIOUR, aliases } });
    expect(pickModel("FAST", facts)).toEqual({ kind: "picked", model: "anthropic/claude-haiku-5" });
    expect(pickModel("best", facts)).toEqual({ kind: "picked", model: "openai/gpt-7" });
    expect(pickModel("best", models())).toEqual({ kind: "unknown", name: "best" });
    const { text, buttons } = renderModels(facts, true, "en");
    expect(text).toContain("- 3: `fast` = `anthropic/claude-haiku-5`");
    expect(text).toContain("- 4: `Best` = `openai/gpt-7`");
    expect(buttons?.flat().map(({ label }) => label)).toContain("Best (openai/gpt-7)");
  });

  it("takes a short name only if it is one model's", () => {
    const behaviour = { ...BEHAVIOUR, choices: ["openai/x", "anthropic/x"] };
    expect(pickModel("x", models({ behaviour }))).toEqual({ kind: "unknown", name: "x" });
  });
});

describe("/think, /usage, /queue and /activation", () => {
  it("show how it is and where that comes from", () => {
    expect(renderSetting("thinking", DEFAULT_SETTINGS, POLICY, "en")).toBe(
      "🤔 Thinking: `low`, I think a little before I answer (the default)",
    );
    expect(renderSetting("queue", { ...DEFAULT_SETTINGS, queue: "collect" }, POLICY, "de")).toMatch(
      /`collect`.*\(hier eingestellt\)/u,
    );
    expect(renderSetting("activation", DEFAULT_SETTINGS, { ...POLICY, access: IN_GROUP }, "en")).toContain("`mention`");
  });

  it("take what is offered, go back by default, and know nothing else", () => {
    expect(settingChange("thinking", "xhigh")).toEqual({ thinking: "xhigh" });
    expect(settingChange("usage", "default")).toEqual({ usage: null });
    expect(settingChange("queue", "interrupt")).toBeNull();
    expect(settingChange("activation", "")).toBeNull();
  });

  it("have a button for each choice, which says what it types", () => {
    const { text, buttons = [] } = renderChoices("queue", true, "en");
    expect(text).toContain("`/queue steer|collect|default`");
    expect(buttons.flat().map(({ label, value }) => [label, value])).toEqual([
      ["steer", "/queue steer"],
      ["collect", "/queue collect"],
      ["default", "/queue default"],
    ]);
    expect(renderChoices("queue", false, "en")).toEqual({ text: "" });
  });
});
