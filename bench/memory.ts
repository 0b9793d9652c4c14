/** How much memory a process has. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const KIB = 1_024;
const BYTES_PER_MB = 1_000_000;

/** The resident set of a living process, in MB of a million bytes; shared pages count in full. Throws if it is gone. */
export function residentMb(pid: number): number {
  const kib = process.platform === "linux" ? fromProc(pid) : fromPs(pid);
  if (!(kib > 0)) throw new Error(`the memory of process ${pid} cannot be read`);
  return (kib * KIB) / BYTES_PER_MB;
}

function fromProc(pid: number): number {
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

function fromPs(pid: number): number {
  return Number(spawnSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }).stdout);
}
