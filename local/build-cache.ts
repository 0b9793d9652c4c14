/** Builds are kept by the content of their sources: made once, whole or not at all, and never changed afterwards. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { takeFileLock } from "./file-lock.ts";
import { hashSources } from "./sources-hash.ts";

export type Build = {
  /** Names the sources it was made from. */
  readonly hash: string;
  /** Absolute path of what was built. */
  readonly folder: string;
};

export type Recipe = {
  /** Absolute path of the repository. */
  readonly root: string;
  readonly name: string;
  /** Files and folders below `root` that the result depends on. */
  readonly sources: readonly string[];
  /** Fills the new folder `folder`. Runs alone: no other process builds in this repository meanwhile. */
  build(folder: string): Promise<void>;
};

/** Builds of sources that nobody has started for this long are removed. */
const KEEP_MS = 7 * 86_400_000;
/** Another process that builds is waited for this long. */
const WAIT_MS = 120_000;

/** Where builds are kept. */
export function buildCacheDir(root: string): string {
  return join(root, "node_modules", ".cache", "agent-claw");
}

/** The build of the present sources, made now if nobody has made it before. Throws what the recipe throws. */
export async function cachedBuild(recipe: Recipe): Promise<Build> {
  const cache = buildCacheDir(recipe.root);
  const hash = hashSources(recipe.root, recipe.sources);
  const folder = join(cache, `${recipe.name}-${hash}`);
  if (existsSync(folder)) return { hash, folder };
  mkdirSync(cache, { recursive: true });
  const lock = await takeFileLock(join(cache, `${recipe.name}.lock`), WAIT_MS);
  if (!lock) throw new Error(`another process has been building for ${WAIT_MS / 1_000} s (${cache})`);
  try {
    if (!existsSync(folder)) await build(recipe, cache, folder);
  } finally {
    lock.release();
  }
  return { hash, folder };
}

async function build(recipe: Recipe, cache: string, folder: string): Promise<void> {
  removeOld(cache, recipe.name);
  const temporary = join(cache, `${recipe.name}.tmp`);
  rmSync(temporary, { recursive: true, force: true });
  await recipe.build(temporary);
  renameSync(temporary, folder);
}

function removeOld(cache: string, name: string): void {
  for (const entry of readdirSync(cache).filter((other) => other.startsWith(`${name}-`))) {
    const path = join(cache, entry);
    if (Date.now() - statSync(path).mtimeMs > KEEP_MS) rmSync(path, { recursive: true, force: true });
  }
}
