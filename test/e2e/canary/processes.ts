/** The processes that an assistant has started, as any program of the same user sees them: environments and arguments. */
import { readdirSync, readFileSync } from "node:fs";

export type ProcessView = { readonly name: string; readonly environment: Buffer; readonly command: Buffer };

/** The process and all that it and its children started. What ends meanwhile is left out. */
export function processesOf(root: number): readonly ProcessView[] {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const parents = new Map(all.map((pid) => [Number(pid), parentOf(pid)]));
  const belongs = (pid: number): boolean => {
    if (pid === root) return true;
    const parent = parents.get(pid);
    return parent !== undefined && parent > 1 && belongs(parent);
  };
  return [...parents.keys()].filter(belongs).flatMap((pid) => viewOf(pid, root) ?? []);
}

function parentOf(pid: string): number {
  // The name in parentheses may hold anything; the parent is the second field after it.
  const fields = (readProc(pid, "stat")?.toString() ?? "").split(") ").at(-1)?.split(" ") ?? [];
  return Number(fields[1] ?? 0);
}

function viewOf(pid: number, root: number): ProcessView | null {
  const [environment, command] = [readProc(String(pid), "environ"), readProc(String(pid), "cmdline")];
  if (!environment || !command) return null;
  const words = command.toString();
  const name = pid === root ? "npm start" : words.includes("workerd") ? "workerd" : "an agent";
  return { name, environment, command };
}

function readProc(pid: string, file: string): Buffer | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`);
  } catch {
    return null;
  }
}
