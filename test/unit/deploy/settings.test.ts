import { describe, expect, test } from "vitest";
import { readDeploySettings } from "../../../cli/deploy/settings.ts";
import { WORKER_VARIABLES } from "../../../local/variables.ts";

const problemsOf = (variables: Record<string, string>) =>
  readDeploySettings(variables).problems.map(({ variable }) => variable);

describe("the settings of a deployment", () => {
  test("nothing set is a deployment with defaults, and people are told what that means", () => {
    const { settings, problems, notes } = readDeploySettings({});
    expect(problems).toEqual([]);
    expect(settings).toMatchObject({ name: "agent-claw", region: "us-east-1", publicUrl: null });
    expect(notes.join(" ")).toMatch(/offline model/);
    expect(notes.join(" ")).toMatch(/AWS_REGION is not set: us-east-1/);
    expect(notes.join(" ")).toMatch(/No chat app/);
  });

  test("all problems are told at once", () => {
    expect(
      problemsOf({
        DEPLOY_NAME: "Not_A_Name",
        AWS_REGION: "here",
        ADMIN_TOKEN: "12345678",
        AWS_ACCESS_KEY_ID: "AKIA",
        DISCORD_APPLICATION_ID: "1",
        PUBLIC_URL: "http://claw.example.com",
      }).toSorted(),
    ).toEqual([
      "ADMIN_TOKEN",
      "AWS_REGION",
      "AWS_SECRET_ACCESS_KEY",
      "DEPLOY_NAME",
      "DISCORD_BOT_TOKEN",
      "DISCORD_PUBLIC_KEY",
      "PUBLIC_URL",
    ]);
  });

  test("plain http is taken only for an address on this machine", () => {
    const onThisMachine = { AWS_ENDPOINT_URL: "http://127.0.0.1:1", CLOUDFLARE_API_BASE_URL: "http://[::1]:2" };
    expect(problemsOf({ ...onThisMachine, PUBLIC_URL: "http://bot.example.com" })).toEqual(["PUBLIC_URL"]);
    expect(problemsOf({ ...onThisMachine, PUBLIC_URL: "http://localhost:9000" })).toEqual([]);
    for (const name of ["AGENTCORE_ENDPOINT", "AWS_ENDPOINT_URL_STS", "TELEGRAM_API_ROOT", "OPENAI_BASE_URL"]) {
      expect(problemsOf({ [name]: "http://proxy.example.com" })).toEqual([name]);
      expect(problemsOf({ [name]: "https://user:word@proxy.example.com" })).toEqual([name]);
      expect(problemsOf({ [name]: "https://proxy.example.com" })).toEqual([]);
    }
  });

  test("an emulator of one cloud is not mixed with the other cloud, and its setting is named", () => {
    const aws = { AWS_ENDPOINT_URL: "http://localhost:4566" };
    const cloudflare = { CLOUDFLARE_API_BASE_URL: "http://127.0.0.1:1" };
    const [problem] = readDeploySettings(aws).problems;
    expect(problem).toMatchObject({ variable: "AWS_ENDPOINT_URL" });
    expect(problem?.problem).toContain("unset AWS_ENDPOINT_URL");
    expect(problemsOf({ AWS_ENDPOINT_URL_STS: "http://localhost:4566" })).toEqual(["AWS_ENDPOINT_URL_STS"]);
    expect(problemsOf(cloudflare)).toEqual(["CLOUDFLARE_API_BASE_URL"]);
    expect(problemsOf({ ...aws, ...cloudflare })).toEqual([]);
  });

  test("the plan tells of a cloud that is asked elsewhere", () => {
    const { settings } = readDeploySettings({ AWS_ENDPOINT_URL: "https://aws.example.com/?key=canary" });
    expect(settings.elsewhere).toEqual(["AWS_ENDPOINT_URL leads to aws.example.com."]);
  });

  test("an address with a path is refused, for webhooks are put below its root", () => {
    expect(problemsOf({ PUBLIC_URL: "https://example.com/claw" })).toEqual(["PUBLIC_URL"]);
    expect(readDeploySettings({ PUBLIC_URL: "https://example.com/" }).settings.publicUrl).toBe("https://example.com");
  });

  test("the rights of whoever deploys go to the Worker neither in the open nor as secrets", () => {
    const { settings } = readDeploySettings({
      AWS_ACCESS_KEY_ID: "canary-1",
      AWS_SECRET_ACCESS_KEY: "canary-2",
      AWS_SESSION_TOKEN: "canary-3",
      AWS_PROFILE: "canary-4",
      CLOUDFLARE_API_TOKEN: "canary-5",
      CLOUDFLARE_ACCOUNT_ID: "canary-6",
      DEPLOY_IDLE_SECONDS: "300",
    });
    expect(JSON.stringify(settings.variables)).not.toContain("canary");
    expect(settings.context).toEqual({ name: "agent-claw", idleSeconds: "300" });
  });

  test("secrets are kept out of the open: the models' in AWS, all others at Cloudflare", () => {
    const { variables } = readDeploySettings({
      ANTHROPIC_API_KEY: "a",
      TELEGRAM_BOT_TOKEN: "b",
      HOOKS_TOKEN: "c",
      DISCORD_PUBLIC_KEY: "e",
      AGENT_TIMEZONE: "UTC",
      PORT: "1",
      TELEGRAM_POLLING: "on",
    }).settings;
    expect(variables.accountSecrets).toEqual({ ANTHROPIC_API_KEY: "a" });
    expect(variables.workerSecrets).toEqual({ HOOKS_TOKEN: "c", TELEGRAM_BOT_TOKEN: "b" });
    expect(variables.plain).toEqual({ AGENT_TIMEZONE: "UTC", DISCORD_PUBLIC_KEY: "e" });
  });

  test("a name that is not known goes nowhere, for it may be a secret's; people are told the name only", () => {
    const names = ["GITHUB_PAT", "OPENAI_APIKEY", "DATABASE_URL", "github_token", "CF_API_TOKEN", "AWS_SECURITY_TOKEN"];
    const read = readDeploySettings(Object.fromEntries(names.map((name) => [name, "canary"])));
    expect(read.settings.variables).toEqual({ plain: {}, workerSecrets: {}, accountSecrets: {} });
    for (const name of names) expect(read.notes.join("\n")).toContain(name);
    expect(JSON.stringify(read)).not.toContain("canary");
  });

  test("whatever the Worker reads that sounds like a secret is kept as one", () => {
    const all = Object.fromEntries(WORKER_VARIABLES.map((name) => [name, "1"]));
    const open = Object.keys(readDeploySettings(all).settings.variables.plain);
    expect(open.filter((name) => /TOKEN|SECRET|PASS|KEY|CREDENTIAL/.test(name))).toEqual([
      "AWS_ENDPOINT_URL_SECRETS_MANAGER",
      "DISCORD_PUBLIC_KEY",
      "WEBHOOK_TOKEN_HOSTS",
    ]);
  });
});
