/** `npm run deploy` killed at every step, and a newer release with the way back, against the clouds' emulators. */
import { isDeepStrictEqual } from "node:util";
import { KILLS, type KillTable, nameOf, runKillTable, STRAY_VERSIONS } from "../e2e/deploy/kill-table.ts";
import { isCycleGreen, type ReleaseCycle, runReleaseCycle } from "../e2e/deploy/release-cycle.ts";

export type DeployFaults = { readonly kills: KillTable; readonly cycle: ReleaseCycle };

export async function runDeployFaults(note: (line: string) => void): Promise<DeployFaults> {
  return { kills: await runKillTable(note), cycle: await runReleaseCycle(note) };
}

/** Whether every kill was hit, and the last run ended as if there had been none. */
export function isDeployGreen({ kills, cycle }: DeployFaults): boolean {
  const isSame = isDeepStrictEqual(kills.killed, kills.undisturbed);
  const isWhole = kills.end === 0 && kills.hit.length === KILLS.length;
  return isWhole && isSame && kills.workerVersions <= 1 + STRAY_VERSIONS && isCycleGreen(cycle);
}

export function deployText({ kills, cycle }: DeployFaults): string {
  const missed = KILLS.filter((kill) => !kills.hit.includes(kill)).map(nameOf);
  const isSame = isDeepStrictEqual(kills.killed, kills.undisturbed);
  const { first, upgraded, back, forward } = cycle;
  return [
    `killed at ${kills.hit.length} of ${KILLS.length} points; the last run ended with ${kills.end}`,
    ...missed.map((name) => `RED not hit: ${name}`),
    ...(kills.end === 0 ? [] : kills.said),
    isSame ? "its end state is that of an undisturbed deployment" : `RED end state: ${JSON.stringify(kills.killed)}`,
    ...(isSame ? [] : [`                         not: ${JSON.stringify(kills.undisturbed)}`]),
    `versions of the Worker: ${kills.workerVersions} (${STRAY_VERSIONS} more than 1 is allowed, for the kill in the upload)`,
    `releases: ${first.release} -> ${upgraded.release} -> back to ${back.release} -> ${forward.release}`,
    `agents that new sessions are led to: ${first.live} -> ${upgraded.live} -> ${back.live} (pinned to ${back.pinned || "none"}) -> ${forward.live} (pinned to ${forward.pinned || "none"})`,
    isCycleGreen(cycle) ? "the way forward and back is as it should be" : `RED ${JSON.stringify(cycle)}`,
  ].join("\n");
}
