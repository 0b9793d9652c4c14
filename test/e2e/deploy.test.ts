import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CANARIES, Clouds } from "./deploy/clouds.ts";
import { type DeployRun, stepsThat } from "./deploy/deploy-run.ts";
import { endState } from "./deploy/end-state.ts";
import { runInto, STRAY_VERSIONS } from "./deploy/kill-table.ts";

/** The real cdk and wrangler, several times each. */
const RUN_MAX_MS = 180_000;

const destroyed = v.pipe(v.string(), v.parseJson(), v.object({ event: v.literal("done"), exportedTo: v.string() }));

async function finished(run: DeployRun): Promise<DeployRun> {
  const end = await run.ended;
  expect(end, run.lines.slice(-5).join("\n")).toBe(0);
  return run;
}

describe("npm run deploy and npm run destroy", () => {
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
    "bring an assistant that answers into two empty accounts, although the run is killed twice on its way",
    async () => {
      // All the other places to be killed at: npm run test:faults -- deploy
      expect(await runInto(clouds, { asked: "CreateAccessKey" })).toBe(true);
      expect(await runInto(clouds, { asked: "PUT /workers/scripts" })).toBe(true);
      const run = await deploy();
      expect(stepsThat("step_skipped", run)).toEqual(expect.arrayContaining(["bootstrap", "stack", "secret"]));
      expect(stepsThat("step_done", run)).toEqual(expect.arrayContaining(["worker", "healthy", "telegram", "smoke"]));
      expect(clouds.workerVersions).toBe(1 + STRAY_VERSIONS);
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
    "change nothing when it is deployed again",
    async () => {
      const before = structuredClone(endState(clouds));
      const versions = clouds.workerVersions;
      const run = await deploy("--no-smoke");
      expect(stepsThat("step_skipped", run)).toEqual(
        expect.arrayContaining(["bootstrap", "stack", "secret", "relay_key", "worker"]),
      );
      expect(endState(clouds)).toEqual(before);
      expect(clouds.workerVersions).toBe(versions);
    },
    RUN_MAX_MS,
  );

  it(
    "rotate the Worker's key, and remove the old one",
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

  it(
    "export what was said, and leave nothing of it in either account; a second run finds nothing",
    async () => {
      const secrets = [
        ...Object.values(CANARIES),
        ...Object.values(clouds.account.state.accessKeys).map((key) => key.secret),
      ];
      const run = await finished(clouds.destroy());
      said.push(...run.lines);
      expect(stepsThat("step_done", run)).toEqual(
        expect.arrayContaining([
          "export",
          "chats_gone",
          "worker_gone",
          "keys_gone",
          "stack_gone",
          "bucket_gone",
          "table_gone",
        ]),
      );
      expect(clouds.cloudflare.state.scripts["deploy-test"]).toBeUndefined();
      expect(Object.keys(clouds.account.state.accessKeys)).toEqual([]);
      expect(Object.keys(clouds.account.state.runtimes)).toEqual([]);
      expect(Object.keys(clouds.account.state.secrets)).toEqual([]);
      const { exportedTo } = v.parse(destroyed, run.lines.at(-1));
      const names = readdirSync(exportedTo, { recursive: true }).map(String);
      const transcript = names.find((name) => name.startsWith("transcripts/")) ?? "none";
      expect(readFileSync(join(exportedTo, transcript), "utf8")).toContain("test message of a deployment");
      const again = await finished(clouds.destroy());
      expect(stepsThat("step_done", again).filter((step) => step.endsWith("_gone"))).toEqual(["file_gone"]);
      expect(secrets.filter((secret) => said.join("\n").includes(secret))).toEqual([]);
    },
    RUN_MAX_MS,
  );

  it("ask neither cloud for anything that is not emulated", () => {
    expect(clouds.account.unknown).toEqual([]);
    expect(clouds.cloudflare.unknown).toEqual([]);
  });
});
