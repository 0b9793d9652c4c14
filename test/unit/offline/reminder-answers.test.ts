import { describe, expect, it } from "vitest";
import type { OfflineRequest } from "../../../agent-container/src/agent/models/offline-message.ts";
import { type OfflineResult, replyTo } from "../../../agent-container/src/agent/models/offline-rules.ts";

const NOW = Date.parse("2026-11-23T07:15:30Z");
const PLANNED = [
  "Planned.",
  'name: "stretch" (id: stretch)',
  "next: Monday, 2026-11-23 08:17 (Europe/Berlin), in 2 minutes",
  "schedule: once",
].join("\n");
const LIST = [
  '- stretch "stretch": next: Monday, 2026-11-23 08:17 (Europe/Berlin), in 2 minutes; once; says "stretch", to owner',
  '- call-ada "call \\"Ada\\"": next: never, it is switched off; once; says "call Ada", to owner',
].join("\n");

function said(
  words: string,
  results: readonly Partial<OfflineResult>[] = [],
  more: Partial<OfflineRequest> = {},
): string {
  const request = { words: [words], brought: [], now: null, clock: { now: NOW, timezone: "Europe/Berlin" }, ...more };
  const reply = replyTo(
    request,
    results.map((result) => ({ text: "", failed: false, ...result })),
  );
  return reply.kind === "say" ? reply.text : `${reply.tool} ${JSON.stringify(reply.args)}`;
}

describe("a reminder of the offline model", () => {
  it("is planned by the tool, and answered with the time in the person's zone", () => {
    expect(said("remind me in 2 minutes to stretch")).toBe(
      'cron {"action":"add","job":{"name":"stretch","schedule":{"kind":"at","at":"2026-11-23T07:17:30.000Z"},"payload":{"kind":"reminder","text":"stretch"}}}',
    );
    expect(said("remind me in 2 minutes to stretch", [{ text: PLANNED }])).toBe(
      "I will remind you: stretch\nNext: Monday, 2026-11-23 08:17 (Europe/Berlin), in 2 minutes.",
    );
    expect(said("erinnere mich in 2 Minuten ans Strecken", [{ text: PLANNED }])).toBe(
      "Ich erinnere dich: Strecken\nZuerst: 2026-11-23 08:17 (Europe/Berlin).",
    );
  });

  it("whose time is over before it could be planned counts from now, once", () => {
    const late = { text: "Not done: That time is over.", failed: true };
    expect(said("remind me in 2 minutes to stretch", [late])).toContain('"schedule":{"kind":"at","at":"120s"}');
    expect(said("remind me in 2 minutes to stretch", [late, { text: PLANNED }])).toMatch(/^I will remind you/);
    expect(said("remind me in 2 minutes to stretch", [late, late])).toBe(
      "I could not plan that: Not done: That time is over.",
    );
    expect(said("remind me at 18:30 to cook", [late])).toMatch(/^I could not plan that/);
  });

  it("is listed and cancelled by its id or by words of it", () => {
    expect(said("list my reminders")).toBe('cron {"action":"list"}');
    expect(said("list my reminders", [{ text: LIST }])).toBe(
      "This is planned:\n- stretch: stretch, Monday, 2026-11-23 08:17 (Europe/Berlin), in 2 minutes\n" +
        '- call-ada: call \\"Ada\\", never, it is switched off',
    );
    expect(said("list my reminders", [{ text: "Nothing is planned." }])).toBe("Nothing is planned.");
    expect(said("cancel reminder Ada", [{ text: LIST }])).toBe('cron {"action":"remove","jobId":"call-ada"}');
    expect(said("cancel reminder Ada", [{ text: LIST }, { text: "Removed." }])).toBe(
      "The reminder call-ada is cancelled.",
    );
    expect(said("cancel reminder tea", [{ text: LIST }])).toMatch(/^I found no reminder "tea"/);
    expect(said("cancel reminder says", [{ text: LIST }])).toMatch(
      /^There are several of them[\s\S]*stretch[\s\S]*call-ada/,
    );
  });

  it("says of a job that it repeats, and cancels no two of them at once", () => {
    const list = `- drink "drink": next: Monday, 2026-11-23 08:17 (UTC), in 2 minutes; cron 0 8 * * 1 (UTC); says "drink", to owner`;
    expect(said("list my reminders", [{ text: list }])).toContain("in 2 minutes; again every Monday at 08:00 (UTC)");
    expect(said("cancel all reminders", [{ text: list }])).toMatch(/^I cancel one at a time[\s\S]*- drink:/);
  });

  it("says what it understood of a time, and what it did not", () => {
    expect(said("remind me in 5 minutes and a bit to go")).toContain(
      'I understood the time "in 5 minutes", but not what "and a bit to go" has to do with it.',
    );
  });

  it("says what went wrong, and what it understands", () => {
    const failed = { text: "There is no tool cron here.", failed: true };
    expect(said("list my reminders", [failed])).toBe("I could not look what is planned: There is no tool cron here.");
    expect(said("cancel reminder x", [{ text: LIST }])).toContain("stretch");
    expect(said("remind me some day to be good")).toMatch(/^I did not understand when[\s\S]*every weekday at 9/);
    expect(said("erinnere mich alle 5 Sekunden ans Atmen")).toMatch(/^Das ist zu oft[\s\S]*werktags um 9/);
  });
});

describe("a run of the offline model", () => {
  it("relays an event that was planned, and says nothing of who answers", () => {
    const request = { words: ["Tea is ready"], brought: [], now: null, run: "event" } as const;
    expect(replyTo(request, [])).toEqual({ kind: "say", text: "Tea is ready", isBare: true });
  });

  it("follows its rules on the message of a task", () => {
    const request = { words: ["read notes.md"], brought: [], now: null, run: "task" } as const;
    expect(replyTo(request, [])).toEqual({ kind: "call", tool: "read", args: { path: "notes.md" } });
    expect(replyTo(request, [{ text: "one", failed: false }])).toMatchObject({ kind: "say", isBare: true });
  });
});

describe("the checklist of the offline model", () => {
  it("is told, and grows", () => {
    const list = { text: "# Heartbeat\n\n- [ ] milk\n- [x] bread" };
    expect(said("what is on my checklist?")).toBe('read {"path":"HEARTBEAT.md"}');
    expect(said("was steht auf meiner Checkliste?", [list])).toMatch(/^On your checklist:\n- milk\n`/);
    expect(said("add eggs to my checklist", [list])).toContain("- [x] bread\\n- [ ] eggs\\n");
    expect(said("setze Eier auf meine Checkliste", [{ text: "no such file", failed: true }])).toContain("- [ ] Eier");
    expect(said("add eggs to my checklist", [list, { text: "Written." }])).toBe("On your checklist: eggs");
    expect(said("add milk to my checklist", [list])).toBe("It is on your checklist already.");
  });
});
