import { describe, expect, it } from "vitest";
import { replyTo } from "../../../agent-container/src/agent/models/offline-rules.ts";
import { beatPrompt } from "../../../durable-objects/job-scheduler/heartbeat/prompt.ts";

const asked = (events: readonly string[] = []) => ({
  words: [beatPrompt(events.map((text) => ({ text, isTrusted: true }))).text],
  brought: [],
  now: "2026-11-23 10:00",
});
const told = (list: string, events: readonly string[] = []) => {
  const reply = replyTo(asked(events), [{ text: list, failed: list === "" }]);
  return reply.kind === "say" ? reply.text : reply.tool;
};

describe("a heartbeat of the offline model", () => {
  it("reads the checklist first", () => {
    expect(replyTo(asked(), [])).toEqual({ kind: "call", tool: "read", args: { path: "HEARTBEAT.md" } });
  });

  it("tells what is open in one message, and nothing of ours besides", () => {
    expect(told("# Heartbeat\n- [ ] water the plants\n- [x] call Bo\n")).toBe("On your checklist: water the plants");
    expect(told("- one\n- [ ] two\n")).toBe("On your checklist:\n- one\n- two");
    expect(replyTo(asked(), [{ text: "- one", failed: false }])).toMatchObject({ isBare: true });
  });

  it("says that there is nothing if nothing is open, or nothing there", () => {
    expect(told("# Heartbeat\n<!-- - [ ] one -->\n- [x] two")).toBe("HEARTBEAT_OK");
    expect(told("")).toBe("HEARTBEAT_OK");
  });

  it("leaves an item alone whose day, or minute of it, lies ahead", () => {
    expect(told("- [ ] 2026-11-24 dentist\n- [ ] 2026-11-23 10:01 tea")).toBe("HEARTBEAT_OK");
    expect(told("- [ ] 2026-11-23 dentist\n- [ ] 2026-11-23T09:59: tea")).toBe("On your checklist:\n- dentist\n- tea");
  });

  it("passes on what has happened, also if the list is empty", () => {
    expect(told("", ["the backup is done", "two\nlines"])).toBe("the backup is done\n\ntwo\nlines");
  });

  it("is none of a person's messages", () => {
    expect(replyTo({ words: ["heartbeat"], brought: [], now: null }, [])).toMatchObject({ kind: "say" });
  });
});
