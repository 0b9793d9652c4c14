import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkDocument, type Deployment } from "../../../durable-objects/agent-directory/check-document.ts";
import { CONFIG_BOUNDS } from "../../../protocol/bounds.ts";
import { DEFAULTS } from "./world.ts";

const DEPLOYMENT: Deployment = { defaults: DEFAULTS, missingKeys: new Map([["openai", "OPENAI_API_KEY"]]) };

/** Where something is wrong, in the order in which it is named. */
function pathsOf(document: unknown, deployment = DEPLOYMENT): readonly string[] {
  const checked = checkDocument(document, deployment);
  return checked.ok ? [] : checked.error.map(({ path }) => path);
}

/** What is wrong at the only place where something is. */
function problemOf(document: unknown, deployment = DEPLOYMENT): string {
  const checked = checkDocument(document, deployment);
  if (checked.ok || checked.error.length !== 1) expect.fail(JSON.stringify(checked));
  return checked.error[0]?.problem ?? "";
}

const GOOD = {
  access: {
    dmPolicy: "allowlist",
    dm: { slack: "disabled" },
    allowFrom: ["telegram:7", "whatsapp:+49", "slack:U1"],
    groupPolicy: "allowlist",
    groupAllowFrom: ["telegram:-100"],
    groups: { "telegram:-100": { senders: ["telegram:8"], activation: "always", bots: true } },
  },
  models: {
    default: "anthropic/claude-sonnet-5",
    fallbacks: ["bedrock/x", "offline/offline"],
    choices: [],
    aliases: { fast: "anthropic/claude-haiku-5", "2nd_best-one": "offline/offline" },
    thinking: "high",
  },
  conversations: { dailyReset: "04:00", idleResetMinutes: 240 },
  hooks: {
    mappings: { gmail: { preset: "gmail", to: "telegram:7" }, "door-1": { message: "{{a[0].b}}", forEach: "list" } },
  },
  messages: { mentionPatterns: ["claw*"], ackReaction: "🦞", language: "de", usage: "tokens", queue: "collect" },
  timezone: "Europe/Berlin",
};

const NO_MODEL =
  "must be provider/model with provider anthropic, openai or amazon-bedrock, like anthropic/claude-sonnet-5";
const NO_ALIAS = "must be up to 32 letters, digits, - or _, such as fast";

