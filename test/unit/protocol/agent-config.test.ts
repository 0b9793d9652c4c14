import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ConfigDocument, configDocument, namesIn, overDefaults } from "../../../protocol/agent-config.ts";
import { configSchema } from "../../../worker/config-schema.ts";
import { DEFAULTS } from "../directory/world.ts";

describe("overDefaults", () => {
  it("is what the environment says where a document says nothing", () => {
    expect(overDefaults({}, DEFAULTS)).toEqual(DEFAULTS);
    expect(overDefaults({ access: {}, models: {}, messages: {}, conversations: {} }, DEFAULTS)).toEqual(DEFAULTS);
  });

  it("takes each setting that a document has, and leaves its neighbours", () => {
    const document: ConfigDocument = { access: { allowFrom: ["telegram:7"] }, models: { default: null } };
    const defaults = {
      ...DEFAULTS,
      models: { ...DEFAULTS.models, default: "offline/offline", thinking: "low" as const },
    };
    expect(overDefaults(document, defaults)).toMatchObject({
      access: { allowFrom: ["telegram:7"], dmPolicy: "pairing" },
      models: { default: null, thinking: "low" },
    });
  });

  it("takes a policy that is set for all channels over one that the environment has for a single one", () => {
    const defaults = { ...DEFAULTS, access: { ...DEFAULTS.access, dm: { telegram: "disabled" as const } } };
    expect(overDefaults({}, defaults).access.dm).toEqual({ telegram: "disabled" });
    expect(overDefaults({ access: { dm: { slack: "open" } } }, defaults).access.dm).toEqual({
      telegram: "disabled",
      slack: "open",
    });
    expect(overDefaults({ access: { dmPolicy: "open", dm: { slack: "pairing" } } }, defaults).access).toMatchObject({
      dmPolicy: "open",
      dm: { slack: "pairing" },
    });
    expect(overDefaults({ access: { dmPolicy: "open" } }, defaults).access.dm).toEqual({});
  });
});

describe("namesIn", () => {
  it("knows the same names as the published schema, section by section", () => {
    const visited = visit(configSchema(), []);
    expect(visited).toBe(16);
  });

  it("knows nothing below a setting, nor what there is not", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("access", "dm", "timezone", "toString", "__proto__", "x", "groups"), { minLength: 1 }),
        (keys) => {
          const isSection = ["access", "access.dm", "access.groups"].includes(keys.join("."));
          const isGroup = keys.length === 3 && keys[0] === "access" && keys[1] === "groups";
          expect(namesIn(keys) !== null).toBe(isSection || isGroup);
        },
      ),
    );
  });
});

/** Compares each object of a JSON Schema with `namesIn`; how many there are. */
function visit(schema: object, keys: readonly string[]): number {
  const properties: unknown = Reflect.get(schema, "properties");
  const additional: unknown = Reflect.get(schema, "additionalProperties");
  if (typeof additional === "object" && additional !== null) {
    expect(namesIn(keys)).toBe("any");
    return 1 + visit(additional, [...keys, "telegram:-1"]);
  }
  if (typeof properties !== "object" || properties === null) {
    expect(namesIn(keys), keys.join(".")).toBeNull();
    return 0;
  }
  expect(namesIn(keys)).toEqual(Object.keys(properties));
  expect(additional).toBe(false);
  const below = Object.entries(properties) as [string, object][];
  return below.reduce((sum, [key, value]) => sum + visit(value, [...keys, key]), 1);
}

describe("configDocument", () => {
  it("has no setting that must be there, and none for a secret", () => {
    expect(Object.keys(configDocument.entries)).toEqual([
      "access",
      "models",
      "messages",
      "conversations",
      "heartbeat",
      "budget",
      "hooks",
      "timezone",
    ]);
    expect(JSON.stringify(configSchema())).not.toMatch(/"required":\["/);
    expect(JSON.stringify(configSchema()).toLowerCase()).not.toMatch(/apikey|token"|password/);
  });
});
