/** Folders that are gone afterwards, also when the benchmark is broken off. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Scratch = Disposable & { readonly path: string };

const open = new Set<string>();
process.on("exit", () => open.forEach(remove));

/** Makes a folder; disposing removes it with everything in it. */
export function openScratch(): Scratch {
  const path = mkdtempSync(join(tmpdir(), "agent-claw-bench-"));
  open.add(path);
  return { path, [Symbol.dispose]: () => remove(path) };
}

function remove(path: string): void {
  open.delete(path);
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}