describe("checkDocument", () => {
  it("takes a document that is right, as it is", () => {
    expect(checkDocument(GOOD, DEPLOYMENT)).toEqual({ ok: true, value: GOOD });
    const off = { models: { default: null }, messages: { mentionPatterns: null, ackReaction: null } };
    expect(checkDocument(off, DEPLOYMENT)).toEqual({ ok: true, value: off });
  });

  it("leaves out sections that hold nothing", () => {
    const checked = checkDocument({ access: { dm: {}, groups: { "telegram:-1": {} } }, models: {} }, DEPLOYMENT);
    expect(checked).toEqual({ ok: true, value: {} });
  });

  it("names every problem at once, each by its path", () => {
    const document = {
      access: {
        dmPolicy: "everybody",
        dm: { irc: "open", slack: 1 },
        allowFrom: ["42", "telegram:7", "telegram:7", 5, ""],
        groupAllowFrom: ["telegram:100", "telegram:-1"],
        groups: {
          "telegram:1": { bots: "no" },
          "telegram:-1": { senders: ["telegram:-1", "discord:5"], loud: true, activation: "never" },
        },
        quiet: 1,
        loud: 2,
      },
      models: { default: "gpt", fallbacks: ["openai/x", "anthropic/a", "anthropic/a"], thinking: "very" },
      messages: { mentionPatterns: ["a*b*c*d"], ackReaction: "hello", usage: true },
      timezone: "Mars/Olympus",
      extra: {},
    };
    expect(pathsOf(document).toSorted()).toEqual(
      [
        "access.dmPolicy",
        "access.dm.irc",
        "access.dm.slack",
        "access.allowFrom.0",
        "access.allowFrom.2",
        "access.allowFrom.3",
        "access.allowFrom.4",
        "access.groupAllowFrom.0",
        "access.groups.telegram:1",
        "access.groups.telegram:1.bots",
        "access.groups.telegram:-1.senders.0",
        "access.groups.telegram:-1.senders.1",
        "access.groups.telegram:-1.loud",
        "access.groups.telegram:-1.activation",
        "access.quiet",
        "access.loud",
        "models.default",
        "models.fallbacks.0",
        "models.fallbacks.2",
        "models.thinking",
        "messages.mentionPatterns.0",
        "messages.ackReaction",
        "messages.usage",
        "timezone",
        "extra",
      ].toSorted(),
    );
  });

  it.each([
    [{ access: { dmPolicy: "x" } }, "must be one of pairing, allowlist, open, disabled"],
    [{ access: { allowFrom: "telegram:7" } }, `must be a list, such as ["a", "b"]`],
    [{ access: [] }, "must be an object with settings in it"],
    [{ access: { groups: { "telegram:-1": [] } } }, "must be an object with settings in it"],
    [{ timezone: 5 }, "must be a text"],
    [{ models: { default: "" } }, "must not be empty"],
    [
      { access: { allow: [] } },
      "is no setting; there are dmPolicy, dm, allowFrom, groupPolicy, groupAllowFrom, groups",
    ],
    [{ models: { default: "openai/gpt" } }, "needs OPENAI_API_KEY, which the deployment does not have"],
    [{ models: { aliases: { fast: "openai/gpt" } } }, "needs OPENAI_API_KEY, which the deployment does not have"],
    [{ models: { aliases: { fast: "quick" } } }, NO_MODEL],
    [{ models: { aliases: { fast: "" } } }, "must not be empty"],
    [{ models: { aliases: { fast: 5 } } }, "must be a text"],
    [{ models: { aliases: { "very fast": "offline/x" } } }, NO_ALIAS],
    [{ models: { aliases: { "anthropic/x": "offline/x" } } }, NO_ALIAS],
    [{ models: { aliases: { "-fast": "offline/x" } } }, NO_ALIAS],
    [
      { models: { aliases: { 12: "offline/x" } } },
      "must not be a number: /model takes those for the place in its list",
    ],
    [{ models: { aliases: { Default: "offline/x" } } }, "is a word that /model takes for something else"],
    [{ models: { aliases: { list: "offline/x" } } }, "is a word that /model takes for something else"],
    [{ models: { aliases: { fast: "offline/x", Fast: "offline/y" } } }, "is there twice"],
    [{ conversations: { dailyReset: "4:00" } }, "must be a time such as 04:00, or null for never"],
    [{ conversations: { dailyReset: "24:00" } }, "must be a time such as 04:00, or null for never"],
    [{ conversations: { idleResetMinutes: "60" } }, "must be a number, or null"],
    [{ conversations: { idleResetMinutes: 1.5 } }, "must be a whole number"],
    [{ conversations: { idleResetMinutes: 0 } }, "must be 1 at least"],
    [{ conversations: { idleResetMinutes: 525_601 } }, "must be 525600 at most"],
    [{ budget: { dailyUsd: -1 } }, "must be 0 at least"],
    [{ budget: { dailyUsd: Number.NaN } }, "must be a number, or null"],
    [{ budget: { monthlyUsd: 1_000_001 } }, "must be 1000000 at most"],
    [{ budget: { dailyTokens: 1.5 } }, "must be a whole number"],
    [{ budget: { people: { monthlyTokens: "5" } } }, "must be a number, or null"],
    [{ budget: { groups: { dailyUsd: -0.01 } } }, "must be 0 at least"],
    [
      { budget: { people: { weeklyUsd: 1 } } },
      "is no setting; there are dailyUsd, dailyTokens, monthlyUsd, monthlyTokens",
    ],
    [{ models: { choices: ["openai/gpt"] } }, "needs OPENAI_API_KEY, which the deployment does not have"],
    [{ access: { groups: { "telegram:-1": { senders: ["slack:U1"] } } } }, "is on another channel than the group"],
    [
      { access: { allowFrom: ["web:owner"] } },
      "entries look like telegram:123; the channels are telegram, discord, slack, whatsapp",
    ],
    [
      JSON.parse('{"__proto__":{"access":{}}}'),
      "is no setting; there are access, models, messages, conversations, heartbeat, budget, hooks, timezone",
    ],
    [
      JSON.parse('{"access":{"groups":{"constructor":{}}}}'),
      "entries look like telegram:-100123; the channels are telegram, discord, slack, whatsapp",
    ],
    [
      { toString: 1 },
      "is no setting; there are access, models, messages, conversations, heartbeat, budget, hooks, timezone",
    ],
    [[], "must be an object with settings in it"],
    [null, "must be an object with settings in it"],
    ["access", "must be an object with settings in it"],
  ])("says of %j what to do", (document, problem) => expect(problemOf(document)).toBe(problem));

  it("has an end to lists and texts", () => {
    const many = Array.from({ length: CONFIG_BOUNDS.listMax + 1 }, (_, id) => `telegram:${id + 1}`);
    expect(problemOf({ access: { allowFrom: many } })).toBe("is too long, the most is 1000");
    expect(problemOf({ timezone: "x".repeat(CONFIG_BOUNDS.textMax + 1) }, DEPLOYMENT)).toContain("is too long");
  });

  it.each([
    [{ access: { dmPolicy: "allowlist" } }, DEFAULTS, true],
    [{ access: { dm: { slack: "allowlist" } } }, DEFAULTS, true],
    [{ access: { dmPolicy: "allowlist", allowFrom: ["telegram:7"] } }, DEFAULTS, false],
    [{ access: { dmPolicy: "allowlist" } }, withAccess({ allowFrom: ["telegram:7"] }), false],
    [{ access: { allowFrom: [] } }, withAccess({ dmPolicy: "allowlist", allowFrom: ["telegram:7"] }), true],
    // What the environment says alone is its own affair.
    [{ timezone: "UTC" }, withAccess({ dmPolicy: "allowlist" }), false],
    [{ access: { allowFrom: [] } }, DEFAULTS, false],
  ])("takes no list that lets nobody in: %j", (document, defaults, isWrong) => {
    expect(pathsOf(document, { ...DEPLOYMENT, defaults })).toEqual(isWrong ? ["access.allowFrom"] : []);
  });

  it("never throws, and takes what it has taken once again", () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), damaged()), (document) => {
        const checked = checkDocument(document, DEPLOYMENT);
        if (checked.ok) expect(checkDocument(checked.value, DEPLOYMENT)).toEqual(checked);
        else expect(checked.error.length).toBeGreaterThan(0);
      }),
    );
  });
});

function withAccess(access: Partial<typeof DEFAULTS.access>) {
  return { ...DEFAULTS, access: { ...DEFAULTS.access, ...access } };
}

/** The good document with some of it gone or replaced. */
function damaged() {
  const replaced = fc.option(fc.jsonValue(), { nil: undefined });
  return fc
    .record({ access: replaced, models: replaced, messages: replaced, timezone: replaced, dmPolicy: replaced })
    .map(({ dmPolicy, ...sections }) => {
      const given = Object.fromEntries(Object.entries(sections).filter(([, value]) => value !== undefined));
      const access = dmPolicy === undefined ? GOOD.access : { ...GOOD.access, dmPolicy };
      return { ...GOOD, access, ...given };
    });
}
