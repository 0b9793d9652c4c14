import { expect, it } from "vitest";
import { Clouds } from "./deploy/clouds.ts";
import type { DeployEvent } from "./deploy/deploy-run.ts";
import { endState } from "./deploy/end-state.ts";

/** Some fifteen runs with real tools take minutes: `DEPLOY_KILLS=all npx vitest run --project e2e test/e2e/deploy-kills.test.ts` */
const RUN_MAX_MS = 900_000;

/** Where a run is killed: after a step has said that it is done, or when a cloud is asked for this. */
type Kill = { readonly after: string } | { readonly asked: string };

const KILLS: readonly Kill[] = [
  { after: "build" },
  { asked: "CreateChangeSet" },
  { asked: "ExecuteChangeSet" },
  { after: "bootstrap" },
  { asked: "ExecuteChangeSet" },
  { after: "stack" },
  { asked: "secretsmanager.PutSecretValue" },
  { after: "secret" },
  { asked: "CreateAccessKey" },
  { after: "relay_key" },
  { asked: "PUT /workers/scripts" },
  { after: "worker" },
  { after: "telegram" },
];

/** Runs it until it is killed at `kill`; resolves false if it came to its end before. */
async function runInto(clouds: Clouds, kill: Kill): Promise<boolean> {
  const isAfter = ({ event, step }: DeployEvent) =>
    "after" in kill && (event === "step_done" || event === "step_skipped") && step === kill.after;
  const run = clouds.deploy(["--no-smoke"], (event, self) => isAfter(event) && self.kill());
  const isAsked = (text: string) => "asked" in kill && text.includes(kill.asked);
  clouds.account.onRequest = ({ operation }) => void (isAsked(operation) && run.kill());
  clouds.cloudflare.onCall = ({ method, path }) => {
    if (isAsked(`${method} ${path.replace(/^\/accounts\/\w+/, "")}`)) run.kill();
  };
  const end = await run.ended;
  clouds.account.onRequest = () => {};
  clouds.cloudflare.onCall = () => {};
  return end === "SIGKILL";
}

it.skipIf(process.env["DEPLOY_KILLS"] !== "all")(
  "a deployment that is killed at every step, and in the middle of them, ends as an undisturbed one",
  async () => {
    const undisturbed = await Clouds.open("deploy-kills");
    const killed = await Clouds.open("deploy-kills");
    try {
      expect(await undisturbed.deploy(["--no-smoke"]).ended).toBe(0);
      const hits: boolean[] = [];
      for (const kill of KILLS) hits.push(await runInto(killed, kill));
      expect(hits.filter(Boolean).length).toBeGreaterThan(KILLS.length - 3);
      const last = killed.deploy();
      expect(await last.ended, last.lines.slice(-5).join("\n")).toBe(0);
      expect(endState(killed)).toEqual(endState(undisturbed));
    } finally {
      await Promise.all([undisturbed.close(), killed.close()]);
    }
  },
  RUN_MAX_MS,
);
