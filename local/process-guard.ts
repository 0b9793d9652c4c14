/**
 * Children that must not outlive us. Node cannot ask the kernel for that, so a shell waits for the end of a pipe that
 * only we hold open: it closes however we die, also by `kill -9`, and the shell kills the child.
 */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

export type ProcessGuard = { release(): void };

const WAIT_FOR_OUR_END = 'read -r _; kill -9 "$1"';
/** How long a killed process may take to leave, and how often that is looked at. */
const END_MAX_MS = 3_000;
const END_CHECK_MS = 5;

/** Kills process `pid` as soon as this process is gone. Release it when the child has ended. */
export function guardProcess(pid: number): ProcessGuard {
  const shell = spawn("/bin/sh", ["-c", WAIT_FOR_OUR_END, "agent-claw-guard", String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    // Its own process group: a signal to ours (Ctrl-C, kill -9 of the group) must not take the guard away first.
    detached: true,
    env: {},
  });
  shell.on("error", () => {}); // without a shell the next start ends the child (`endLeftover`)
  shell.stdin.on("error", () => {});
  shell.unref();
  return { release: () => void shell.kill("SIGKILL") };
}

/**
 * Ends the process `pid` of an earlier start if it still runs. It is taken for ours only if its command line names
 * `mark`, so a process id that was given to somebody else is left alone. Throws if it cannot be ended.
 */
export async function endLeftover(pid: number, mark: string): Promise<void> {
  if (!commandLine(pid).includes(mark)) return;
  killProcess(pid);
  for (const until = Date.now() + END_MAX_MS; commandLine(pid).includes(mark);) {
    if (Date.now() > until) throw new Error(`process ${pid} of an earlier start does not end; stop it and try again`);
    await pause(END_CHECK_MS);
  }
}

/** `kill -9`, for a process that may just have ended. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** Empty when there is no such process, or when it has ended and was not reaped yet. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    if (process.platform === "linux") return "";
    return spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" }).stdout ?? "";
  }
}
