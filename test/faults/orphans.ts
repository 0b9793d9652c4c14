/** Watches processes that their sessions have lost: they live on, and may change nothing any more. */
import type { Held } from "./driver.ts";
import type { Rig } from "./rig.ts";
import { changedTables, readStores } from "./stores.ts";
import { until } from "./until.ts";

/** Lets held orphans go on to their end, and says what of the stores they have changed. */
export async function watchOrphans(rig: Rig, orphans: readonly Held[]): Promise<readonly string[]> {
  const pids = new Set(orphans.map(({ pid }) => pid));
  const busy = () => [...rig.standIn.busyAgents.keys()];
  const isQuiet = await until(() => busy().every((pid) => pids.has(pid)));
  const before = readStores(rig.storesDir);
  for (const orphan of orphans) orphan.release({ kind: "go_on" });
  const isOver = await until(() => busy().every((pid) => !pids.has(pid)));
  const changed = changedTables(before, readStores(rig.storesDir));
  return [
    ...changed.map((table) => `an overtaken process changed ${table}`),
    ...(isQuiet && isOver ? [] : ["a turn did not end"]),
  ];
}
