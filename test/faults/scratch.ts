/** Folders of a run. They are gone when the process is, however it ends, but for `kill -9`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders = new Set<string>();
let isRegistered = false;

/** Makes one. */
export function makeScratch(): string {
  if (!isRegistered) process.on("exit", () => folders.forEach(remove));
  isRegistered = true;
  const folder = mkdtempSync(join(tmpdir(), "agent-claw-faults-"));
  folders.add(folder);
  return folder;
}

/** Removes one that is not needed any more. */
export function removeScratch(folder: string): void {
  folders.delete(folder);
  remove(folder);
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
