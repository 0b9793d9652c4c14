import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkDocument } from "../../../durable-objects/agent-directory/check-document.ts";
import { applySet, noteOf } from "../../../durable-objects/agent-directory/config-change.ts";
import { differencesOf } from "../../../durable-objects/agent-directory/config-diff.ts";
import { type ConfigDocument, overDefaults } from "../../../protocol/agent-config.ts";
import { type Section, valueAt } from "../../../protocol/config-path.ts";
import { DEFAULTS } from "./world.ts";

const DEPLOYMENT = { defaults: DEFAULTS, missingKeys: new Map<string, string>() };

/** Settings that may be set, each with a value that it can have. */
const setting = fc.constantFrom<readonly [string, unknown]>(
  ["access.dmPolicy", "open"],
  ["access.dm.telegram", "disabled"],
  ["access.allowFrom", ["telegram:7", "slack:U1"]],
  ["access.groupAllowFrom", ["telegram:-100"]],
  ["access.groups.telegram:-100.senders", ["telegram:8"]],
  ["access.groups.telegram:-100.bots", true],
  ['access.groups."whatsapp:120@g.us".activation', "always"],
  ["models.default", null],
  ["models.thinking", "low"],
  ["messages.mentionPatterns", ["claw"]],
  ["messages.language", "de"],
  ["timezone", "Europe/Berlin"],
);
const settings = fc.uniqueArray(setting, { selector: ([path]) => path });

function set(document: ConfigDocument, values: Record<string, unknown>, unset: readonly string[] = []): ConfigDocument {
  const wanted = applySet(document, { values, unset });
  expect(wanted.problems).toEqual([]);
  const checked = checkDocument(wanted.document, DEPLOYMENT);
  return checked.ok ? checked.value : expect.fail(JSON.stringify(checked.error));
}

const document = settings.map((chosen) => set({}, Object.fromEntries(chosen)));

describe("applySet", () => {
  it("sets what was unset and unsets it again: the document is the old one", () => {
    fc.assert(
      fc.property(document, settings, (before, chosen) => {
        const fresh = chosen.filter(([path]) => applySet(before, { values: {}, unset: [path] }).document === before);
        const after = set(before, Object.fromEntries(fresh));
        expect(
          set(
            after,
            {},
            fresh.map(([path]) => path),
          ),
        ).toEqual(before);
      }),
    );
  });

  it("makes each value count that it sets, and each default that it unsets", () => {
    fc.assert(
      fc.property(document, setting, (before, [path, value]) => {
        const keys = path.startsWith("access.groups") ? null : path.split(".");
        fc.pre(keys !== null);
        const effective = (given: ConfigDocument): Section => ({ ...overDefaults(given, DEFAULTS) });
        expect(valueAt(effective(set(before, { [path]: value })), keys ?? [])).toEqual(value);
        const without = set(before, {}, [path]);
        expect(valueAt(without, keys ?? [])).toBeUndefined();
        expect(set(before, { [path]: undefined })).toEqual(without);
      }),
    );
  });

  it("names every path that is none, or is there twice, and does the rest in its mind", () => {
    const { problems, document: wanted } = applySet(
      { timezone: "UTC" },
      {
        values: { "access.": 1, "access.dmPolicies": 1, "timezone.city": 1, "models.thinking": "low", "": 1 },
        unset: ["colour", "models.thinking"],
      },
    );
    expect(problems.map(({ path }) => path).toSorted()).toEqual(
      ["", "access.", "access.dmPolicies", "colour", "models.thinking", "timezone.city"].toSorted(),
    );
    expect(wanted).toMatchObject({ timezone: "UTC" });
  });

  it("takes no name that every object has for a setting", () => {
    const values = JSON.parse('{"__proto__":1,"constructor":1,"access.toString":1}');
    expect(applySet({}, { values, unset: [] }).problems).toHaveLength(3);
  });
});

describe("differencesOf", () => {
  it("is empty only for documents that say the same, and leads from one to the other", () => {
    fc.assert(
      fc.property(document, document, (before, after) => {
        const differences = differencesOf(before, after);
        expect(differences.length === 0).toBe(same(before, after));
        const values = Object.fromEntries(differences.map(({ path, after: value }) => [path, value]));
        expect(set(before, values)).toEqual(after);
        const back = differencesOf(after, before);
        expect(back.map(({ path }) => path)).toEqual(differences.map(({ path }) => path));
      }),
    );
  });

  it("says what a setting was and is, and nothing of what was not set", () => {
    expect(
      differencesOf(
        { timezone: "UTC", models: { default: null }, access: { allowFrom: ["telegram:7"] } },
        { models: { default: "offline/offline" }, access: { allowFrom: ["telegram:7"], dmPolicy: "open" } },
      ),
    ).toEqual([
      { path: "access.dmPolicy", after: "open" },
      { path: "models.default", before: null, after: "offline/offline" },
      { path: "timezone", before: "UTC" },
    ]);
  });
});

describe("noteOf", () => {
  it("says what was done, by paths and never by values", () => {
    const values = { timezone: "Secret/City", "models.default": undefined };
    expect(noteOf({ kind: "set", by: "admin", values, unset: ["access"] })).toBe(
      "set timezone; unset models.default, access",
    );
    expect(noteOf({ kind: "replace", by: "admin", document: { timezone: "Secret/City" } })).toBe("replace");
    expect(noteOf({ kind: "rollback", by: "admin", to: 3 })).toBe("rollback to 3");
  });

  it("has an end", () => {
    const unset = Array.from({ length: 1_000 }, () => "access.allowFrom");
    expect(noteOf({ kind: "set", by: "admin", values: {}, unset }).length).toBeLessThanOrEqual(500);
  });
});

function same(one: unknown, other: unknown): boolean {
  try {
    expect(one).toEqual(other);
    return true;
  } catch {
    return false;
  }
}
