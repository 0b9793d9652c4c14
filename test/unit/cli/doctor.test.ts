import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { describeStatus } from "../../../cli/doctor/assistant.ts";
import { differences, examineSettings, planned, splitProblems } from "../../../cli/doctor/settings.ts";
import { configurationOf } from "./access-fixtures.ts";
import { readSettings } from "../../../local/settings.ts";

const running = {
  deployment: "local",
  channels: { telegram: "on", web: "on" },
  access: { owner: null },
  runtime: { endpoint: "http://127.0.0.1:1", region: "us-east-1" },
  model: null,
  modelKeys: ["anthropic"],
};
const SAME = { TELEGRAM_BOT_TOKEN: "1:a", ANTHROPIC_API_KEY: "k" };
const what = (findings: readonly { what: string }[]) => findings.map((finding) => finding.what);

describe("examineSettings", () => {
  const root = resolve(import.meta.dirname, "../../..");
  const examine = (variables: Record<string, string>) =>
    examineSettings(root, variables, readSettings(variables, { root, memoryBytes: 1e10 }));

  it(
    "finds wrong what npm start would refuse, for its own reasons and for the Worker's",
    { timeout: 60_000 },
    async () => {
      const findings = await examine({ PORT: "high", DM_POLICY: "friends", ADMIN_TOKEN: "short" });
      expect(what(findings).toSorted()).toEqual(["ADMIN_TOKEN", "DM_POLICY", "PORT"]);
      expect(findings.every(({ state }) => state === "wrong")).toBe(true);
      expect(JSON.stringify(findings)).not.toContain('"short"');
      expect(await examine({})).toEqual([expect.objectContaining({ what: "settings", state: "ok" })]);
    },
  );
});

describe("splitProblems", () => {
  it("makes a finding of each problem, also of one that holds a semicolon", () => {
    expect(splitProblems("A_B: is no token; copy it again; C: must be x")).toEqual([
      { what: "A_B", state: "wrong", detail: "is no token; copy it again" },
      { what: "C", state: "wrong", detail: "must be x" },
    ]);
    expect(splitProblems("what is this")).toEqual([{ what: "settings", state: "wrong", detail: "what is this" }]);
    expect(splitProblems(null)).toEqual([]);
  });
});

describe("describeStatus", () => {
  it("tells what the running assistant has, not what this shell would start", () => {
    expect(describeStatus(running, null)).toEqual([
      { what: "telegram", state: "ok", detail: "on" },
      { what: "web", state: "ok", detail: "on" },
      { what: "model", state: "ok", detail: "the default one of anthropic" },
    ]);
    const bare = { ...running, channels: { telegram: "off: no token" }, modelKeys: [] };
    expect(describeStatus(bare, null).map(({ state }) => state)).toEqual(["off", "off"]);
    expect(describeStatus(bare, null)[0]?.detail).toBe("no token");
  });

  it("says whether hooks are on, and why not", () => {
    expect(describeStatus({ ...running, hooks: "on" }, null)).toContainEqual({
      what: "hooks",
      state: "ok",
      detail: "on",
    });
    expect(describeStatus({ ...running, hooks: "off: HOOKS_TOKEN is not set" }, null)).toContainEqual({
      what: "hooks",
      state: "off",
      detail: "HOOKS_TOKEN is not set",
    });
  });

  it("notes dead letters, if there are any", () => {
    expect(what(describeStatus({ ...running, deadLetters: 0 }, null))).not.toContain("dead letters");
    expect(describeStatus({ ...running, deadLetters: 2 }, null).at(-1)).toMatchObject({
      what: "dead letters",
      state: "note",
      detail: expect.stringContaining("ledger --dead"),
    });
  });

  it("calls Telegram wrong while its polling fails", () => {
    const problem = "cannot be reached (ECONNREFUSED)";
    expect(describeStatus(running, problem)).toContainEqual({ what: "telegram", state: "wrong", detail: problem });
  });
});

describe("differences", () => {
  it("notes what the next start would change, and nothing else", () => {
    expect(differences(SAME, running, null)).toEqual([]);
    const noted = differences({ AGENT_MODEL: "openai/x" }, running, configurationOf({}));
    expect(what(noted)).toEqual(["telegram", "model"]);
    expect(noted.every(({ state }) => state === "note")).toBe(true);
    expect(noted[1]?.detail).toContain("openai/x");
  });

  it("notes hooks that the next start would turn on", () => {
    const off = { ...running, hooks: "off: HOOKS_TOKEN is not set" };
    expect(what(differences({ ...SAME, HOOKS_TOKEN: "t" }, off, null))).toEqual(["hooks"]);
    expect(differences({ ...SAME, HOOKS_TOKEN: "t" }, { ...running, hooks: "on" }, null)).toEqual([]);
  });

  it("says nothing of a model that its configuration names, because that stays", () => {
    const document = { models: { default: "anthropic/y" } };
    const named = { ...running, model: "anthropic/y" };
    const noted = differences({ ...SAME, AGENT_MODEL: "openai/x" }, named, configurationOf({ document }));
    expect(noted).toEqual([]);
  });
});

describe("differences of the bot", () => {
  it("says plainly that the token was given to npm start alone", () => {
    const [noted, ...others] = differences({ ANTHROPIC_API_KEY: "k" }, running, null);
    expect(others).toEqual([]);
    expect(noted).toMatchObject({ what: "telegram", state: "note" });
    expect(noted?.detail).toMatch(/^npm start was given a TELEGRAM_BOT_TOKEN .*give it again .*\.dev\.vars/);
  });

  it("says that the next start has a bot", () => {
    const off = { ...running, channels: { telegram: "off: no token" } };
    expect(differences(SAME, off, null)).toEqual([
      { what: "telegram", state: "note", detail: "from the next start with the settings here: on" },
    ]);
  });
});

describe("planned", () => {
  it("says what is on, what is off, and never a value of a secret", () => {
    expect(planned({}).map(({ state }) => state)).toEqual(["off", "off", "off", "off"]);
    expect(planned(SAME).map(({ state }) => state)).toEqual(["ok", "off", "off", "ok"]);
    expect(planned({ HOOKS_TOKEN: "t" })).toContainEqual({ what: "hooks", state: "ok", detail: "on" });
    expect(JSON.stringify(planned({ TELEGRAM_BOT_TOKEN: "1:very-secret" }))).not.toContain("very-secret");
  });
});
