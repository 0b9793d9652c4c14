/** A newer release, the way back, and forward again, as an owner does them: three runs of the deploy command. */
import { isDeepStrictEqual } from "node:util";
import { PINNED_VERSION_PARAMETER } from "../../../protocol/deployment.ts";
import { liveVersion } from "../../emulators/cloudflare/state.ts";
import { Clouds } from "./clouds.ts";
import { NewerTree } from "./newer-tree.ts";

/** What runs, as the clouds show it. */
export type Running = {
  readonly release: string;
  /** Which of the Worker's versions takes the requests, and how many there are. */
  readonly worker: number;
  readonly workerVersions: number;
  /** Of the agent: how many there are, which one new sessions are led to, and which one the stack is pinned to. */
  readonly agents: number;
  readonly live: string;
  readonly pinned: string;
};

export type ReleaseCycle = {
  readonly first: Running;
  readonly upgraded: Running;
  readonly back: Running;
  readonly forward: Running;
};

/** Each run sends its test message, so each release has answered. Throws if a run fails. */
export async function runReleaseCycle(note: (line: string) => void): Promise<ReleaseCycle> {
  const clouds = await Clouds.open("deploy-cycle");
  const newer = new NewerTree();
  const step = async (name: string, words: readonly string[], root?: string) => {
    const run = clouds.deploy(words, { ...(root !== undefined && { root }) });
    const end = await run.ended;
    if (end !== 0) throw new Error(`${name} ended with ${end}: ${run.lines.slice(-5).join("\n")}`);
    const now = runningIn(clouds);
    note(`${name}: ${JSON.stringify(now)}`);
    return now;
  };
  try {
    return {
      first: await step("first", []),
      upgraded: await step("upgraded", [], newer.folder),
      // From the newer tree: the way back needs no older code.
      back: await step("back", ["--rollback"], newer.folder),
      forward: await step("forward", [], newer.folder),
    };
  } finally {
    newer.remove();
    await clouds.close();
  }
}

/** Whether each run left what its release is, and nothing was made twice. */
export function isCycleGreen({ first, upgraded, back, forward }: ReleaseCycle): boolean {
  const isNewer = upgraded.release !== first.release && upgraded.worker > first.worker;
  const wanted: ReleaseCycle = {
    first: { ...first, agents: 1, live: "1", pinned: "" },
    upgraded: { ...upgraded, agents: 2, live: "2", pinned: "" },
    back: { ...upgraded, release: first.release, worker: first.worker, live: "1", pinned: "1" },
    forward: { ...forward, release: upgraded.release, agents: 2, live: "2", pinned: "" },
  };
  return isNewer && isDeepStrictEqual({ first, upgraded, back, forward }, wanted);
}

function runningIn({ account, cloudflare, name }: Clouds): Running {
  const script = cloudflare.state.scripts[name];
  const [runtime] = Object.values(account.state.runtimes);
  const stack = Object.values(account.state.stacks).find((each) => each.name === name);
  if (!script || !runtime || !stack) throw new Error("there is no deployment");
  const { bindings, number } = liveVersion(script);
  return {
    release: bindings.find((binding) => binding.name === "RELEASE_ID")?.text ?? "none",
    worker: number,
    workerVersions: script.versions.length,
    agents: runtime.versions.length,
    live: runtime.endpoints["live"] ?? "none",
    pinned: stack.parameters[PINNED_VERSION_PARAMETER] ?? "",
  };
}
