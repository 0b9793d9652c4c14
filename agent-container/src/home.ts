/** The files of a space for one turn. For now a plain folder per space; the versioned workspace takes its place. */
import { mkdir, readdir, readFile as readText, stat, writeFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { spaceFolder, type SpaceId } from "../../protocol/space.ts";
import { Type, type AgentTool } from "./agent/tool.ts";
import type { Environment } from "./environment.ts";
import type { HomeRequest, TurnHome } from "./turn/ports.ts";

export const HOME_TOOLS = ["read", "write"] as const;

function root(space: SpaceId, environment: Environment): string {
  return join(environment.stateDir ?? environment.workDir, "files", spaceFolder(space));
}

function inside(folder: string, path: string): string {
  const full = normalize(join(folder, path));
  if (!full.startsWith(`${folder}/`)) throw new Error("the path leaves the workspace");
  return full;
}

export async function openHome({ request }: HomeRequest, environment: Environment): Promise<TurnHome> {
  const folder = root(request.space, environment);
  await mkdir(folder, { recursive: true });
  const readParameters = Type.Object({ path: Type.String() });
  const read: AgentTool<typeof readParameters> = {
    name: "read",
    description: "Reads a text file of the workspace.",
    parameters: readParameters,
    execute: async ({ path }) => ({ text: await readText(inside(folder, path), "utf8") }),
  };
  const writeParameters = Type.Object({ path: Type.String(), content: Type.String() });
  const write: AgentTool<typeof writeParameters> = {
    name: "write",
    description: "Writes a text file of the workspace, replacing it.",
    parameters: writeParameters,
    execute: async ({ path, content }) => {
      const file = inside(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      return { text: `wrote ${path}` };
    },
  };
  return {
    tools: [read, write],
    workspace: {
      list: () => files(folder),
      checkpoint: () => Promise.resolve(null),
      commit: () => Promise.resolve({ head: "folder", heartbeatHash: null }),
      close: () => Promise.resolve(),
    },
    systemPrompt: () => Promise.resolve("You are a personal assistant. Answer briefly and honestly."),
  };
}

async function files(folder: string): Promise<readonly { path: string; bytes: number }[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const found = await Promise.all(names.map(async (path) => ({ path, info: await stat(join(folder, path)) })));
  return found.filter(({ info }) => info.isFile()).map(({ path, info }) => ({ path, bytes: info.size }));
}

export function listFiles({ space }: { space: SpaceId }, environment: Environment) {
  return files(root(space, environment));
}

export function readFile(
  { space }: { space: SpaceId },
  path: string,
  environment: Environment,
): Promise<string | null> {
  return readText(inside(root(space, environment), path), "utf8").catch(() => null);
}
