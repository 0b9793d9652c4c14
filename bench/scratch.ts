/** A folder that is gone afterwards. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Scratch = AsyncDisposable & { readonly path: string };

/** Makes it; disposing removes it with everything in it. */
export async function openScratch(): Promise<Scratch> {
  const path = await mkdtemp(join(tmpdir(), "agent-claw-bench-"));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }),
  };
}
