import { describe, expect, it } from "vitest";
import { renderDeadLetters } from "../../../durable-objects/channel-session/dead-letter-notice.ts";
import type { DeadLetter } from "../../../protocol/dead-letter.ts";
import { isInboundId } from "../../../protocol/ids.ts";
import { isSessionKey } from "../../../protocol/session-key.ts";

function letter(session: string, changes: Partial<DeadLetter> = {}): DeadLetter {
  const inboundId = "telegram:77:1";
  if (!isSessionKey(session) || !isInboundId(inboundId)) throw new Error(session);
  const reason = "channel_refused";
  return { session, seq: 1, inboundId, turnId: null, part: 1, parts: 1, reason, deadAt: 0, ...changes };
}

describe("renderDeadLetters", () => {
  it.each([
    ["agent:main:telegram:direct:42", "to `42` on Telegram"],
    ["agent:main:telegram:group:-100", "in the group `-100` on Telegram"],
    ["agent:main:telegram:group:-100:topic:7", "in the group `-100`, topic `7`, on Telegram"],
  ])("says in plain words where %s is", (session, place) => {
    expect(renderDeadLetters([letter(session)], 0, "en")).toContain(`I could not deliver an answer ${place}: `);
  });

  it("says why, and how to send it again", () => {
    const text = renderDeadLetters([letter("agent:main:telegram:direct:42", { part: 2, parts: 3 })], 0, "en");
    expect(text).toContain("part 2 of 3 of an answer");
    expect(text).toContain("refuses it; perhaps I am blocked or was removed there (`channel_refused`)");
    expect(text).toContain("`npm run claw -- ledger --dead`");
  });

  it("shows a reason that it has no words for", () => {
    const text = renderDeadLetters([letter("agent:main:telegram:direct:42", { reason: "new_reason" })], 0, "en");
    expect(text).toContain("it was given up (`new_reason`)");
  });

  it("says the same in German", () => {
    const text = renderDeadLetters(
      [letter("agent:main:telegram:group:-100"), letter("agent:main:web:direct:owner")],
      2,
      "de",
    );
    expect(text).toContain("📭 4 Antworten sind nicht angekommen:");
    expect(text).toContain("eine Antwort in der Gruppe `-100` auf Telegram: die Plattform lehnt sie ab");
    expect(text).toContain("im Web");
    expect(text).toContain("- und 2 weitere");
  });

  it("puts many in one notice, the same ones in one line, and counts those that it does not name", () => {
    const [one, other] = ["agent:main:telegram:direct:42", "agent:main:telegram:group:-100"];
    const text = renderDeadLetters([letter(one), letter(other), letter(one)], 4, "en");
    const lines = text.split("\n");
    expect(lines[0]).toBe("📭 I could not deliver 7 answers:");
    expect(lines.filter((line) => line.startsWith("- "))).toEqual([
      expect.stringMatching(/`42`.*, 2 times$/),
      expect.stringContaining("`-100`"),
      "- and 4 more",
    ]);
  });
});
