import { describe, expect, it } from "vitest";
import {
  renderAt,
  renderDifferences,
  renderOutcome,
  renderOverview,
  renderVersions,
} from "../../../durable-objects/channel-session/command-config-text.ts";
import { renderPairings, renderRefusal } from "../../../durable-objects/channel-session/command-pair-text.ts";
import { type AgentConfig, type ConfigDocument, NO_BUDGET } from "../../../protocol/agent-config.ts";
import { textsFor } from "../../../protocol/texts/language.ts";

import { SESSION } from "./command-facts.ts";

describe("/pair", () => {
  const pairing = {
    code: "ABCDEFGH",
    peer: "telegram:8",
    name: "**Eve**\n`x`",
    createdAt: 0,
    expiresAt: 90_000,
  } as const;

  it("lists who asks, by what they call themselves and nothing more, with a button for each", () => {
    const { text, buttons } = renderPairings([pairing], textsFor("en"), 0);
    expect(text).toContain("- `**Eve** 'x'` (`telegram:8`): `ABCDEFGH`, good for another 2 minutes");
    expect(buttons).toEqual([
      [{ label: "✅ Let in: **Eve** `x` (telegram:8)", value: "/pair ABCDEFGH", isCommand: true }],
    ]);
    expect(renderPairings([], textsFor("de"), 0).text).toContain("Niemand");
  });

  it("says for how long no code is looked at", () => {
    const refusal = { kind: "refused", code: "too_many_tries", retryAt: 600_000 } as const;
    expect(renderRefusal(refusal, textsFor("de"), 1)).toContain("10 Minuten");
  });
});

describe("/config", () => {
  const effective: AgentConfig = {
    access: {
      dmPolicy: "pairing",
      dm: {},
      allowFrom: ["telegram:7"],
      groupPolicy: "allowlist",
      groupAllowFrom: [],
      groups: {},
    },
    models: { default: null, fallbacks: [], choices: [], aliases: {}, thinking: "off" },
    messages: { mentionPatterns: null, ackReaction: "👀", language: "auto", usage: "off", queue: "steer" },
    conversations: { dailyReset: null, idleResetMinutes: null },
    heartbeat: { activeHours: null, model: null },
    budget: NO_BUDGET,
    hooks: { mappings: {} },
    timezone: "UTC",
  };
  const document: ConfigDocument = { access: { dmPolicy: "pairing" }, timezone: "UTC" };
  const view = { version: 4, document, effective };
  const en = textsFor("en");

  it("shows what was set, and nothing else", () => {
    const text = renderOverview(view, en);
    expect(text).toContain("version 4");
    expect(text).toContain("- `access.dmPolicy`: `pairing`\n- `timezone`: `UTC`");
    expect(text).not.toContain("allowFrom");
    expect(renderOverview({ ...view, version: 0, document: {} }, en)).toContain("Nothing is set");
  });

  it("shows what counts at a path, and whether it was set", () => {
    expect(renderAt(view, "access.allowFrom", en)).toMatch(
      /is not set; the default is:\n\n```\n\[\n {2}"telegram:7"\n\]\n```/u,
    );
    expect(renderAt(view, "timezone", en)).toContain("`timezone` is set to:");
    expect(renderAt(view, "models", en)).toContain("- `models.default`: `null` (default)");
    expect(renderAt(view, null, en)).toContain("- `access.dmPolicy`: `pairing` (set)");
    for (const path of ["access.nothing", "a..b", "constructor", "__proto__"])
      expect(renderAt(view, path, en)).toMatch(/^Nothing is there/u);
  });

  it("says what became of a change, with every problem by name", () => {
    expect(renderOutcome({ kind: "done", version: 5, changed: true }, en)).toContain("version 5");
    expect(renderOutcome({ kind: "done", version: 4, changed: false }, en)).toContain("already");
    const handed = { kind: "done", version: 5, changed: true, newOwner: "telegram-8" } as const;
    expect(renderOutcome(handed, en)).toContain("The owner is `telegram-8` now");
    expect(renderOutcome({ ...handed, newOwner: null }, en)).toContain("Nobody is the owner");
    const problems = [
      { path: "access.dmPolicy", problem: "must be one of pairing, open" },
      { path: "", problem: "is *no* object" },
    ];
    expect(renderOutcome({ kind: "invalid", problems }, en)).toContain(
      "Nothing was changed:\n\n- `access.dmPolicy`: `must be one of pairing, open`\n- `/`: `is *no* object`",
    );
    expect(renderOutcome({ kind: "refused", code: "other_version" }, textsFor("de"))).toContain(
      "nichts wurde geändert",
    );
  });

  it("lists versions in the time zone of the agent, and differences", () => {
    const versions = [
      { version: 2, at: 0, by: SESSION, note: "set timezone" },
      { version: 1, at: 0, by: "admin", note: "replace" },
    ] as const;
    const text = renderVersions(versions, "Europe/Berlin", en);
    expect(text).toMatch(/- `2`, Jan 1, 1970, 1:00\sAM: `set timezone` \(in `agent:main/u);
    expect(text).toMatch(/- `1`.*\(by the admin API\)/u);
    const changes = [{ path: "timezone", before: "UTC", after: "Europe/Berlin" }, { path: "models.default" }];
    expect(renderDifferences(changes, 1, 2, en)).toContain(
      "- `timezone`: `UTC` → `Europe/Berlin`\n- `models.default`: not set → not set",
    );
    expect(renderDifferences([], 1, 2, en)).toContain("say the same");
  });
});
