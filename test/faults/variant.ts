/**
 * test/faults/ breaks the assistant at every step and looks at what arrives in the chats: `npm run test:faults`.
 *
 * This file: builds of the sources with small edits: fail points switched on, a safety switched off to see that the
 * suite notices, a bound made smaller.
 */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AgentBundle, buildAgent } from "../../local/agent-bundle.ts";
import { buildWorker, type WorkerBundle } from "../../local/worker-bundle.ts";

const ROOT = join(import.meta.dirname, "../..");
/** What the Worker and the agent are built from. */
const SOURCES = [
  "worker",
  "durable-objects",
  "agent-container",
  "protocol",
  "fail-points",
  "wrangler.toml",
  "tsconfig.base.json",
  "package.json",
  "package-lock.json",
] as const;

/** One replacement; `find` must stand in the file exactly once. */
export type Edit = { readonly file: string; readonly find: string; readonly replace: string };
export type Builds = { readonly worker: WorkerBundle; readonly agent: AgentBundle };

/** The Worker and the agent with `edits`; without any they are what `npm start` runs. Throws if an edit does not fit. */
export async function buildVariant(edits: readonly Edit[]): Promise<Builds> {
  if (edits.length === 0) return buildFrom(ROOT);
  const root = mkdtempSync(join(tmpdir(), "agent-claw-variant-"));
  try {
    for (const source of SOURCES) cpSync(join(ROOT, source), join(root, source), { recursive: true, filter: isSource });
    // What is built is kept beside the builds of the sources as they are, by content.
    symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
    for (const edit of edits) apply(root, edit);
    return await buildFrom(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

async function buildFrom(root: string): Promise<Builds> {
  const [worker, agent] = await Promise.all([buildWorker(root), buildAgent(root)]);
  return {
    worker: { ...worker, modulePath: realpathSync(worker.modulePath) },
    agent: { ...agent, entryPath: realpathSync(agent.entryPath) },
  };
}

function isSource(path: string): boolean {
  return !/\/(?:node_modules|dist)(?:\/|$)/.test(path.slice(ROOT.length));
}

function apply(root: string, { file, find, replace }: Edit): void {
  const path = join(root, file);
  const pieces = readFileSync(path, "utf8").split(find);
  if (pieces.length !== 2) throw new Error(`${file} holds ${pieces.length - 1} times: ${find}`);
  writeFileSync(path, pieces.join(replace));
}
