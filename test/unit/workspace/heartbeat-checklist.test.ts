import { describe, expect, it } from "vitest";
import { heartbeatHash, isEffectivelyEmpty } from "../../../agent-container/src/workspace/heartbeat-checklist.ts";

const idle = [
  "",
  "\n\r\n  \n",
  "# Heartbeat\n\n## Later",
  "#",
  "- [ ]\n* [x]\n+ \n-",
  "<!-- nothing\n- [ ] not even this\n-->",
  "<!-- never closed\n- call home",
  "[//]: # (a comment)\n[comment]: <> (another)",
  "```\n```",
];
const wanted = [
  "- [ ] water the plants",
  "call home",
  "#hashtag",
  "<!-- c --> call",
  "<!-- a -->\n- b\n<!-- c -->",
  "1.",
  "```\nlook\n```",
];

describe("isEffectivelyEmpty", () => {
  it.each(idle)("finds nothing to do in %j", (text) => {
    expect(isEffectivelyEmpty(text)).toBe(true);
    expect(heartbeatHash(text)).toBeNull();
  });

  it.each(wanted)("finds something to do in %j", (text) => {
    expect(isEffectivelyEmpty(text)).toBe(false);
    expect(heartbeatHash(text)).toMatch(/^[0-9a-f]{64}$/);
  });

  it("is quick for hostile text", () => {
    expect(isEffectivelyEmpty("<!--".repeat(200_000))).toBe(true);
    expect(isEffectivelyEmpty(`- ${" ".repeat(500_000)}x`)).toBe(false);
  });
});

describe("heartbeatHash", () => {
  it("is null without a file and changes with the text", () => {
    expect(heartbeatHash(null)).toBeNull();
    expect(heartbeatHash("- a")).not.toBe(heartbeatHash("- b"));
  });
});
