import { describe, expect, it } from "vitest";
import type { AccessSettings } from "../../../cli/access-answers.ts";
import { localTime } from "../../../cli/table.ts";
import { showSessions } from "../../../cli/verbs/sessions.ts";
import { showStatus } from "../../../cli/verbs/status.ts";
import { accessOf, configurationOf } from "./access-fixtures.ts";

const AT = new Date(2026, 0, 2, 3, 4, 5).getTime();

describe("localTime", () => {
  it("is the date and minute on this machine's clock", () => {
    expect(localTime(AT)).toBe("2026-01-02 03:04");
  });
});

describe("showSessions", () => {
  it("gives people dates and scripts milliseconds", () => {
    const answer = { sessions: [{ session: "s", conversation: "c", firstAt: AT, lastAt: AT, turns: 2 }] };
    const { json, lines } = showSessions([answer]);
    expect(json).toEqual(answer);
    expect(lines[1]).toBe("s        c             2      2026-01-02 03:04  2026-01-02 03:04");
  });

  it("says that there are none, and shows what it does not know as it is", () => {
    expect(showSessions([{ sessions: [] }]).lines).toEqual(["none"]);
    expect(showSessions([{ other: 1 }]).lines).toEqual(["other  1"]);
  });
});

describe("showStatus", () => {
  const status = {
    deployment: "d",
    channels: { telegram: "on", web: "on" },
    access: { owner: "telegram:1" },
    runtime: { endpoint: "http://r", region: "us-east-1" },
    model: null,
    modelKeys: [],
    later: "field",
  };

  it("tells channels, owner, model, runtime and the number of chats", () => {
    const { json, lines } = showStatus([status, { sessions: [1, 2] }]);
    expect(lines).toEqual([
      "telegram    on",
      "web         on",
      "owner       telegram:1",
      "model       no key is set, so the offline model answers",
      "runtime     http://r (us-east-1)",
      "sessions    2",
      "deployment  d",
    ]);
    expect(json).toEqual({ ...status, sessions: 2 });
  });

  it("tells who may speak, and which configuration counts", () => {
    const people = [
      { personId: "a", name: "Ada", role: "owner", peers: [{ peer: "telegram:1", how: "paired", at: 1 }] },
    ];
    const waiting = { pairings: [{ code: "ABCDEFGH", peer: "telegram:7", name: "Bob", expiresAt: 1 }] };
    const access = accessOf({ dm: { telegram: "open" }, groupAllowFrom: ["telegram:-1"] });
    const configuration = configurationOf({ version: 3, access, model: "openai/x" });
    const { json, lines } = showStatus([status, { sessions: [] }, { people }, waiting, configuration]);
    expect(lines.slice(2, 9)).toEqual([
      "owner          Ada (telegram:1)",
      "people         1",
      "pairings       1 person waits to be let in; see npm run claw -- pair",
      "direct chats   pairing; telegram: open",
      "groups         allowlist, 1 group let in",
      "configuration  version 3; see npm run claw -- config get",
      "model          openai/x",
    ]);
    expect(json).toEqual({ ...status, people: 1, pairings: 1, configuration: 3, sessions: 0 });
  });

  it("says how somebody becomes the owner while nobody is", () => {
    const shown = (access: Partial<AccessSettings>) =>
      showStatus([status, { sessions: [] }, { people: [] }, null, configurationOf({ access: accessOf(access) })])
        .lines[2];
    expect(shown({})).toMatch(/nobody yet: write to the bot, and then: npm run claw -- pair approve/);
    expect(shown({ dmPolicy: "allowlist" })).toMatch(
      /nobody yet: npm run claw -- config set access\.allowFrom '\["tel/,
    );
  });

  it("does not send anybody to a bot that is not there", () => {
    const none = { ...status, channels: { telegram: "off: x", discord: "off: y", web: "on" } };
    const { lines } = showStatus([none, { sessions: [] }, { people: [] }, null, configurationOf({})]);
    expect(lines[3]).toMatch(/^owner +you, in the web chat .* no bot is on$/);
  });

  it("points to the ledger when there are dead letters", () => {
    const shown = (deadLetters: number) => showStatus([{ ...status, deadLetters }, { sessions: [] }]).lines.join();
    expect(shown(0)).toContain("dead letters  none");
    expect(shown(3)).toContain("dead letters  3; see npm run claw -- ledger --dead");
  });

  it("shows the answer of another release as it is", () => {
    expect(showStatus([{ channels: 1 }, {}]).lines).toEqual(["channels  1"]);
  });
});
