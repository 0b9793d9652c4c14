import { describe, expect, it } from "vitest";
import { localTime } from "../../../cli/table.ts";
import { showSessions } from "../../../cli/verbs/sessions.ts";
import { showStatus } from "../../../cli/verbs/status.ts";

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

  it("points to the ledger when there are dead letters", () => {
    const shown = (deadLetters: number) => showStatus([{ ...status, deadLetters }, { sessions: [] }]).lines.join();
    expect(shown(0)).toContain("dead letters  none");
    expect(shown(3)).toContain("dead letters  3; see npm run claw -- ledger --dead");
  });

  it("shows the answer of another release as it is", () => {
    expect(showStatus([{ channels: 1 }, {}]).lines).toEqual(["channels  1"]);
  });
});
