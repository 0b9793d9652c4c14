import { abortAllDurableObjects, reset, runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { CONFIG_BOUNDS } from "../../protocol/bounds.ts";
import { formatConversationKey } from "../../protocol/session-key.ts";
import { isTurnId } from "../../protocol/ids.ts";
import { countRows, directory, dm, OWNER_DM, roleIn, set } from "./directory-world.ts";

afterEach(reset);

const change = (values: Readonly<Record<string, unknown>>, more: { unset?: string[]; ifVersion?: number } = {}) =>
  directory().changeConfiguration({ kind: "set", by: "admin", values, unset: [], ...more });

describe("the configuration", () => {
  it("is what the environment says until something is set, and survives an eviction", async () => {
    const before = await directory().configuration();
    expect(before).toMatchObject({
      version: 0,
      document: {},
      effective: { access: { dmPolicy: "pairing", allowFrom: ["telegram:7"], groupAllowFrom: ["telegram:-100"] } },
    });
    await set({ timezone: "Asia/Kathmandu", "access.groups.telegram:-100.bots": true });
    await abortAllDurableObjects();
    expect(await directory().configuration()).toMatchObject({
      version: 1,
      document: { timezone: "Asia/Kathmandu", access: { groups: { "telegram:-100": { bots: true } } } },
      effective: { timezone: "Asia/Kathmandu", access: { allowFrom: ["telegram:7"] } },
    });
    expect(await change({}, { unset: ["timezone", "access"] })).toEqual({ kind: "done", version: 2, changed: true });
    expect(await directory().configuration()).toEqual({ ...before, version: 2 });
  });

  it("counts from the next turn on", async () => {
    const conversation = formatConversationKey({ kind: "main", agent: "main" });
    const id = "turn-of-the-owner";
    if (!isTurnId(id)) throw new Error(id);
    const begin = () => directory().beginTurn(conversation, id, OWNER_DM, 0);
    expect(await begin()).toMatchObject({ policy: { version: 0, behaviour: { thinking: "off" } } });
    await set({ "models.thinking": "high" });
    expect(await begin()).toMatchObject({ policy: { version: 1, behaviour: { thinking: "high" } } });
    await directory().changeConfiguration({ kind: "rollback", by: OWNER_DM, to: 0 });
    expect(await begin()).toMatchObject({ policy: { version: 2, behaviour: { thinking: "off" } } });
    await set({ "access.dmPolicy": "disabled" });
    expect(await begin()).toMatchObject({ kind: "refused", policy: { access: { why: "dm_disabled" } } });
  });

  it("is not changed by what is invalid, and every problem is named", async () => {
    await set({ timezone: "UTC" });
    const before = await directory().configuration();
    const outcome = await change({
      "access.dmPolicy": "x",
      colour: 1,
      timezone: "Mars/Olympus",
      "models.default": "a",
    });
    expect(outcome).toMatchObject({ kind: "invalid" });
    expect(outcome.kind === "invalid" && outcome.problems.map(({ path }) => path).toSorted()).toEqual([
      "access.dmPolicy",
      "colour",
      "models.default",
      "timezone",
    ]);
    const document = { access: { dmPolicy: "allowlist", allowFrom: [] } };
    const replaced = await directory().changeConfiguration({ kind: "replace", by: "admin", document });
    expect(replaced).toMatchObject({ kind: "invalid", problems: [{ path: "access.allowFrom" }] });
    expect(await directory().validateConfiguration(document)).toHaveLength(1);
    expect(await directory().configuration()).toEqual(before);
    expect(await roleIn(OWNER_DM)).toBe("owner");
  });

  it("makes no version of what says the same already", async () => {
    await set({ "access.allowFrom": ["telegram:7", "slack:U1"], timezone: "UTC" });
    const document = { timezone: "UTC", access: { dm: {}, allowFrom: ["telegram:7", "slack:U1"] } };
    expect(await directory().changeConfiguration({ kind: "replace", by: "admin", document })).toEqual({
      kind: "done",
      version: 1,
      changed: false,
    });
    expect(await change({}, { unset: ["models.default"] })).toMatchObject({ version: 1, changed: false });
    expect(await countRows("config_versions")).toBe(1);
  });

  it("is changed only by who has seen the last change, if they ask for that", async () => {
    await set({ timezone: "UTC" });
    expect(await change({ timezone: "Europe/Berlin" }, { ifVersion: 0 })).toEqual({
      kind: "refused",
      code: "other_version",
    });
    expect(await change({ timezone: "Europe/Berlin" }, { ifVersion: 1 })).toMatchObject({ version: 2 });
  });

  it("has an end in size", async () => {
    const groups = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, n) => [
        `telegram:-${n + 1}`,
        { senders: ["telegram:1234567890123456789", "telegram:8"] },
      ]),
    );
    expect(await change({ "access.groups": groups })).toEqual({ kind: "refused", code: "too_large" });
    // It would take minutes to name every problem of a list of a megabyte, and nobody is let in meanwhile.
    const allowFrom = Array.from({ length: 40_000 }, (_, n) => `telegram:${n}`);
    expect(await directory().validateConfiguration({ access: { allowFrom } })).toEqual([
      { path: "", problem: "is too large, the most is 65536 bytes" },
    ]);
    expect(await countRows("config_versions")).toBe(0);
  });

  it("goes back to an earlier version as a new one, with what that one made of it", async () => {
    await set({ "access.dmPolicy": "open", timezone: "Europe/Berlin" });
    const then = await directory().configuration();
    await set({ "access.dmPolicy": "pairing", "models.thinking": "low" });
    const rollback = (to: number) => directory().changeConfiguration({ kind: "rollback", by: OWNER_DM, to });
    expect(await rollback(1)).toEqual({ kind: "done", version: 3, changed: true });
    expect(await directory().configuration()).toEqual({ ...then, version: 3 });
    expect(await rollback(9)).toEqual({ kind: "refused", code: "unknown_version" });
    expect(await roleIn(dm("1"))).toBe("telegram-1");
    expect(await directory().listConfigurations()).toMatchObject([
      { version: 3, by: OWNER_DM, note: "rollback to 1" },
      { version: 2, by: "admin", note: "set access.dmPolicy, models.thinking" },
      { version: 1, by: "admin", note: "set access.dmPolicy, timezone" },
    ]);
    expect(await directory().diffConfigurations(2, 3)).toEqual([
      { path: "access.dmPolicy", before: "pairing", after: "open" },
      { path: "models.thinking", before: "low" },
    ]);
    expect(await directory().diffConfigurations(0, 9)).toBeNull();
    expect(await directory().configurationAt(0)).toEqual({});
    expect(await directory().configurationAt(9)).toBeNull();
  });

  it("is after a rollback what it was then, whatever was set in between", async () => {
    const setting = fc.constantFrom<readonly [string, unknown]>(
      ["access.dmPolicy", "open"],
      ["access.dm.telegram", "disabled"],
      ["access.allowFrom", []],
      ["access.groups.telegram:-100.senders", ["telegram:8"]],
      ["models.default", null],
      ["messages.mentionPatterns", ["claw"]],
      ["timezone", "Europe/Berlin"],
      ["timezone", undefined],
      ["access", undefined],
    );
    await runInDurableObject(directory(), (object) => {
      fc.assert(
        fc.property(fc.array(setting, { minLength: 1, maxLength: 8 }), fc.nat(), (steps, pick) => {
          const { version: first, ...before } = object.configuration();
          const views = new Map([[first, before]]);
          for (const [path, value] of steps) {
            object.changeConfiguration({ kind: "set", by: "admin", values: { [path]: value }, unset: [] });
            const { version, ...view } = object.configuration();
            views.set(version, view);
          }
          const [to = 0, then] = [...views][pick % views.size] ?? [];
          expect(object.changeConfiguration({ kind: "rollback", by: "admin", to }).kind).toBe("done");
          expect(object.configuration()).toEqual({ version: expect.any(Number), ...then });
          expect(object.diffConfigurations(to, object.configuration().version)).toEqual([]);
        }),
        { numRuns: 50 },
      );
    });
  });

  it("keeps the newest versions only, and counts on", async () => {
    const outcome = await runInDurableObject(directory(), (object) => {
      for (let n = 0; n < CONFIG_BOUNDS.versionsKept + 5; n += 1) {
        const document = { timezone: n % 2 === 0 ? "UTC" : "Europe/Berlin" };
        object.changeConfiguration({ kind: "replace", by: "admin", document });
      }
      return object.changeConfiguration({ kind: "rollback", by: "admin", to: 5 });
    });
    expect(outcome).toEqual({ kind: "refused", code: "unknown_version" });
    const versions = await directory().listConfigurations();
    expect(versions).toHaveLength(CONFIG_BOUNDS.versionsKept);
    expect(versions[0]?.version).toBe(CONFIG_BOUNDS.versionsKept + 5);
    expect(await directory().configurationAt(6)).toEqual({ timezone: "Europe/Berlin" });
  });

  it("that cannot be read lets nobody in instead of guessing", async () => {
    await set({ timezone: "UTC" });
    await runInDurableObject(directory(), (_object, { storage: { sql } }) =>
      sql.exec(`UPDATE config_versions SET document = '{"access":{"doors":"closed"}}'`),
    );
    await abortAllDurableObjects();
    // A promise of an RPC is looked at once only, else it also rejects where nobody looks.
    const asked = async () => await directory().policyFor(OWNER_DM);
    await expect(asked()).rejects.toMatchObject({ code: "storage_damaged" });
    // Whoever has the admin token gets out of it.
    expect(await directory().changeConfiguration({ kind: "rollback", by: "admin", to: 0 })).toEqual({
      kind: "done",
      version: 2,
      changed: true,
    });
    expect(await roleIn(OWNER_DM)).toBe("owner");
  });

  it("is as it was when a version cannot be stored", async () => {
    await runInDurableObject(directory(), (object, { storage: { sql } }) => {
      sql.exec(
        "CREATE TRIGGER full BEFORE INSERT ON config_versions BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
      );
      const document = { access: { dmPolicy: "open" } };
      expect(() => object.changeConfiguration({ kind: "replace", by: "admin", document })).toThrow("the disk is full");
    });
    expect(await roleIn(dm("1"))).toBe("stranger");
    expect((await directory().configuration()).version).toBe(0);
  });
});

describe("a change that makes somebody else the owner", () => {
  const change = (allowFrom: readonly string[]) =>
    directory().changeConfiguration({
      kind: "set",
      values: { "access.allowFrom": [...allowFrom] },
      unset: [],
      by: "admin",
    });

  it("says so, and one that does not says nothing of it", async () => {
    expect(await change(["telegram:7", "telegram:8"])).toEqual({ kind: "done", version: 1, changed: true });
    expect(await change(["telegram:8"])).toEqual({ kind: "done", version: 2, changed: true, newOwner: "telegram-8" });
    expect(await change([])).toEqual({ kind: "done", version: 3, changed: true, newOwner: null });
  });
});
