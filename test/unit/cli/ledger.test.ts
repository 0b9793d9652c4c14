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
  replayedAt: AT,
  parts: [19],
};
const part = {
  seq: 17,
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
const parts = [
  { ...part, seq: 19, part: 1, parts: 1, state: "dead", sentAt: null, receipt: null, reason: "channel_refused" },
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

  it("tells why something was given up, and how to send it again", () => {
    const { lines } = showLedger({ messages: [dead], parts }, SESSION, { dead: true });
    expect(lines[1]).toContain("dead +1.000 channel_refused");
    expect(lines.at(-1)).toBe(`To send one again:  npm run claw -- replay ${SESSION} telegram:77:2`);
  });

  it("shows all about one message", () => {
    const { lines } = showLedger({ messages: [dead], parts }, SESSION, { message: "telegram:77:2" });
    expect(lines).toEqual([
      "message   telegram:77:2",
      `session   ${SESSION}`,
      "accepted  2026-01-02 03:04:05.006",
      "leased    2026-01-02 03:04:05.018 +0.012",
      "running   2026-01-02 03:04:05.256 +0.238",
      "answered  2026-01-02 03:04:06.256 +1.000",
      "dead      2026-01-02 03:04:07.256 +1.000",
      "reason    channel_refused",
      "replayed  2026-01-02 03:04:05.006",
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
