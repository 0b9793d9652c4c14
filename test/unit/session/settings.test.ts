import { describe, expect, it } from "vitest";
import { turnInvocation } from "../../../durable-objects/channel-session/envelope.ts";
import { behaviourIn, DEFAULT_SETTINGS, pickedModel } from "../../../durable-objects/channel-session/settings.ts";
import { ADMITTED, BEHAVIOUR, POLICY } from "./command-facts.ts";
import { MAIN } from "./names.ts";
import { MESSAGE, TURN } from "./one-turn.ts";

const KEYS = { anthropic: { apiKey: "k" } };
const BLOBS = {
  endpoint: "https://s3.example",
  region: "us-east-1",
  bucket: "b",
  credentials: { accessKeyId: "i", secretAccessKey: "s" },
  expiresAt: 0,
};
describe("behaviourIn", () => {
  it("is what the configuration says, but for what was set in the session", () => {
    expect(behaviourIn(DEFAULT_SETTINGS, POLICY)).toEqual(BEHAVIOUR);
    const own = { ...DEFAULT_SETTINGS, thinking: "high", usage: "full", queue: "collect" } as const;
    expect(behaviourIn(own, POLICY)).toEqual({ ...BEHAVIOUR, thinking: "high", usage: "full", queue: "collect" });
  });

  it("has no fallbacks for a model that somebody has picked", () => {
    expect(behaviourIn({ ...DEFAULT_SETTINGS, model: "openai/gpt-6" }, POLICY)).toMatchObject({
      model: "openai/gpt-6",
      fallbacks: [],
    });
  });
});

describe("the model that was picked", () => {
  const picked = (model: string, role: "owner" | "person") =>
    pickedModel({ model }, { behaviour: BEHAVIOUR, access: { ...ADMITTED, role } });

  it("counts for a guest as long as it is on the list", () => {
    expect(picked("openai/gpt-6", "person")).toBe("openai/gpt-6");
    expect(picked("openai/gone", "person")).toBeNull();
    expect(picked("openai/gone", "owner")).toBe("openai/gone");
  });
});

describe("turnInvocation", () => {
  const invoke = (settings: Parameters<typeof behaviourIn>[0], message = MESSAGE) => {
    const behaviour = behaviourIn(settings, POLICY);
    const grants = { models: KEYS, blobs: BLOBS };
    return turnInvocation({ turn: TURN, messages: [message], behaviour, grants, now: 0 }, false);
  };

  it("tells the agent how to behave in this session, and brings the deployment's keys", () => {
    expect(invoke({ ...DEFAULT_SETTINGS, thinking: "high" })).toMatchObject({
      settings: { model: BEHAVIOUR.model, fallbacks: BEHAVIOUR.fallbacks, timezone: "Europe/Berlin", thinking: "high" },
      grants: { models: KEYS },
    });
  });

  it("tells the agent that the answer of a run goes to others than the owner", () => {
    const task = { kind: "hook", name: "mail", conversation: MAIN, timeoutMs: 1, expired: [] } as const;
    const taskOf = (more: object) => invoke(DEFAULT_SETTINGS, { ...MESSAGE, task: { ...task, ...more } }).task;
    expect(taskOf({ isForOthers: true })).toHaveProperty("isForOthers", true);
    expect(taskOf({})).not.toHaveProperty("isForOthers");
  });

  it("leaves thinking out when it is off", () => {
    expect(invoke({ ...DEFAULT_SETTINGS, thinking: "off" }).settings).not.toHaveProperty("thinking");
  });

  it("tells in which language to answer a command: that of whoever wrote, English apart", () => {
    const says = (language: string) => ({ ...MESSAGE, sender: { ...MESSAGE.sender, language } });
    expect(invoke(DEFAULT_SETTINGS, says("de-AT")).settings).toMatchObject({ language: "de" });
    expect(invoke(DEFAULT_SETTINGS, says("fr")).settings).not.toHaveProperty("language");
  });
});
