/** The agent's bundle. `npm run build:agent` makes it; what runs is a copy of its own, so a rebuild disturbs no turn. */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { cachedBuild } from "./build-cache.ts";
import { runBuildStep } from "./build-step.ts";

export type AgentBundle = {
  readonly hash: string;
  /** Absolute path of the program that AgentCore starts. */
  readonly entryPath: string;
};

const SOURCES = ["agent-container", "protocol", "fail-points", "package-lock.json"];

/** The bundle of the agent of the repository in `root`. Throws if it cannot be built. */
export async function buildAgent(root: string): Promise<AgentBundle> {
  const container = join(root, "agent-container");
  const { hash, folder } = await cachedBuild({
    root,
    name: "agent",
    sources: SOURCES,
    build: async (target) => {
      await runBuildStep({ what: "the agent", root, script: [join(container, "build.ts")], environment: {} });
      await cp(join(container, "dist"), target, { recursive: true });
    },
  });
  return { hash, entryPath: join(folder, "server.js") };
}
