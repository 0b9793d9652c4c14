/** Folders and processes of a run. They are gone when this process is, however it ends, but for `kill -9`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killProcess } from "../../local/process-guard.ts";

const folders = new Set<string>();
const processes = new Set<number>();
let isRegistered = false;

/** Makes a folder. */
export function makeScratch(): string {
  if (!isRegistered) process.on("exit", removeAll);
  isRegistered = true;
  const folder = mkdtempSync(join(tmpdir(), "agent-claw-faults-"));
  folders.add(folder);
  return folder;
}

/** Has a process ended with this one, before the folders go that it may write to. Its number is forgotten at its end. */
export function endWithUs(pid: number, ended: Promise<unknown>): void {
  processes.add(pid);
  void ended.then(() => processes.delete(pid));
}

/** Removes a folder that is not needed any more. */
export function removeScratch(folder: string): void {
  folders.delete(folder);
  remove(folder);
}

function removeAll(): void {
  for (const pid of processes) killProcess(pid);
  for (const folder of folders) remove(folder);
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
