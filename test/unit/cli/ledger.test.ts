import { describe, expect, it } from "vitest";
import { ledgerPath, showLedger } from "../../../cli/verbs/ledger.ts";
import { describeReplay, replayTarget } from "../../../cli/verbs/replay.ts";

const AT = new Date(2026, 0, 2, 3, 4, 5, 6).getTime();
const SESSION = "agent:main:telegram:direct:42";

const delivered = {
  id: "telegram:77:1",
  kind: "turn",
  state: "delivered",
  reason: null,
  path: [
    { state: "accepted", at: AT },
    { state: "leased", at: AT + 12 },
    { state: "running", at: AT + 250 },
    { state: "answered", at: AT + 1_250 },
    { state: "delivered", at: AT + 1_300 },
  ],
  replayedAt: null,
  turn: { id: "turn-1", fence: 3, runs: 2, outcome: "answered" },
  parts: [18, 17],
};
const dead = {
  ...delivered,
  id: "telegram:77:2",
  state: "dead",
  reason: "channel_refused",
  path: [...delivered.path.slice(0, 4), { state: "dead", at: AT + 2_250 }],
  replayedAt: AT + 2_000,
  parts: [19],
};
const part = {
  seq: 17,
  answers: ["telegram:77:1"],
  part: 1,
  parts: 2,
  state: "sent",
  attempts: 1,
  createdAt: AT + 1_250,
  sentAt: AT + 1_270,
  replayedAt: null,
  receipt: "4711",
  reason: null,
  resentAfterUnknown: false,
};
const gone = { part: 1, parts: 1, state: "dead", sentAt: null, receipt: null };
const parts = [
  { ...part, ...gone, seq: 19, answers: ["telegram:77:2"], reason: "channel_refused" },
  { ...part, seq: 18, part: 2, attempts: 3, resentAfterUnknown: true },
  part,
];

