import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeChange, readValue, valueText } from "../../../cli/config-lines.ts";
import { EXIT } from "../../../cli/exit-code.ts";
import { localTime } from "../../../cli/table.ts";
import { configVerbs } from "../../../cli/verbs/config.ts";
import { accessOf, configurationOf } from "./access-fixtures.ts";
import { AdminServer, verbOf } from "./admin-server.ts";

const AT = Date.UTC(2026, 10, 22, 12);
const DOCUMENT = { access: { allowFrom: ["telegram:42"] }, timezone: "Europe/Berlin" };
const VIEW = configurationOf({ version: 4, document: DOCUMENT, access: accessOf({ allowFrom: ["telegram:42"] }) });
const DONE = { version: 5, changed: true };

let admin: AdminServer;
let folder: string;
beforeEach(async () => {
  admin = await AdminServer.start();
  folder = mkdtempSync(join(tmpdir(), "agent-claw-config-"));
});
afterEach(() => {
  admin.close();
  rmSync(folder, { recursive: true, force: true });
});

const config = (name: string, words: readonly string[] = [], more: object = {}) =>
  admin.run(verbOf(configVerbs, name), words, more);

function file(content: string): string {
  const path = join(folder, "document.json");
  writeFileSync(path, content);
  return path;
}

describe("claw config get", () => {
  beforeEach(() => void (admin.answers["GET /admin/api/config"] = { body: VIEW }));

  it("shows every setting with where it comes from", async () => {
    const { exit, out } = await config("get");
    expect(exit).toBe(EXIT.done);
    const rows = out.map((line) => line.split(/ {2,}/));
    expect(rows).toContainEqual(["access.allowFrom", "set", '["telegram:42"]']);
    expect(rows).toContainEqual(["access.dmPolicy", "default (DM_POLICY)", "pairing"]);
    expect(rows).toContainEqual(["models.thinking", "default", "off"]);
    expect(rows).toContainEqual(["access.dm", "default", "{}"]);
    expect(out.at(-1)).toMatch(/^This is version 4; /);
  });

  it("shows one setting, or those of a section", async () => {
    expect((await config("get", ["access.allowFrom"])).out).toEqual(['access.allowFrom  set  ["telegram:42"]']);
    expect((await config("get", ["models"])).out).toHaveLength(5);
    expect((await config("get", ["models"], { json: true })).out).toEqual([
      expect.stringMatching(/^\{"version":4,"settings":\[\{"path":"models\.default","value":null,"isSet":false\},/),
    ]);
  });

  it("shows settings of groups whose ids have dots, as they can be typed back", async () => {
    const groups = { "whatsapp:120@g.us": { bots: true } };
    const document = { access: { groups } };
    const effective = { ...VIEW.effective, access: { ...VIEW.effective.access, groups } };
    admin.answers["GET /admin/api/config"] = { body: { ...VIEW, document, effective } };
    const [line = ""] = (await config("get", ["access.groups"])).out;
    expect(line).toBe('access.groups."whatsapp:120@g.us".bots  set  true');
    expect((await config("get", [line.split("  ")[0] ?? ""])).out).toEqual([line]);
    expect((await config("get", ['access.groups."'])).exit).toBe(EXIT.failed);
  });

  it("fails where nothing is, and says how to find what there is", async () => {
    const { exit, out, err } = await config("get", ["acces"]);
    expect({ exit, out }).toEqual({ exit: EXIT.failed, out: [] });
    expect(err).toEqual([expect.stringMatching(/^claw config get: nothing is set at acces; .*config get lists/)]);
  });

  it("gives what was set as a document", async () => {
    const { out } = await config("get", [], { document: true });
    expect(JSON.parse(out.join("\n"))).toEqual(DOCUMENT);
  });

  it("gives scripts the answer as it is", async () => {
    const { out } = await config("get", [], { json: true });
    expect(JSON.parse(out.join())).toEqual(VIEW);
  });
});

describe("claw config set and unset", () => {
  it("sends several settings at once, JSON as JSON and all else as text", async () => {
    admin.answers["PATCH /admin/api/config"] = { body: DONE };
    const words = ["access.allowFrom", '["telegram:42"]', "timezone", "Europe/Berlin", "models.default", "null"];
    const { exit, out } = await config("set", words, { ifVersion: "4" });
    expect(exit).toBe(EXIT.done);
    expect(out).toEqual(["This is version 5. It counts from the next turn on."]);
    const values = { "access.allowFrom": ["telegram:42"], timezone: "Europe/Berlin", "models.default": null };
    expect(admin.requests).toEqual([{ asked: "PATCH /admin/api/config", body: { values, unset: [], ifVersion: 4 } }]);
  });

  it("sends what goes back to its default", async () => {
    admin.answers["PATCH /admin/api/config"] = { body: { version: 4, changed: false } };
    const { out } = await config("unset", ["timezone", "models.default"]);
    expect(out).toEqual(["Nothing changed: it was so already, in version 4."]);
    expect(admin.requests[0]?.body).toEqual({ values: {}, unset: ["timezone", "models.default"] });
  });

  it.each([[["timezone"]], [["timezone", "UTC", "timezone", "Europe/Berlin"]]])(
    "asks nobody when a path has no value or is there twice (%j)",
    async (words) => {
      const { exit, err } = await config("set", words);
      expect(exit).toBe(EXIT.unusable);
      expect(err).toEqual([expect.stringMatching(/say each path once, with its value after it/)]);
      expect(admin.requests).toEqual([]);
    },
  );

  it("prints every problem of what it sent, a line each, with its path", async () => {
    const problems = [
      { path: "access.dmPolicy", problem: "must be one of pairing, allowlist, open, disabled" },
      { path: "timezone", problem: "is no\u001b[2J zone" },
      { path: "", problem: "is too much" },
    ];
    admin.answers["PATCH /admin/api/config"] = { status: 422, body: { error: "invalid", problems } };
    const { exit, out, err } = await config("set", ["access.dmPolicy", "friends"]);
    expect({ exit, out }).toEqual({ exit: EXIT.failed, out: [] });
    expect(err).toEqual([
      "claw config set: nothing was changed, because of this:",
      "claw config set: access.dmPolicy: must be one of pairing, allowlist, open, disabled",
      "claw config set: timezone: is no[2J zone",
      "claw config set: is too much",
    ]);
  });

  it.each([
    [409, "other_version", /is another one by now, and nothing was changed/],
    [413, "too_large", /at most 64 KiB; nothing was changed$/],
  ])("explains a %s %s in one line", async (status, error, said) => {
    admin.answers["PATCH /admin/api/config"] = { status, body: { error } };
    const { exit, err } = await config("set", ["timezone", "UTC"]);
    expect(exit).toBe(EXIT.failed);
    expect(err).toEqual([expect.stringMatching(said)]);
  });
});

describe("claw config replace", () => {
  it("sends the document of a file", async () => {
    admin.answers["PUT /admin/api/config"] = { body: DONE };
    const { exit } = await config("replace", [file(JSON.stringify(DOCUMENT))]);
    expect(exit).toBe(EXIT.done);
    expect(admin.requests).toEqual([{ asked: "PUT /admin/api/config", body: { document: DOCUMENT } }]);
  });

  it("says of a file what is wrong with it, and asks nobody", async () => {
    const broken = await config("replace", [file('{"timezone": UTC}')]);
    expect(broken.exit).toBe(EXIT.failed);
    expect(broken.err).toEqual([expect.stringMatching(/^claw config replace: .*document\.json is not JSON: .*UTC/)]);
    const missing = await config("replace", [join(folder, "none.json")]);
    expect(missing.exit).toBe(EXIT.unusable);
    expect(missing.err).toEqual([expect.stringMatching(/none\.json cannot be read: ENOENT/)]);
    expect(admin.requests).toEqual([]);
  });
});

describe("claw config validate", () => {
  it("says that a document could be the configuration", async () => {
    admin.answers["POST /admin/api/config/validate"] = { body: { problems: [] } };
    const { exit, out } = await config("validate", [file("{}")]);
    expect({ exit, out }).toEqual({ exit: EXIT.done, out: ["It could be the configuration."] });
    expect(admin.requests[0]?.body).toEqual({ document: {} });
  });

  it("lists every problem, and fails", async () => {
    const problems = [
      { path: "timezone", problem: "must be a text" },
      { path: "acces", problem: "is no setting" },
    ];
    admin.answers["POST /admin/api/config/validate"] = { body: { problems } };
    const { exit, out, err } = await config("validate", [file('{"timezone": 1, "acces": {}}')]);
    expect(exit).toBe(EXIT.failed);
    expect(out).toEqual(["timezone: must be a text", "acces: is no setting"]);
    expect(err).toEqual(["claw config validate: it cannot be the configuration"]);
  });
});

describe("claw config history, diff and rollback", () => {
  it("lists versions with when, by whom and what", async () => {
    const versions = [{ version: 4, at: AT, by: "admin", note: "set timezone" }];
    admin.answers["GET /admin/api/config/versions"] = { body: { versions } };
    expect((await config("history")).out).toEqual([
      "version  made              by     what",
      `4        ${localTime(AT)}  admin  set timezone`,
    ]);
    admin.answers["GET /admin/api/config/versions"] = { body: { versions: [] } };
    expect((await config("history")).out).toEqual(["Nothing was ever set: all is as the environment says."]);
  });

  it("shows the document of a version", async () => {
    admin.answers["GET /admin/api/config/versions/3"] = { body: { version: 3, document: DOCUMENT } };
    expect(JSON.parse((await config("history", ["3"])).out.join("\n"))).toEqual(DOCUMENT);
  });

  it("says that a version is not kept", async () => {
    admin.answers["GET /admin/api/config/versions/9"] = { status: 404, body: { error: "unknown_version" } };
    const { exit, err } = await config("history", ["9"]);
    expect(exit).toBe(EXIT.failed);
    expect(err).toEqual([expect.stringMatching(/there is no such version, .*config history lists them$/)]);
  });

  it.each([
    [[], 3, 4],
    [["1"], 1, 4],
    [["0", "2"], 0, 2],
  ])("compares the versions that are named, or the newest with the one before it (%j)", async (words, from, to) => {
    admin.answers["GET /admin/api/config"] = { body: VIEW };
    const differences = [
      { path: "timezone", after: "UTC" },
      { path: "models.fallbacks", before: ["a/b"], after: [] },
    ];
    admin.answers[`GET /admin/api/config/diff?from=${from}&to=${to}`] = { body: { differences } };
    expect((await config("diff", words)).out).toEqual([
      `setting           version ${from}  version ${to}`,
      "timezone          not set    UTC",
      'models.fallbacks  ["a/b"]    []',
    ]);
  });

  it("says that nothing was ever set, or that two versions say the same", async () => {
    admin.answers["GET /admin/api/config"] = { body: configurationOf({}) };
    expect((await config("diff")).out).toEqual([expect.stringMatching(/^Nothing was ever set/)]);
    admin.answers["GET /admin/api/config"] = { body: VIEW };
    admin.answers["GET /admin/api/config/diff?from=3&to=4"] = { body: { differences: [] } };
    expect((await config("diff")).out).toEqual(["Versions 3 and 4 say the same."]);
  });

  it("rolls back", async () => {
    admin.answers["POST /admin/api/config/rollback"] = { body: DONE };
    const { out } = await config("rollback", ["2"], { ifVersion: "4" });
    expect(admin.requests[0]?.body).toEqual({ to: 2, ifVersion: 4 });
    expect(out).toEqual(["This is version 5. It counts from the next turn on."]);
  });
});

describe("claw config schema", () => {
  it("prints the schema for editors", async () => {
    admin.answers["GET /admin/api/config/schema"] = { body: { type: "object" } };
    expect((await config("schema")).out).toEqual(['{\n  "type": "object"\n}']);
  });
});

describe("a value", () => {
  it("that is shown can be typed back, whatever it is", () => {
    const typedBack = fc.property(fc.jsonValue(), (value) => {
      expect(readValue(valueText(value))).toEqual(JSON.parse(JSON.stringify(value)));
    });
    fc.assert(typedBack, { examples: [["true"], ["null"], ["12"], ['"'], ["[]"], [""], [" "], ["off"]] });
  });
});

describe("a change of the configuration", () => {
  it("that makes somebody else the owner says so, and how to take it back", () => {
    expect(describeChange({ version: 8, changed: true })).toHaveLength(1);
    const lines = describeChange({ version: 8, changed: true, newOwner: "telegram-7" }).join("\n");
    expect(lines).toContain("The owner is telegram-7 now");
    expect(lines).toContain("config rollback 7");
    expect(describeChange({ version: 8, changed: true, newOwner: null }).join("\n")).toContain("Nobody is the owner");
  });
});
