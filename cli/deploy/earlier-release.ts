/** Finds the release before the one that runs, and says why there is no way back if there is none. Pure. */
import { err, ok, type Result } from "../../protocol/result.ts";
import type { AccessKey } from "./account.ts";
import type { WorkerVersion } from "./cloudflare.ts";
import { usableKey } from "./usable-key.ts";
import { RUNTIME_VERSION, SCHEMAS } from "./worker-settings.ts";

export type EarlierRelease = {
  readonly version: WorkerVersion;
  readonly release: string;
  /** Of the agent. */
  readonly runtimeVersion: string;
};

export type ReleaseParts = {
  readonly live: WorkerVersion;
  /** What may be gone back to, in any order. */
  readonly versions: readonly WorkerVersion[];
  readonly keys: readonly AccessKey[];
};

const NEWER_CODE = "bring the older code back instead: git checkout it, and npm run deploy";

/** The newest version of another release among those before the live one. */
export function findEarlierRelease({ live, versions, keys }: ReleaseParts): Result<EarlierRelease, string> {
  const liveRelease = live.plain["RELEASE_ID"];
  const [before] = versions
    .filter(
      ({ number, plain }) =>
        number < live.number && plain["RELEASE_ID"] !== undefined && plain["RELEASE_ID"] !== liveRelease,
    )
    .toSorted((a, b) => b.number - a.number);
  const release = before?.plain["RELEASE_ID"];
  if (before === undefined || release === undefined) {
    return err(`there is no release before ${liveRelease ?? "this one"} among the last ten versions of the Worker`);
  }
  if (before.plain[SCHEMAS] !== live.plain[SCHEMAS]) {
    return err(
      `${release} does not know the tables that ${liveRelease ?? "the running release"} has made (${before.plain[SCHEMAS] ?? "none"}; now ${live.plain[SCHEMAS] ?? "none"}): ` +
        "there is no way back but a fix",
    );
  }
  if (usableKey(before, keys) === null) return err(`${release} has a relay key that was replaced since; ${NEWER_CODE}`);
  const runtimeVersion = before.plain[RUNTIME_VERSION];
  if (runtimeVersion === undefined)
    return err(`${release} does not say which version of the agent it had; ${NEWER_CODE}`);
  return ok({ version: before, release, runtimeVersion });
}
