/** Which access keys of the relay may go, and why another stays. Pure: a key that somebody may use is never called a spare. */
import type { AccessKey } from "./account.ts";
import type { WorkerVersion } from "./cloudflare.ts";

/** A Worker that nobody writes to for so long may be taken for gone; its heartbeats alone ask AWS more often. */
export const UNUSED_MS = 7 * 86_400_000;

export type KeyFacts = {
  readonly key: AccessKey;
  /** By what IAM says, which is hours late at times; null: never. */
  readonly lastUsedAtMs: number | null;
};

export type KeyFate = { readonly id: string; readonly goes: boolean; readonly why: string };

export type FateParts = {
  readonly keys: readonly KeyFacts[];
  /** All versions that take requests now. */
  readonly live: readonly WorkerVersion[];
  /** Keys of this very Worker: of its earlier versions, or made here for it and never handed over. */
  readonly ours: ReadonlySet<string>;
  readonly now: number;
};

/** What becomes of each key. */
export function fatesOf({ keys, live, ours, now }: FateParts): readonly KeyFate[] {
  const inUse = new Set(live.map(keyIdOf));
  return keys.map(({ key, lastUsedAtMs }) => {
    const { id } = key;
    if (inUse.has(id)) return { id, goes: false, why: "the Worker uses it" };
    if (ours.has(id)) return { id, goes: true, why: "this Worker does not use it any more" };
    if (!key.isActive) return { id, goes: true, why: "it is inactive" };
    if (lastUsedAtMs === null) return { id, goes: true, why: "it was never used" };
    const day = new Date(lastUsedAtMs).toISOString().slice(0, 10);
    const goes = now - lastUsedAtMs > UNUSED_MS;
    return { id, goes, why: goes ? `it was last used on ${day}` : `something else has used it on ${day}` };
  });
}

/** The key that a version of the Worker has. */
export function keyIdOf({ plain }: WorkerVersion): string | undefined {
  return plain["AWS_ACCESS_KEY_ID"];
}
