import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_BUDGET } from "../../../protocol/agent-config.ts";
import { ConfigError } from "../../../protocol/errors.ts";
import { readConfig } from "../../../worker/config.ts";
import { forSpace, missingModelKeys, modelGrants } from "../../../worker/model-keys.ts";

const enough = {
  AGENTCORE_RUNTIME_ARN: "arn:aws:bedrock-agentcore:eu-central-1:123456789012:runtime/claw-AbCdEf1234",
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "AKID",
  AWS_SECRET_ACCESS_KEY: "top secret",
  AGENT_BUCKET: "bucket",
  AGENT_DATA_ROLE_ARN: "arn:aws:iam::123456789012:role/data",
};

function problemsOf(variables: object): readonly string[] {
  try {
    readConfig(variables);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((problem) => problem.variable);
    throw error;
  }
}

describe("readConfig", () => {
  it("fills in what the design says when little is set", () => {
    const config = readConfig({ ...enough });
    expect(config.runtime).toMatchObject({
      endpoint: "https://bedrock-agentcore.eu-central-1.amazonaws.com",
      qualifier: "DEFAULT",
    });
    expect(config.defaults).toEqual({
      access: { dmPolicy: "pairing", dm: {}, allowFrom: [], groupPolicy: "allowlist", groupAllowFrom: [], groups: {} },
      models: { default: null, fallbacks: [], choices: [], aliases: {}, thinking: "off" },
      messages: { mentionPatterns: null, ackReaction: "👀", language: "auto", usage: "off", queue: "steer" },
      conversations: { dailyReset: null, idleResetMinutes: null },
      heartbeat: { activeHours: null, model: null },
      budget: NO_BUDGET,
      hooks: { mappings: {} },
      timezone: "UTC",
    });
    expect(config.telegram).toBeNull();
    expect(Object.keys(config.modelKeys)).toEqual(["bedrock"]);
  });

  it("reports every problem at once, by variable", () => {
    const variables = {
      TELEGRAM_BOT_TOKEN: "nonsense",
      TELEGRAM_WEBHOOK_SECRET: "with spaces",
      TELEGRAM_API_ROOT: "ftp://x",
      ADMIN_TOKEN: "short",
      DM_POLICY: "everybody",
      GROUP_POLICY: "pairing",
      ALLOW_FROM: "42",
      GROUP_ALLOW_FROM: "irc:1",
      AGENT_MODEL: "gpt",
      AGENT_MODEL_FALLBACKS: "openai/b,c",
      AGENT_TIMEZONE: "Mars/Olympus",
      AGENTCORE_RUNTIME_ARN: "arn",
    };
    const missing = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AGENT_BUCKET", "AGENT_DATA_ROLE_ARN"];
    expect(problemsOf(variables).toSorted()).toEqual([...Object.keys(variables), ...missing].toSorted());
  });

  it("refuses a model that nobody has or no key reaches, and a Telegram name where an id must be", () => {
    expect(problemsOf({ ...enough, AGENT_MODEL: "foo/bar" })).toEqual(["AGENT_MODEL"]);
    expect(problemsOf({ ...enough, AGENT_MODEL: "anthropic/claude-sonnet-5" })).toEqual(["ANTHROPIC_API_KEY"]);
    expect(problemsOf({ ...enough, AGENT_MODEL: "offline/offline" })).toEqual([]);
    expect(problemsOf({ ...enough, ALLOW_FROM: "telegram:ada" })).toEqual(["ALLOW_FROM"]);
    // Nobody has such an id: who is meant would be locked out, and the owner with them.
    expect(problemsOf({ ...enough, ALLOW_FROM: "telegram:07" })).toEqual(["ALLOW_FROM"]);
    expect(problemsOf({ ...enough, OPENAI_BASE_URL: "foo" })).toEqual(["OPENAI_BASE_URL"]);
  });

  it("takes names by which it is called, with stars, and refuses what is none", () => {
    const names = (variables: object) => readConfig({ ...enough, ...variables }).defaults.messages.mentionPatterns;
    expect(names({})).toBeNull();
    expect(names({ MENTION_PATTERNS: "off" })).toEqual([]);
    expect(names({ MENTION_PATTERNS: "claw, hey bot,клав*,c++" })).toEqual(["claw", "hey bot", "клав*", "c++"]);
    expect(problemsOf({ ...enough, MENTION_PATTERNS: "a*b*c*d" })).toEqual(["MENTION_PATTERNS"]);
    expect(problemsOf({ ...enough, MENTION_PATTERNS: "?!" })).toEqual(["MENTION_PATTERNS"]);
  });

  it("refuses ids that cannot be people or groups, and a reaction that is none", () => {
    expect(problemsOf({ ...enough, ALLOW_FROM: "telegram:-100" })).toEqual(["ALLOW_FROM"]);
    expect(problemsOf({ ...enough, ALLOW_FROM: "telegram:42 telegram:7" })).toEqual(["ALLOW_FROM"]);
    expect(problemsOf({ ...enough, GROUP_ALLOW_FROM: "telegram:100" })).toEqual(["GROUP_ALLOW_FROM"]);
    expect(problemsOf({ ...enough, ACK_REACTION: "hello" })).toEqual(["ACK_REACTION"]);
    expect(readConfig({ ...enough, ACK_REACTION: "🦞" }).defaults.messages.ackReaction).toBe("🦞");
    expect(readConfig({ ...enough, ACK_REACTION: "off" }).defaults.messages.ackReaction).toBeNull();
  });

  it("takes a token of the hooks that is long, and not the admin's", () => {
    const token = "0123456789abcdef";
    expect(readConfig({ ...enough }).hooksToken).toBeNull();
    expect(readConfig({ ...enough, HOOKS_TOKEN: token }).hooksToken).toBe(token);
    for (const bad of [token.slice(1), `${token} x`, "0123456789abcdé€"]) {
      expect(problemsOf({ ...enough, HOOKS_TOKEN: bad })).toEqual(["HOOKS_TOKEN"]);
    }
    expect(problemsOf({ ...enough, HOOKS_TOKEN: token, ADMIN_TOKEN: token })).toEqual(["HOOKS_TOKEN"]);
  });

  it("takes a token for webhooks, and hosts that they may go to besides", () => {
    expect(readConfig({ ...enough }).webhooks).toEqual({ token: null, tokenHosts: [], allowHosts: [] });
    const known = { ...enough, WEBHOOK_TOKEN: "t", WEBHOOK_TOKEN_HOSTS: "ha.example.com" };
    const allowHosts = ["printer.lan", "192.168.1.5:8080"];
    expect(readConfig({ ...known, WEBHOOK_ALLOW_HOSTS: allowHosts.join(", ") }).webhooks).toEqual({
      token: "t",
      tokenHosts: ["ha.example.com"],
      allowHosts,
    });
    const bad = { ...known, WEBHOOK_TOKEN: "a b", WEBHOOK_TOKEN_HOSTS: "*", WEBHOOK_ALLOW_HOSTS: "http://x" };
    expect(problemsOf(bad)).toEqual(["WEBHOOK_TOKEN", "WEBHOOK_TOKEN_HOSTS", "WEBHOOK_ALLOW_HOSTS"]);
  });

  it("takes a token for webhooks only with the hosts that get it, and none that opens the assistant itself", () => {
    const token = "0123456789abcdef";
    expect(problemsOf({ ...enough, WEBHOOK_TOKEN: token })).toEqual(["WEBHOOK_TOKEN_HOSTS"]);
    for (const name of ["ADMIN_TOKEN", "HOOKS_TOKEN"]) {
      const same = { ...enough, WEBHOOK_TOKEN: token, WEBHOOK_TOKEN_HOSTS: "ha.example.com", [name]: token };
      expect(problemsOf(same)).toEqual(["WEBHOOK_TOKEN"]);
    }
  });

  it("never repeats a value in a problem", () => {
    const secret = "s3cr3t-value-that-must-not-show";
    const names = [...Object.keys(enough), "TELEGRAM_BOT_TOKEN", "TELEGRAM_API_ROOT", "ALLOW_FROM", "AGENT_TIMEZONE"];
    const variables = Object.fromEntries(names.map((name) => [name, `${secret} ${name}`]));
    expect(() => readConfig(variables)).toThrow(ConfigError);
    expect(() => readConfig(variables)).not.toThrow(secret);
  });

  it("takes people, groups and policies as the defaults of the configuration", () => {
    const { access } = readConfig({
      ...enough,
      ALLOW_FROM: " telegram:1 , slack:U2",
      GROUP_ALLOW_FROM: "telegram:-1",
      DM_POLICY: "open",
      TELEGRAM_DM_POLICY: "disabled",
    }).defaults;
    expect(access).toMatchObject({
      dmPolicy: "open",
      dm: { telegram: "disabled" },
      allowFrom: ["telegram:1", "slack:U2"],
      groupAllowFrom: ["telegram:-1"],
    });
  });

  it("takes the time zone by the name that machines know it by", () => {
    expect(readConfig({ ...enough, AGENT_TIMEZONE: "europe/berlin" }).defaults.timezone).toBe("Europe/Berlin");
  });

  it.each(["-1", "NaN", "5 EUR", "1e9", "1000001", "Infinity", "0x5"])(
    "refuses %s as the budget of a day, and says what it may be",
    (DAILY_BUDGET_USD) => {
      expect(problemsOf({ ...enough, DAILY_BUDGET_USD })).toEqual(["DAILY_BUDGET_USD"]);
      expect(() => readConfig({ ...enough, DAILY_BUDGET_USD })).toThrow("an amount of dollars such as 5 or 2.50");
    },
  );

  it("takes the budget of a day in dollars; without one there is no limit", () => {
    expect(readConfig({ ...enough, DAILY_BUDGET_USD: "2.50" }).defaults.budget.dailyUsd).toBe(2.5);
    expect(readConfig({ ...enough, DAILY_BUDGET_USD: "0" }).defaults.budget.dailyUsd).toBe(0);
    expect(readConfig(enough).defaults.budget).toEqual(NO_BUDGET);
  });

  it("hands Bedrock credentials out only to a turn that asks for a Bedrock model", () => {
    const config = readConfig({ ...enough, ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: "http://127.0.0.1:1/" });
    const anthropic = { apiKey: "k", baseUrl: "http://127.0.0.1:1/" };
    expect(modelGrants(config.modelKeys, ["anthropic/a", "offline/bedrock/"])).toEqual({ anthropic });
    for (const model of ["amazon-bedrock/us.anthropic.claude", "bedrock/x"]) {
      expect(modelGrants(config.modelKeys, ["anthropic/a", model])).toMatchObject({
        anthropic,
        bedrock: { region: "eu-central-1", credentials: { accessKeyId: "AKID" } },
      });
    }
    expect([...missingModelKeys(config)]).toEqual([["openai", "OPENAI_API_KEY"]]);
  });

  it("gives Bedrock the credentials of the space, unless the stores are stand-ins or the setting says otherwise", () => {
    const of = (variables: object) => readConfig({ ...enough, ...variables }).bedrockCredentials;
    expect(of({})).toBe("space");
    expect(of({ AWS_ENDPOINT_URL: "http://127.0.0.1:1" })).toBe("own-key");
    expect(of({ AWS_ENDPOINT_URL_STS: "http://127.0.0.1:1" })).toBe("own-key");
    expect(of({ AWS_ENDPOINT_URL_S3: "http://127.0.0.1:1" })).toBe("space");
    expect(of({ AWS_ENDPOINT_URL: "http://127.0.0.1:1", BEDROCK_CREDENTIALS: "space" })).toBe("space");
    expect(of({ BEDROCK_CREDENTIALS: "own-key" })).toBe("own-key");
    expect(problemsOf({ ...enough, BEDROCK_CREDENTIALS: "relay" })).toEqual(["BEDROCK_CREDENTIALS"]);
    const keys = readConfig({ ...enough }).modelKeys;
    const session = { accessKeyId: "ASIA", secretAccessKey: "s", sessionToken: "t" };
    const { bedrock } = modelGrants(forSpace(keys, session, { bedrockCredentials: "space" }), ["bedrock/x"]);
    expect(bedrock).toEqual({ ...keys.bedrock, credentials: session });
    expect(forSpace(keys, session, { bedrockCredentials: "own-key" })).toEqual(keys);
  });

  it("finds the secret at its region, or where it is told to", () => {
    const AGENT_SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:claw/keys-AbCdEf";
    expect(readConfig({ ...enough }).secret).toBeNull();
    expect(readConfig({ ...enough, AGENT_SECRET_ARN }).secret).toEqual({
      arn: AGENT_SECRET_ARN,
      endpoint: "https://secretsmanager.eu-central-1.amazonaws.com",
    });
    const own = { AGENT_SECRET_ARN, AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://127.0.0.1:1" };
    expect(readConfig({ ...enough, ...own }).secret?.endpoint).toBe("http://127.0.0.1:1");
    expect(problemsOf({ ...enough, AGENT_SECRET_ARN: "claw/keys" })).toEqual(["AGENT_SECRET_ARN"]);
  });

  it("gives equal variables the same settings object", () => {
    expect(readConfig({ ...enough })).toBe(readConfig({ ...enough }));
    expect(readConfig({ ...enough, DEPLOYMENT_ID: "other" })).not.toBe(readConfig({ ...enough }));
  });

  it("never throws anything but ConfigError, whatever the variables hold", () => {
    const name = fc.constantFrom(
      ...Object.keys(enough),
      "TELEGRAM_BOT_TOKEN",
      "ALLOW_FROM",
      "AGENT_MODEL",
      "DM_POLICY",
    );
    fc.assert(
      fc.property(fc.dictionary(name, fc.anything()), (variables) => {
        problemsOf(variables);
      }),
    );
  });
});
