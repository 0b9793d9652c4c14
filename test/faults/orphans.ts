/** Watches processes that their sessions have lost: they live on, and may change nothing any more. */
import type { WaitingPoint } from "../../fail-points/fail-point.ts";
import type { Held } from "./driver.ts";
import type { Rig } from "./rig.ts";
import { changedTables, readStores } from "./stores.ts";
import { gather } from "./strike.ts";
import { until } from "./until.ts";

/** A chat calls first for the turn that is orphaned, then for its resume. */
const RESUME = 2;

/**
 * Waits until each chat's orphan is held at the point. Until then no resume is called: it would overtake an orphan that is
 * slow, and its process would come to the point in the orphan's place and be held there.
 */
export async function gatherOrphans(rig: Rig, at: WaitingPoint, chats: readonly number[]): Promise<readonly Held[]> {
  const resumes: Held[] = [];
  const callOff = rig.driver.hold("run.calling", chats, (resume) => resumes.push(resume), RESUME);
  const orphans = await gather(rig, at, chats);
  callOff();
  for (const resume of resumes) resume.release({ kind: "go_on" });
  return orphans;
}

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
