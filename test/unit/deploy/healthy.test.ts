import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openAccount } from "../../../cli/deploy/account.ts";
import { openCloudflare } from "../../../cli/deploy/cloudflare.ts";
import { newDeployment } from "../../../cli/deploy/deployment-file.ts";
import { readDeploySettings } from "../../../cli/deploy/settings.ts";
import { waitUntilHealthy } from "../../../cli/deploy/steps/healthy.ts";
import { AdminServer } from "../cli/admin-server.ts";

let server: AdminServer;
beforeAll(async () => {
  server = await AdminServer.start();
});
afterAll(() => server.close());

function run(told: string[] = [], publicUrl: string | null = null) {
  const { url = "", token = "" } = server.options;
  const settings = { ...readDeploySettings({}).settings, publicUrl };
  const facts = {
    root: "/",
    stateDir: "/",
    settings,
    file: { ...newDeployment(), adminToken: token },
    release: "r-2",
    accounts: {
      aws: openAccount(settings),
      awsAccountId: "",
      awsIdentity: "",
      cloudflare: openCloudflare({ baseUrl: "", token: "" }),
      cloudflareAccountId: "",
      url,
      bootstrapVersion: null,
    },
  };
  return waitUntilHealthy.run({ facts, tell: (line) => void told.push(line) });
}

test("a Worker that cannot use its settings ends the wait soon, with the reason", async () => {
  const message = "AGENT_EDGE_URL: must be an http(s) URL";
  server.answers["GET /admin/api/status"] = { status: 503, body: { error: "config_invalid", message } };
  const told: string[] = [];
  await expect(run(told)).rejects.toThrow(`the Worker cannot use its settings: ${message}`);
  expect(told).toEqual([message]);
});

test("one answer of what was there before does not end it, and another release is waited for", async () => {
  server.answers["GET /admin/api/status"] = { status: 503, body: { error: "config_invalid", message: "old" } };
  const told: string[] = [];
  const end = run(told);
  await vi.waitFor(() => expect(told).toEqual(["old"]));
  server.answers["GET /admin/api/status"] = { body: { release: "r-1" } };
  await vi.waitFor(() => expect(told).toContain("release r-1 answers"), 5_000);
  server.answers["GET /admin/api/status"] = { body: { release: "r-2" } };
  expect(await end).toEqual({});
});

test("the admin token is sent to PUBLIC_URL only when it leads to this deployment", async () => {
  const health = (deployment: string) => ({ body: { status: "ok", deployment, release: "r-2" } });
  const asked = () => server.requests.map((request) => request.asked);
  server.requests.length = 0;
  server.answers["GET /healthz"] = health("local");
  const { url = "" } = server.options;
  const told: string[] = [];
  const end = run(told, url);
  await vi.waitFor(() => expect(told).toEqual([`at ${url} is the deployment local, not agent-claw`]));
  expect(new Set(asked())).toEqual(new Set(["GET /healthz"]));
  server.answers["GET /healthz"] = health("agent-claw");
  server.answers["GET /admin/api/status"] = { body: { release: "r-2" } };
  expect(await end).toEqual({});
});
