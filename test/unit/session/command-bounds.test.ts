import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  renderAt,
  renderDifferences,
  renderOverview,
  renderProblems,
  renderVersions,
} from "../../../durable-objects/channel-session/command-config-text.ts";
import { renderModels } from "../../../durable-objects/channel-session/command-model.ts";
import { renderPairings } from "../../../durable-objects/channel-session/command-pair-text.ts";
import { renderStatus } from "../../../durable-objects/channel-session/command-status.ts";
import { renderNotice } from "../../../durable-objects/channel-session/notice.ts";
import { DEFAULT_SETTINGS } from "../../../durable-objects/channel-session/settings.ts";
import { type Language, LANGUAGES } from "../../../protocol/access.ts";
import { type AgentConfig, NO_BUDGET, overDefaults } from "../../../protocol/agent-config.ts";
import { CONFIG_BOUNDS } from "../../../protocol/bounds.ts";
import { inlineCode } from "../../../protocol/texts/inline-code.ts";
import { textsFor } from "../../../protocol/texts/language.ts";

import { ABOUT, BEHAVIOUR, facts, POLICY, SESSION, USAGE } from "./command-facts.ts";

const DEFAULTS: AgentConfig = {
  access: { dmPolicy: "pairing", dm: {}, allowFrom: [], groupPolicy: "allowlist", groupAllowFrom: [], groups: {} },
  models: { default: null, fallbacks: [], choices: [], aliases: {}, thinking: "off" },
  messages: { mentionPatterns: null, ackReaction: null, language: "auto", usage: "off", queue: "steer" },
  conversations: { dailyReset: null, idleResetMinutes: null },
  heartbeat: { activeHours: null, model: null },
  budget: NO_BUDGET,
  hooks: { mappings: {} },
  timezone: "UTC",
};
/** Telegram's longest message; the other platforms' are split. */
const MESSAGE_MAX = 4_096;

describe("whatever the edge says", () => {
  const language = fc.constantFrom(...LANGUAGES);
  /** As long as the schema of the configuration and the parsers of the platforms let them be. */
  const label = fc.string({ maxLength: 256, unit: "binary" });
  const fits = (text: string) => expect(text.length).toBeLessThanOrEqual(MESSAGE_MAX);

  it("fits into one message of every platform: the list of models, and the card", () => {
    fc.assert(
      fc.property(fc.array(label, { maxLength: 1_000, size: "max" }), label, language, (names, own, spoken) => {
        const aliases = Object.fromEntries(
          names.slice(0, CONFIG_BOUNDS.aliasesMax).map((name, at) => [`alias-${at}`, name]),
        );
        const behaviour = { ...BEHAVIOUR, model: own, fallbacks: names, aliases, choices: names };
        const about = { ...ABOUT, name: own };
        fits(renderModels({ behaviour, own, keys: {}, role: "owner" }, true, spoken).text);
        const policy = { ...POLICY, behaviour };
        fits(
          renderStatus(
            facts({
              policy,
              about,
              lastUsage: { ...USAGE, model: own },
              settings: { ...DEFAULT_SETTINGS, model: own },
            }),
            spoken,
          ),
        );
        fits(renderStatus(facts({ policy }), spoken));
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });

  it("fits into one message of every platform: pairings, configurations and notices", () => {
    const item = fc.record({ name: label, value: label });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 200, size: "max" }), language, (items, spoken) => {
        const texts = textsFor(spoken);
        const pairings = items.map(({ name, value }) => ({
          code: "ABCDEFGH",
          peer: `telegram:${value}` as const,
          name,
          createdAt: 0,
          expiresAt: 1,
        }));
        const { text, buttons = [] } = renderPairings(pairings, texts, 0);
        fits(text);
        for (const button of buttons.flat()) expect(button.label.length).toBeLessThanOrEqual(64);
        const names = items.map(({ name }) => name);
        const groups = Object.fromEntries(items.map(({ name, value }) => [name, { senders: [value] }]));
        const document = { access: { allowFrom: names, groups } };
        const view = { version: 1, document, effective: overDefaults(document, DEFAULTS) };
        for (const said of [
          renderOverview(view, texts),
          renderAt(view, null, texts),
          renderAt(view, "access.allowFrom", texts),
        ])
          fits(said);
        fits(
          renderProblems(
            items.map(({ name: path, value: problem }) => ({ path, problem })),
            texts,
          ),
        );
        fits(
          renderDifferences(
            items.map(({ name: path, value }) => ({ path, before: value, after: names })),
            1,
            2,
            texts,
          ),
        );
        fits(
          renderVersions(
            items.map(({ name: note }, version) => ({ version, at: 0, by: SESSION, note })),
            "UTC",
            texts,
          ),
        );
        for (const { name, value } of items.slice(0, 5)) {
          const somebody = { name: inlineCode(name), peer: inlineCode(value), code: "ABCDEFGH", minutes: "60" };
          fits(texts.pairing.asked(somebody));
          fits(texts.pairing.stranger({ ...somebody, hasOwner: false }));
          fits(texts.links.linked(somebody.name));
          fits(renderNotice({ kind: "joined", group: value }, spoken));
        }
        fits(renderNotice({ kind: "files_left_out", names }, spoken));
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });

  it("says why a turn failed in words of its own where it knows them, else in the agent's", () => {
    const failed = (code: string, language: Language) =>
      renderNotice({ kind: "failed", code, message: "The model x is busy." }, language);
    expect(failed("deadline", "de")).toBe(
      "⚠️ Darauf konnte ich nicht antworten. Es hat zu lange gedauert und wurde abgebrochen. (`deadline`)",
    );
    expect(failed("model_failed", "de")).toContain("The model x is busy. (`model_failed`)");
    expect(renderNotice({ kind: "failed", code: "new_code", text: "So far." }, "en")).toMatch(
      /^So far\.\n\n⚠️ I could not go on\. Something went wrong/u,
    );
  });
});
