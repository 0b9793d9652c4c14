import { reset } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { api, directory, dm, letIn, roleIn, set } from "./directory-world.ts";

afterEach(reset);

describe("/admin/api/config", () => {
  it("shows what was set and what counts, and no secret", async () => {
    await set({ timezone: "Europe/Berlin" });
    const { status, body } = await api("GET", "/config");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      version: 1,
      document: { timezone: "Europe/Berlin" },
      effective: { timezone: "Europe/Berlin", access: { allowFrom: ["telegram:7"] }, models: { default: null } },
    });
    expect(JSON.stringify(body)).not.toMatch(/test-token|webhook-secret|secret-for-tests|admin-token/);
  });

  it("replaces, sets, unsets and goes back", async () => {
    expect(await api("PUT", "/config", { document: { timezone: "Europe/Berlin" }, ifVersion: 0 })).toMatchObject({
      status: 200,
      body: { version: 1, changed: true },
    });
    const values = { "access.groups.telegram:-100.senders": ["telegram:8"], "access.dmPolicy": "open" };
    expect(await api("PATCH", "/config", { values, unset: ["timezone"] })).toMatchObject({ body: { version: 2 } });
    expect(await roleIn(dm("1"))).toBe("telegram-1");
    expect(await api("GET", "/config/diff?from=1&to=2")).toMatchObject({
      status: 200,
      body: {
        differences: [
          { path: "access.dmPolicy", after: "open" },
          { path: "access.groups.telegram:-100.senders", after: ["telegram:8"] },
          { path: "timezone", before: "Europe/Berlin" },
        ],
      },
    });
    expect(await api("POST", "/config/rollback", { to: 1 })).toMatchObject({ body: { version: 3, changed: true } });
    expect(await roleIn(dm("1"))).toBe("stranger");
    expect(await api("GET", "/config/versions")).toMatchObject({
      body: { versions: [{ version: 3, by: "admin", note: "rollback to 1" }, { version: 2 }, { version: 1 }] },
    });
    expect(await api("GET", "/config/versions/1")).toMatchObject({
      status: 200,
      body: { version: 1, document: { timezone: "Europe/Berlin" } },
    });
    expect(await api("POST", "/config/rollback", { to: 1 })).toMatchObject({ body: { version: 3, changed: false } });
  });

  it("refuses what is invalid with every problem and changes nothing", async () => {
    await set({ timezone: "UTC" });
    const before = await directory().configuration();
    const document = { access: { dmPolicy: "x", allowFrom: ["ada"], doors: 1 }, timezone: 5, colour: "red" };
    const problems = ["access.dmPolicy", "access.allowFrom.0", "access.doors", "timezone", "colour"].toSorted();
    const put = await api("PUT", "/config", { document });
    expect(put).toMatchObject({ status: 422, body: { error: "invalid" } });
    expect(pathsOf(put.body)).toEqual(problems);
    expect(pathsOf((await api("POST", "/config/validate", { document })).body)).toEqual(problems);
    const patch = await api("PATCH", "/config", { values: { "access.doors": 1, "a b": 1, timezone: "Mars" } });
    expect(patch.status).toBe(422);
    expect(pathsOf(patch.body)).toEqual(["a b", "access.doors", "timezone"]);
    const names = '{"values":{"__proto__":1,"constructor":1}}';
    expect(pathsOf((await api("PATCH", "/config", names)).body)).toEqual(["__proto__", "constructor"]);
    expect(await api("POST", "/config/validate", { document: { timezone: "UTC" } })).toMatchObject({
      status: 200,
      body: { problems: [] },
    });
    expect(await directory().configuration()).toEqual(before);
  });

  it.each([
    ["PUT", "/config", "{"],
    ["PUT", "/config", "{}"],
    ["PUT", "/config", '{"document":{},"ifVersion":"1"}'],
    ["PUT", "/config", '{"document":{},"ifVersion":-1}'],
    ["PUT", "/config", '{"document":{},"by":"agent:main:telegram:direct:7"}'],
    ["PUT", "/config", `{"document":${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}`],
    ["PATCH", "/config", '{"values":[]}'],
    ["PATCH", "/config", '{"values":{},"unset":"timezone"}'],
    ["PATCH", "/config", '{"value":{}}'],
    ["POST", "/config/rollback", "{}"],
    ["POST", "/config/rollback", '{"to":1.5}'],
    ["POST", "/config/validate", "{}"],
    ["POST", "/config/validate", '[{"document":{}}]'],
  ])("answers %s %s with a malformed body with 400 and changes nothing", async (method, path, body) => {
    expect(await api(method, path, body)).toMatchObject({ status: 400, body: { error: "malformed_body" } });
    expect((await directory().configuration()).version).toBe(0);
  });

  it("takes a document of any form for one that can be wrong", async () => {
    for (const document of [null, "x", [], 5]) {
      expect(await api("PUT", "/config", { document }), JSON.stringify(document)).toMatchObject({ status: 422 });
    }
  });

  it("says when somebody else was faster, and when there is no such version", async () => {
    await set({ timezone: "UTC" });
    const other = { status: 409, body: { error: "other_version" } };
    expect(await api("PUT", "/config", { document: {}, ifVersion: 0 })).toMatchObject(other);
    expect(await api("PATCH", "/config", { values: {}, ifVersion: 2 })).toMatchObject(other);
    expect(await api("POST", "/config/rollback", { to: 0, ifVersion: 0 })).toMatchObject(other);
    const unknown = { status: 404, body: { error: "unknown_version" } };
    expect(await api("POST", "/config/rollback", { to: 9 })).toMatchObject(unknown);
    for (const path of ["versions/9", "versions/x", "versions/1e3", "diff?from=0&to=9"]) {
      expect(await api("GET", `/config/${path}`), path).toMatchObject(unknown);
    }
    for (const query of ["", "?from=1", "?from=a&to=1", "?from=-1&to=1"]) {
      expect(await api("GET", `/config/diff${query}`), query).toMatchObject({ status: 400 });
    }
    expect((await directory().configuration()).version).toBe(1);
  });

  it("takes no document and no body that is too large", async () => {
    const groups = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, n) => [
        `telegram:-${n + 1}`,
        { senders: ["telegram:1234567890123456789", "telegram:8"] },
      ]),
    );
    const tooLarge = { status: 413, body: { error: "too_large" } };
    expect(await api("PUT", "/config", { document: { access: { groups } } })).toMatchObject(tooLarge);
    expect(await api("PUT", "/config", { document: "x".repeat(2_000_000) })).toMatchObject(tooLarge);
    expect((await directory().configuration()).version).toBe(0);
  });

  it("publishes the schema of a document, made where it runs", async () => {
    const { status, body } = await api("GET", "/config/schema");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      additionalProperties: false,
      properties: { access: { properties: { dmPolicy: { enum: ["pairing", "allowlist", "open", "disabled"] } } } },
    });
  });

  it.each(["/config", "/config/schema", "/people", "/pairings"])(
    "tells nothing at %s without the token",
    async (path) => {
      expect((await exports.default.fetch(`https://claw.test/admin/api${path}`)).status).toBe(401);
    },
  );
});

describe("/admin/api/status", () => {
  it("tells the policies that count, and who the owner is", async () => {
    expect((await api("GET", "/status")).body).toMatchObject({
      access: { dm: { telegram: "pairing" }, group: "allowlist", owner: "telegram:7" },
      model: null,
    });
    await set({ "access.allowFrom": [], "access.dm.telegram": "pairing", "access.groupPolicy": "open" });
    expect((await api("GET", "/status")).body).toMatchObject({ access: { group: "open", owner: null } });
    await letIn("5");
    await set({ "models.default": "bedrock/us.amazon.nova" });
    expect((await api("GET", "/status")).body).toMatchObject({
      access: { owner: "telegram:5" },
      model: "bedrock/us.amazon.nova",
      modelKeys: ["bedrock"],
    });
  });
});

function pathsOf(body: unknown): readonly string[] {
  const { problems } = body as { problems: { path: string }[] };
  return problems.map(({ path }) => path).toSorted();
}