describe("showLedger", () => {
  it("shows a message a line: when it was accepted, and how long each step took", () => {
    const { lines } = showLedger({ messages: [delivered], parts }, SESSION, {});
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ["accepted", "leased", "running", "answered", "state", "turn", "parts", "message"],
      [
        "2026-01-02 03:04:05.006",
        "+0.012",
        "+0.238",
        "+1.000",
        "delivered +0.050",
        "fence 3, 2 runs",
        "#17 sent, #18 sent after 3 tries (resent after unknown)",
        "telegram:77:1",
      ],
    ]);
  });

  it("names the session of each message when it shows those of all", () => {
    const other = { ...delivered, session: "agent:main:web:direct:owner", parts: [] };
    const { lines } = showLedger({ messages: [other], parts: [], unavailable: [SESSION] }, undefined, {});
    expect(lines[1]).toMatch(/telegram:77:1 {2}agent:main:web:direct:owner$/);
    expect(lines.at(-1)).toContain(`${SESSION} could not be asked`);
  });

  it("keeps apart parts of two sessions that have the same number", () => {
    const [here, there] = [SESSION, "agent:main:web:direct:owner"];
    const messages = [{ ...delivered, session: here, parts: [17] }];
    const both = [
      { ...part, session: there, state: "dead" },
      { ...part, session: here },
    ];
    expect(showLedger({ messages, parts: both }, undefined, {}).lines[1]).toContain("17 sent  telegram");
  });

  it("tells why each thing was given up, and how to take each up again", () => {
    const other = { ...dead, id: "telegram:77:3", parts: [20] };
    const inDoubt = { ...part, ...gone, seq: 20, reason: "interrupted" };
    const { lines } = showLedger({ messages: [dead, other], parts: [...parts, inDoubt] }, SESSION, { dead: true });
    expect(lines[1]).toContain("dead +1.000 channel_refused");
    expect(lines.slice(3)).toEqual([
      "",
      "To take one up again:",
      `  npm run claw -- replay ${SESSION} telegram:77:2`,
      `  npm run claw -- replay ${SESSION} telegram:77:3  # may be in the chat already`,
    ]);
  });

  it("says of a part that was sent again after an unknown that it may be in the chat, whatever it died of", () => {
    const resent = { ...part, ...gone, seq: 19, reason: "channel_refused", resentAfterUnknown: true };
    const { lines } = showLedger({ messages: [dead], parts: [resent] }, SESSION, { dead: true });
    expect(lines.at(-1)).toContain("telegram:77:2  # may be in the chat already");
  });

  it("shows notices that were given up, which answer nobody", () => {
    const notice = { ...part, ...gone, seq: 4, answers: [], reason: "channel_refused" };
    const sent = { ...part, seq: 5, answers: [] };
    const { lines } = showLedger({ messages: [], parts: [sent, notice] }, SESSION, { dead: true });
    expect(lines).toEqual([
      "none",
      "",
      "To take one up again:",
      `  npm run claw -- replay ${SESSION} 4  # a notice, made 2026-01-02 03:04:06.256, dead after 1 try, channel_refused`,
    ]);
    const all = showLedger({ messages: [], parts: [{ ...notice, session: "there" }] }, undefined, { dead: true });
    expect(all.lines.at(-1)).toContain("replay there 4  # a notice");
  });

  it("fails when there is no message with the id that was asked for", () => {
    const nothing = { messages: [], parts: [] };
    const here = showLedger(nothing, SESSION, { message: "nope" });
    expect(here).toMatchObject({ lines: [], missing: "no message with that id" });
    const anywhere = showLedger({ ...nothing, unavailable: [SESSION] }, undefined, { message: "nope", dead: true });
    expect(anywhere.lines).toEqual([`${SESSION} could not be asked; see npm run claw -- logs`]);
    expect(anywhere.missing).toContain("was given up; to look in one chat: ledger <session>");
  });

  it("shows all about one message, in the order of time", () => {
    const { lines } = showLedger({ messages: [dead], parts }, SESSION, { message: "telegram:77:2" });
    expect(lines).toEqual([
      "message   telegram:77:2",
      `session   ${SESSION}`,
      "accepted  2026-01-02 03:04:05.006",
      "leased    2026-01-02 03:04:05.018 +0.012",
      "running   2026-01-02 03:04:05.256 +0.238",
      "answered  2026-01-02 03:04:06.256 +1.000",
      "replayed  2026-01-02 03:04:07.006 +0.750",
      "dead      2026-01-02 03:04:07.256 +0.250",
      "reason    channel_refused",
      "turn      turn-1, answered, fence 3, 2 runs",
      "part 19   made 2026-01-02 03:04:06.256, dead after 1 try, channel_refused",
    ]);
  });

  it("says that there is nothing, and shows what it does not know as it is", () => {
    expect(showLedger({ messages: [], parts: [] }, SESSION, { dead: true }).lines).toEqual(["none"]);
    expect(showLedger({ other: 1 }, SESSION, {}).lines).toEqual(["other  1"]);
  });
});

describe("ledgerPath", () => {
  it("asks one session or all, with what narrows it", () => {
    expect(ledgerPath(undefined, { limit: 20 })).toBe("/admin/api/ledger?limit=20");
    expect(ledgerPath(SESSION, { limit: 5, dead: true, message: "web:a&b" })).toBe(
      `/admin/api/sessions/${encodeURIComponent(SESSION)}/ledger?limit=5&message=web%3Aa%26b&dead=true`,
    );
  });
});

describe("replay", () => {
  it("takes digits for a part and anything else for a message", () => {
    expect(replayTarget("17")).toEqual({ part: 17 });
    expect(replayTarget("telegram:77:17")).toEqual({ message: "telegram:77:17" });
  });

  it("says what happens now", () => {
    expect(describeReplay({ kind: "replayed", parts: [] })).toEqual(["the message gets a new turn"]);
    expect(describeReplay({ kind: "replayed", parts: [3] })).toEqual(["part 3 goes out again"]);
    expect(describeReplay({ kind: "replayed", parts: [3, 4] })).toEqual(["parts 3, 4 go out again"]);
  });
});
