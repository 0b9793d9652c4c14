import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Clouds } from "./deploy/clouds.ts";
import { type DeployRun, stepsThat } from "./deploy/deploy-run.ts";

/** The real cdk and wrangler. */
const RUN_MAX_MS = 180_000;

const done = v.pipe(v.string(), v.parseJson(), v.object({ event: v.literal("done"), exportedTo: v.string() }));

async function finished(run: DeployRun): Promise<DeployRun> {
  const end = await run.ended;
  expect(end, run.lines.slice(-8).join("\n")).toBe(0);
  return run;
}

describe("npm run destroy", () => {
  let clouds: Clouds;
  beforeAll(async () => {
    clouds = await Clouds.open("destroy-test");
    await finished(clouds.deploy([]));
  }, RUN_MAX_MS);
  afterAll(() => clouds?.close());

  it(
    "exports what was said, and leaves nothing of the deployment in either account; a second run finds nothing",
    async () => {
      const run = await finished(clouds.destroy([]));
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
      expect(clouds.cloudflare.state.scripts["destroy-test"]).toBeUndefined();
      expect(Object.keys(clouds.account.state.accessKeys)).toEqual([]);
      expect(Object.keys(clouds.account.state.runtimes)).toEqual([]);
      expect(Object.keys(clouds.account.state.secrets)).toEqual([]);
      const { exportedTo } = v.parse(done, run.lines.at(-1));
      const names = readdirSync(exportedTo, { recursive: true }).map(String);
      const transcript = names.find((name) => name.startsWith("transcripts/")) ?? "none";
      expect(readFileSync(join(exportedTo, transcript), "utf8")).toContain("test message of a deployment");
      const again = await finished(clouds.destroy([]));
      expect(stepsThat("step_done", again).filter((step) => step.endsWith("_gone"))).toEqual(["file_gone"]);
    },
    RUN_MAX_MS,
  );
});
