/** Node by itself, which every agent process is at least: the yardstick of what starts one. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { residentMb } from "./memory.ts";

/** From spawn to exit of a Node that does nothing. */
export async function bareNodeMs(): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ["-e", ""], { stdio: "ignore", env: {} });
  await once(child, "exit");
  return performance.now() - startedAt;
}

/** The same for many of them, as many at a time as there are cores. */
export async function bareNodesMs(count: number): Promise<number> {
  const startedAt = performance.now();
  const starts = Array.from({ length: count }).values();
  const lines = Array.from({ length: availableParallelism() }, async () => {
    for (const _ of starts) await bareNodeMs();
  });
  await Promise.all(lines);
  return performance.now() - startedAt;
}

/** The memory of a Node that does nothing, in MB. */
export async function bareNodeMb(): Promise<number> {
  const script = "process.stdout.write('up'); process.stdin.resume()";
  const child = spawn(process.execPath, ["-e", script], { stdio: ["pipe", "pipe", "ignore"], env: {} });
  await once(child.stdout, "data");
  const mb = residentMb(child.pid ?? 0);
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
  return mb;
}
