/** A deployment that is killed at every step and in the middle of some, each time run again, beside an undisturbed one. */
import { Clouds } from "./clouds.ts";
import type { DeployEvent } from "./deploy-run.ts";
import { type EndState, endState } from "./end-state.ts";

/** Where a run is killed: after a step has said that it is done, or when a cloud is asked for this. */
export type Kill = { readonly after: string } | { readonly asked: string };

/** In the order in which a deployment comes by; the first change set is the bootstrap's, the second one ours. */
export const KILLS: readonly Kill[] = [
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
  { after: "healthy" },
  { after: "telegram" },
];

export type KillTable = {
  /** Those that the run came by, and died of. */
  readonly hit: readonly Kill[];
  /** The exit code of the last run, which nobody killed, and its last lines. */
  readonly end: number | string;
  readonly said: readonly string[];
  readonly killed: EndState;
  readonly undisturbed: EndState;
  readonly workerVersions: number;
};

/** The upload that was killed had been taken by Cloudflare, so the next run made one more: a version that nothing is led to. */
export const STRAY_VERSIONS = 1;

/** What a kill is called in reports. */
export function nameOf(kill: Kill): string {
  return "after" in kill ? `after ${kill.after}` : `at ${kill.asked}`;
}

/** Runs it until it is killed at `kill`; resolves false if it came to its end before. */
export async function runInto(clouds: Clouds, kill: Kill): Promise<boolean> {
  const isAfter = ({ event, step }: DeployEvent) =>
    "after" in kill && (event === "step_done" || event === "step_skipped") && step === kill.after;
  const run = clouds.deploy(["--no-smoke"], { onEvent: (event, self) => isAfter(event) && self.kill() });
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

/** All of `KILLS`, one after the other; `note` is told of each. */
export async function runKillTable(note: (line: string) => void): Promise<KillTable> {
  const undisturbed = await Clouds.open("deploy-kills");
  const killed = await Clouds.open("deploy-kills");
  try {
    const first = await undisturbed.deploy(["--no-smoke"]).ended;
    if (first !== 0) throw new Error(`the undisturbed deployment ended with ${first}`);
    const hit: Kill[] = [];
    for (const kill of KILLS) {
      const isHit = await runInto(killed, kill);
      note(`${nameOf(kill)}: ${isHit ? "killed" : "NOT HIT"}`);
      if (isHit) hit.push(kill);
    }
    const last = killed.deploy();
    const end = await last.ended;
    return {
      hit,
      end,
      said: last.lines.slice(-5),
      killed: endState(killed),
      undisturbed: endState(undisturbed),
      workerVersions: killed.workerVersions,
    };
  } finally {
    await Promise.all([undisturbed.close(), killed.close()]);
  }
}
