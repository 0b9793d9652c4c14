import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseWranglerToml, workerdConfig } from "../../../local/worker-config.ts";
import { readConsoleLine } from "../../../local/workerd.ts";

const toml = readFileSync(new URL("../../../wrangler.toml", import.meta.url), "utf8");
const settings = {
  wrangler: parseWranglerToml(toml),
  modulePath: "/cache/index.js",
  durableObjectsDir: "/state/durable-objects",
  port: 8787,
  variables: ["ADMIN_TOKEN"],
  trustedCertificates: [],
};

describe("workerdConfig", () => {
  it("gives the Worker every class and binding of wrangler.toml", () => {
    const config = workerdConfig(settings);
    for (const { name, class_name } of settings.wrangler.durable_objects.bindings) {
      expect(config).toContain(`(name = "${name}", durableObjectNamespace = (className = "${class_name}"))`);
      expect(config).toContain(
        `(className = "${class_name}", uniqueKey = "agent-claw-${class_name}", enableSql = true)`,
      );
    }
    expect(config).toContain(`compatibilityDate = "${settings.wrangler.compatibility_date}"`);
  });

  it("names variables without their values, and listens on the loopback only", () => {
    const config = workerdConfig(settings);
    expect(config).toContain('(name = "ADMIN_TOKEN", fromEnvironment = "ADMIN_TOKEN")');
    expect(config).toContain('address = "127.0.0.1:8787"');
  });

  it("lets a variable win over the one of the same name in wrangler.toml", () => {
    const wrangler = parseWranglerToml(`${toml}\n[vars]\nADMIN_TOKEN = "a"\nOTHER = 'say "hi" \\ \u00fc'\n`);
    const config = workerdConfig({ ...settings, wrangler });
    expect(config).not.toContain('name = "ADMIN_TOKEN", text');
    expect(config).toContain(String.raw`(name = "OTHER", text = "say \"hi\" \\ ü")`);
  });

  it("gives webhooks a way out that reaches public addresses alone", () => {
    const config = workerdConfig(settings);
    expect(config).toContain('(name = "PUBLIC_NETWORK", service = "public-network")');
    expect(config).toContain('(name = "public-network", network = (allow = ["public"], ');
  });

  it("escapes what would end a string or a line", () => {
    const config = workerdConfig({ ...settings, modulePath: '/a"b\nc' });
    expect(config).toContain(String.raw`embed "/a\"b\x0ac"`);
  });
});

describe("parseWranglerToml", () => {
  it("refuses a binding that npm start cannot give to workerd, by its name", () => {
    expect(() => parseWranglerToml(`${toml}\n[[kv_namespaces]]\nbinding = "KV"\nid = "1"\n`)).toThrow(
      /wrangler\.toml: kv_namespaces /,
    );
  });
});

describe("readConsoleLine", () => {
  it("shows the Worker's own line as it wrote it, at the level of the console", () => {
    const message = JSON.stringify({ level: "warn", step: "webhook_rejected", channel: "telegram" });
    expect(readConsoleLine(JSON.stringify({ timestamp: 1, level: "warn", message }))).toEqual({
      level: "warn",
      step: "webhook_rejected",
      channel: "telegram",
    });
  });

  it("takes anything else for a line of workerd's", () => {
    expect(readConsoleLine("*** Fatal")).toEqual({ level: "error", step: "workerd", message: "*** Fatal" });
    expect(readConsoleLine(JSON.stringify({ level: "log", message: "[1]" }))).toEqual({
      level: "info",
      step: "workerd",
      message: "[1]",
    });
  });

  it("calls it no warning when work of an earlier run is taken up again", () => {
    const message = "NOSENTRY SQLite alarm overdue, running despite AlarmManager mismatch; scheduledTime = 1s";
    const line = readConsoleLine(JSON.stringify({ timestamp: 1, level: "warn", message }));
    expect(line).toMatchObject({ level: "info", step: "overdue_work_begun" });
    expect(line["message"]).not.toContain("NOSENTRY");
  });
});
