import { describe, expect, test } from "vitest";
import { readDeploySettings } from "../../../cli/deploy/settings.ts";

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
        AWS_ACCESS_KEY_ID: "AKIA",
        DISCORD_APPLICATION_ID: "1",
        PUBLIC_URL: "http://claw.example.com",
      }).toSorted(),
    ).toEqual([
      "AWS_REGION",
      "AWS_SECRET_ACCESS_KEY",
      "DEPLOY_NAME",
      "DISCORD_BOT_TOKEN",
      "DISCORD_PUBLIC_KEY",
      "PUBLIC_URL",
    ]);
  });

  test("plain http is taken only together with an AWS on this machine", () => {
    const local = { PUBLIC_URL: "http://127.0.0.1:9000" };
    expect(problemsOf(local)).toEqual(["PUBLIC_URL"]);
    expect(problemsOf({ ...local, AWS_ENDPOINT_URL: "https://aws.example.com" })).toEqual(["PUBLIC_URL"]);
    expect(problemsOf({ ...local, AWS_ENDPOINT_URL: "http://127.0.0.1:9001" })).toEqual([]);
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
      SOME_NEW_API_KEY: "d",
      DISCORD_PUBLIC_KEY: "e",
      AGENT_TIMEZONE: "UTC",
      PORT: "1",
      TELEGRAM_POLLING: "on",
    }).settings;
    expect(variables.accountSecrets).toEqual({ ANTHROPIC_API_KEY: "a" });
    expect(variables.workerSecrets).toEqual({ HOOKS_TOKEN: "c", SOME_NEW_API_KEY: "d", TELEGRAM_BOT_TOKEN: "b" });
    expect(variables.plain).toEqual({ AGENT_TIMEZONE: "UTC", DISCORD_PUBLIC_KEY: "e" });
  });
});
