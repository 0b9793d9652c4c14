import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CANARIES, Clouds } from "./deploy/clouds.ts";
import { type DeployRun, stepsThat } from "./deploy/deploy-run.ts";
import { endState } from "./deploy/end-state.ts";

/** The real cdk and wrangler, several times each. */
const RUN_MAX_MS = 180_000;

async function finished(run: DeployRun): Promise<DeployRun> {
  const end = await run.ended;
  expect(end, run.lines.slice(-5).join("\n")).toBe(0);
  return run;
}

describe("npm run deploy", () => {
  let clouds: Clouds;
  const said: string[] = [];
  const deploy = async (...words: readonly string[]) => {
    const run = await finished(clouds.deploy(words));
    said.push(...run.lines);
    return run;
  };
  beforeAll(async () => {
    clouds = await Clouds.open("deploy-test");
  }, RUN_MAX_MS);
  afterAll(() => clouds?.close());

  it(
    "brings an assistant that answers into two empty accounts",
    async () => {
      const run = await deploy();
      expect(stepsThat("step_done", run)).toEqual(
        expect.arrayContaining(["bootstrap", "stack", "secret", "relay_key", "worker", "healthy", "telegram", "smoke"]),
      );
      const state = endState(clouds);
      expect(state.accessKeys).toEqual([{ active: true, isTheWorkers: true }]);
      expect(state.runtimes).toEqual([{ versions: 1, endpoints: { live: "1" } }]);
      expect(state.webhook).toBe("https://deploy-test.owner.workers.dev/telegram/webhook");
      expect(state.worker).toContain("secret_text AWS_SECRET_ACCESS_KEY");
      expect(state.worker).not.toContain("secret_text ANTHROPIC_API_KEY");
      expect(state.secrets).toEqual([JSON.stringify({ ANTHROPIC_API_KEY: CANARIES.model })]);
      expect((await fetch(`${clouds.url}/healthz`)).status).toBe(200);
    },
    RUN_MAX_MS,
  );

  it(
    "changes nothing when it is run again",
    async () => {
      const before = structuredClone(endState(clouds));
      const versions = clouds.cloudflare.state.scripts["deploy-test"]?.versions.length;
      const run = await deploy("--no-smoke");
      expect(stepsThat("step_skipped", run)).toEqual(
        expect.arrayContaining(["bootstrap", "stack", "secret", "relay_key", "worker"]),
      );
      expect(endState(clouds)).toEqual(before);
      expect(clouds.cloudflare.state.scripts["deploy-test"]?.versions.length).toBe(versions);
    },
    RUN_MAX_MS,
  );

  it(
    "rotates the Worker's key, and removes the old one",
    async () => {
      const [before] = Object.keys(clouds.account.state.accessKeys);
      await deploy("--rotate", "--no-smoke");
      const after = Object.keys(clouds.account.state.accessKeys);
      expect(after).toHaveLength(1);
      expect(after).not.toContain(before);
      expect(endState(clouds).accessKeys).toEqual([{ active: true, isTheWorkers: true }]);
    },
    RUN_MAX_MS,
  );

  it("asks neither cloud for anything that is not emulated, and says no secret", () => {
    expect(clouds.account.unknown).toEqual([]);
    expect(clouds.cloudflare.unknown).toEqual([]);
    const text = said.join("\n");
    const secrets = [
      ...Object.values(CANARIES),
      ...Object.values(clouds.account.state.accessKeys).map((key) => key.secret),
    ];
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });
});
