import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { edgeCommandOf, needsNoModel } from "../../../durable-objects/channel-session/command.ts";
import { commandsAt } from "../../../protocol/commands.ts";

const asked = (name: string, rest = "") => edgeCommandOf({ command: { name, rest } });

describe("needsNoModel", () => {
  it("holds for commands of the agent's that only look something up or note it", () => {
    const free = ["checklist", "context", "compact", "status", "none"].filter((name) =>
      needsNoModel({ command: { name, rest: "" } }),
    );
    expect(free).toEqual(["checklist", "context"]);
    expect(needsNoModel({})).toBe(false);
  });
});

describe("edgeCommandOf", () => {
  it("leaves a text and a slash word of nobody's to the agent", () => {
    expect(edgeCommandOf({})).toBeNull();
    expect(asked("skill", "weather")).toBeNull();
  });

  it("knows every command that is offered", () => {
    for (const { name } of [...commandsAt("direct", "en"), ...commandsAt("group", "en")])
      expect(asked(name)).not.toBeNull();
  });

  it.each([
    ["help", "", { kind: "help" }],
    ["commands", "", { kind: "commands" }],
    ["id", "", { kind: "whoami" }],
    ["status", "now", { kind: "status" }],
    ["stop", "", { kind: "stop" }],
    ["new", " buy milk ", { kind: "new", rest: "buy milk" }],
    ["reset", "", { kind: "new", rest: "" }],
    ["model", " 2", { kind: "model", pick: "2" }],
    ["compact", " what matters ", { kind: "agent", name: "compact", rest: "what matters" }],
    ["context", "", { kind: "agent", name: "context", rest: "" }],
    ["name", " Lisbon ", { kind: "name", to: "Lisbon" }],
    ["name", "", { kind: "name", to: "" }],
    ["think", "HIGH", { kind: "setting", setting: "thinking", to: "high" }],
    ["usage", "", { kind: "setting", setting: "usage", to: "" }],
    ["queue", "collect", { kind: "setting", setting: "queue", to: "collect" }],
    ["activation", "Always", { kind: "setting", setting: "activation", to: "always" }],
    ["pair", "", { kind: "pair", what: "list" }],
    ["pair", "list", { kind: "pair", what: "list" }],
    ["pair", "abcd-efgh", { kind: "pair", what: "approve", code: "ABCDEFGH" }],
    ["pair", "approve ABCDEFGH", { kind: "pair", what: "approve", code: "ABCDEFGH" }],
    ["pair", "Dismiss abcd efgh", { kind: "pair", what: "dismiss", code: "ABCDEFGH" }],
    ["pair", "dismiss", { kind: "pair", what: "malformed" }],
    ["pair", "ABCDEFG0", { kind: "pair", what: "malformed" }],
    ["link", "", { kind: "link", what: "ask" }],
    ["link", "abcdefgh", { kind: "link", what: "take", code: "ABCDEFGH" }],
    ["link", "please", { kind: "link", what: "malformed" }],
  ])("reads /%s %s", (name, rest, command) => {
    expect(asked(name, rest)).toEqual(command);
  });

  it.each([
    ["", { what: "overview" }],
    ["get", { what: "get", path: null }],
    ["get access.dmPolicy", { what: "get", path: "access.dmPolicy" }],
    ["get access dmPolicy", { what: "malformed", why: "unknown" }],
    ["set access.dmPolicy open", { what: "set", path: "access.dmPolicy", value: "open" }],
    ["set models.default null", { what: "set", path: "models.default", value: null }],
    ["set timezone Europe/Berlin", { what: "set", path: "timezone", value: "Europe/Berlin" }],
    [
      'set messages.mentionPatterns  [“claw”,\n"hey bot"]',
      { what: "set", path: "messages.mentionPatterns", value: ["claw", "hey bot"] },
    ],
    ["set messages.language “de", { what: "set", path: "messages.language", value: "“de" }],
    ['set messages.usage "full"', { what: "set", path: "messages.usage", value: "full" }],
    ["set access.dmPolicy", { what: "malformed", why: "unknown" }],
    ["unset access.dmPolicy", { what: "unset", path: "access.dmPolicy" }],
    ["unset", { what: "malformed", why: "unknown" }],
    ["history", { what: "history" }],
    ["diff", { what: "diff", from: null, to: null }],
    ["diff 3", { what: "diff", from: 3, to: null }],
    ["diff 3 5", { what: "diff", from: 3, to: 5 }],
    ["diff 3 5 7", { what: "malformed", why: "unknown" }],
    ["diff three", { what: "malformed", why: "unknown" }],
    ["rollback 0", { what: "rollback", to: 0 }],
    ["rollback -1", { what: "malformed", why: "unknown" }],
    ["rollback", { what: "malformed", why: "unknown" }],
    ["validate", { what: "validate", document: undefined }],
    ['validate {"timezone": 1}', { what: "validate", document: { timezone: 1 } }],
    ["validate nonsense", { what: "malformed", why: "no_json" }],
    ["Set timezone UTC", { what: "set", path: "timezone", value: "UTC" }],
    ["destroy", { what: "malformed", why: "unknown" }],
  ])("reads /config %s", (rest, request) => {
    expect(asked("config", rest)).toEqual({ kind: "config", request });
  });

  it("makes something of whatever follows a command", () => {
    const names = fc.constantFrom("pair", "link", "config", "model", "think", "new");
    const words = fc.constantFrom(
      "get",
      "set",
      "diff",
      "validate",
      "dismiss",
      " ",
      "\n",
      "{",
      '"',
      "9",
      "“",
      "a.b",
      "x",
    );
    fc.assert(
      fc.property(
        names,
        fc.oneof(
          fc.string(),
          fc.array(words).map((all) => all.join("")),
        ),
        (name, rest) => {
          expect(asked(name, rest)).not.toBeNull();
        },
      ),
    );
  });
});
