import { describe, expect, it } from "vitest";
import { readSettings } from "../settings.ts";

function read(context: Readonly<Record<string, unknown>>) {
  return readSettings((name) => context[name]);
}

function problems(context: Readonly<Record<string, unknown>>): readonly string[] {
  const result = read(context);
  return result.ok ? [] : result.problems;
}

describe("the settings of the stack", () => {
  it("are complete when nothing is set", () => {
    expect(read({})).toEqual({
      ok: true,
      settings: {
        name: "agent-claw",
        artifact: "zip",
        platform: "V2",
        idleSeconds: 120,
        maxLifetimeSeconds: 28_800,
        logRetentionDays: 30,
        eventExpiryDays: 90,
        agentFolder: undefined,
      },
    });
  });

  it("may be texts, as `cdk -c` gives them, or numbers", () => {
    expect(read({ idleSeconds: "300" })).toMatchObject({ settings: { idleSeconds: 300 } });
    expect(read({ idleSeconds: 300 })).toMatchObject({ settings: { idleSeconds: 300 } });
    expect(read({ idleSeconds: "", name: "" })).toMatchObject({ settings: { idleSeconds: 120, name: "agent-claw" } });
  });

  it("are refused with a line for everything that is wrong, at once", () => {
    const wrong = {
      name: "My_Claw",
      artifact: "jar",
      platform: "V3",
      idleSeconds: 5,
      maxLifetimeSeconds: "9h",
      logRetentionDays: 31,
      eventExpiryDays: 3,
      agentFolder: 7,
    };
    expect(problems(wrong).map((line) => line.split(":")[0])).toEqual([
      "name",
      "artifact",
      "platform",
      "idleSeconds",
      "maxLifetimeSeconds",
      "logRetentionDays",
      "eventExpiryDays",
      "agentFolder",
    ]);
    expect(problems(wrong)).toContain("artifact: must be zip or image");
    expect(problems(wrong)).toContain("idleSeconds: must be a number of seconds from 60 to 28800");
  });

  it("do not let a session wait longer than it may live", () => {
    expect(problems({ idleSeconds: 600, maxLifetimeSeconds: 300 })).toEqual([
      "idleSeconds: must not be more than maxLifetimeSeconds",
    ]);
  });

  it.each([
    "a",
    "-claw",
    "claw-",
    "my--claw",
    "1claw",
    "Claw",
    "claw.1",
    "claw_1",
    "c".repeat(31),
    "c-".repeat(15) + "cc",
  ])("have no deployment named %s", (name) => {
    expect(problems({ name })).toEqual([expect.stringMatching(/^name: /)]);
  });

  it.each(["me", "agent-claw", "claw2", "c".repeat(30)])("may have a deployment named %s", (name) => {
    expect(problems({ name })).toEqual([]);
  });
});
