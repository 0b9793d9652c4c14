import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WRANGLER_DEV_VARIABLES } from "../../../local/local-aws-names.ts";
import { readSettings } from "../../../local/settings.ts";
import { DEPLOY_VARIABLES, mergeVariables, VARIABLES } from "../../../local/variables.ts";

const machine = { root: "/srv/claw", memoryBytes: 4 * 1_073_741_824 };
const read = (variables: Record<string, string>) => readSettings(variables, machine);

describe("readSettings", () => {
  it("has a default for everything", () => {
    expect(read({})).toEqual({
      problems: [],
      settings: {
        port: 8787,
        publicUrl: null,
        stateDir: "/srv/claw/.agent-claw",
        polling: "auto",
        processMax: 16,
        remote: { runtime: false, stores: false },
      },
    });
  });

  it("reports every problem at once", () => {
    const { problems } = read({
      PORT: "http",
      PUBLIC_URL: "example.com",
      TELEGRAM_POLLING: "yes",
      AGENT_PROCESS_MAX: "0",
      AWS_ACCESS_KEY_ID: "AKIA",
    });
    expect(problems.map(({ variable }) => variable)).toEqual([
      "PORT",
      "PUBLIC_URL",
      "TELEGRAM_POLLING",
      "AGENT_PROCESS_MAX",
      "AWS_SECRET_ACCESS_KEY",
    ]);
  });

  it("wants a token when polling is on", () => {
    expect(read({ TELEGRAM_POLLING: "on" }).problems).toEqual([
      expect.objectContaining({ variable: "TELEGRAM_BOT_TOKEN" }),
    ]);
    expect(read({ TELEGRAM_POLLING: "on", TELEGRAM_BOT_TOKEN: "1:a" }).problems).toEqual([]);
  });

  it("wants a key for a runtime of AWS, and none for another endpoint", () => {
    const arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/x-1";
    expect(read({ AGENTCORE_RUNTIME_ARN: arn }).problems.map(({ variable }) => variable)).toEqual([
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
    ]);
    const elsewhere = read({ AGENTCORE_ENDPOINT: "http://127.0.0.1:9" });
    expect(elsewhere.problems).toEqual([]);
    expect(elsewhere.settings.remote).toEqual({ runtime: true, stores: false });
  });

  it("survives any values, and never repeats one in a problem", () => {
    const secret = fc.string({ minLength: 12 }).map((text) => `#${text}#`);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...VARIABLES), secret), (variables) => {
        const { settings, problems } = read(variables);
        expect(settings.port).toBeGreaterThanOrEqual(0);
        expect(settings.processMax).toBeGreaterThan(0);
        for (const { problem } of problems) {
          for (const value of Object.values(variables)) expect(problem).not.toContain(value);
        }
      }),
    );
  });
});

describe("mergeVariables", () => {
  it("takes the environment before the file, and from the environment only what it knows", () => {
    const merged = mergeVariables({ PORT: "1", HOME: "/root" }, { PORT: "2", DM_POLICY: "open", MINE: "x" });
    expect(merged).toEqual({ PORT: "1", DM_POLICY: "open", MINE: "x" });
  });

  it("lets an empty variable of the environment hide the one in the file", () => {
    expect(mergeVariables({ TELEGRAM_BOT_TOKEN: "" }, { TELEGRAM_BOT_TOKEN: "1:a", ALLOW_FROM: "  " })).toEqual({});
  });

  it("leaves out what is there for plain wrangler dev, and keeps another runtime", () => {
    expect(mergeVariables({}, WRANGLER_DEV_VARIABLES)).toEqual({});
    const other = { ...WRANGLER_DEV_VARIABLES, AGENTCORE_ENDPOINT: "http://127.0.0.1:9" };
    expect(mergeVariables({}, other)).toEqual({ AGENTCORE_ENDPOINT: "http://127.0.0.1:9" });
  });

  it("gives each name its value of the first source that has it", () => {
    const source = fc.dictionary(fc.constantFrom("PORT", "DM_POLICY", "ALLOW_FROM"), fc.constantFrom("", "a", "b"));
    fc.assert(
      fc.property(source, source, (environment, file) => {
        const merged = mergeVariables(environment, file);
        for (const name of ["PORT", "DM_POLICY", "ALLOW_FROM"]) {
          expect(merged[name]).toBe((environment[name] ?? file[name]) || undefined);
        }
      }),
    );
  });
});

describe(".dev.vars.example", () => {
  const example = readFileSync(new URL("../../../.dev.vars.example", import.meta.url), "utf8");

  it("describes every variable that is read", () => {
    const described = new Set([...example.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name));
    expect(described).toEqual(new Set([...VARIABLES, ...DEPLOY_VARIABLES]));
  });

  it("sets what plain wrangler dev needs to find npm run aws, and nothing else", () => {
    expect(parseEnv(example)).toEqual(WRANGLER_DEV_VARIABLES);
  });
});
