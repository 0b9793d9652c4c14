import { describe, expect, test } from "vitest";
import { againOf } from "../../../cli/deploy/again.ts";
import { ToolError } from "../../../cli/deploy/child.ts";
import { newDeployment } from "../../../cli/deploy/deployment-file.ts";
import { type DeployEvent, textReport } from "../../../cli/deploy/events.ts";
import type { Facts } from "../../../cli/deploy/facts.ts";
import { runSteps } from "../../../cli/deploy/runner.ts";
import { readDeploySettings } from "../../../cli/deploy/settings.ts";
import type { Step } from "../../../cli/deploy/step.ts";

const facts: Facts = {
  root: "/",
  stateDir: "/",
  settings: readDeploySettings({}).settings,
  file: newDeployment(),
};

function surroundings(stop = new AbortController()) {
  const events: DeployEvent[] = [];
  const report = (event: DeployEvent) => void events.push(event);
  return { events, run: { report, now: () => 0, stop: stop.signal } };
}

const step = (id: Step["id"], run: Step["run"], look?: Step["look"]): Step => ({
  id,
  title: id,
  run,
  ...(look && { look }),
});

describe("the steps", () => {
  test("come one after the other, and each knows what the ones before have learned", async () => {
    const { events, run } = surroundings();
    const end = await runSteps(
      [
        step("stack", async () => ({ release: "r-1" })),
        step("worker", async ({ facts: now }) => ({ key: { id: now.release ?? "", secret: null } })),
      ],
      facts,
      run,
    );
    expect(end).toMatchObject({ kind: "done", facts: { key: { id: "r-1" } } });
    expect(events.map(({ event }) => event)).toEqual(["step_started", "step_done", "step_started", "step_done"]);
  });

  test("one that is done already is skipped, and what it saw is known", async () => {
    const { events, run } = surroundings();
    const never = async () => await Promise.reject(new Error("was run"));
    const look = async () => ({ isDone: true, why: "it is there", learned: { release: "r-2" } }) as const;
    const end = await runSteps([step("stack", never, look)], facts, run);
    expect(end).toMatchObject({ kind: "done", facts: { release: "r-2" } });
    expect(events.at(-1)).toEqual({ event: "step_skipped", step: "stack", why: "it is there" });
  });

  test("a failure ends the run, says which step and what to do, and that it goes on from there", async () => {
    const { events, run } = surroundings();
    const failing = step("worker", async () => {
      throw new ToolError("wrangler deploy", ["Authentication error [code: 10000]"]);
    });
    const after = step("healthy", async () => await Promise.reject(new Error("was run")));
    expect(await runSteps([failing, after], facts, run)).toEqual({ kind: "failed" });
    const lines: string[] = [];
    const report = textReport((line) => lines.push(line), "npm run deploy");
    for (const event of events) report(event);
    expect(lines.join("\n")).toMatch(/FAILED at the step "worker"[^]*Edit Cloudflare Workers[^]*npm run deploy/);
  });

  test("a failure before anything is changed says so, and repeats the options that were given", async () => {
    const lines: string[] = [];
    const report = textReport((line) => lines.push(line), againOf("deploy", ["--dry-run", "--yes"]));
    report({ event: "step_failed", step: "settings", error: "e", advice: [] });
    expect(lines.at(-1)).toBe("  Nothing was changed. To try again: npm run deploy -- --dry-run --yes");
  });

  test("after a stop nothing more is begun, and a tool that was ended with us is no failure", async () => {
    const stop = new AbortController();
    const { events, run } = surroundings(stop);
    const stopping = step("stack", async () => {
      stop.abort();
      throw new ToolError("cdk deploy", []);
    });
    expect(await runSteps([stopping, stopping], facts, run)).toEqual({ kind: "stopped" });
    expect(events).toHaveLength(1);
  });
});
