/** Working copies that stay on disk between the turns of a space, so that the next turn reads nothing from S3. */
import type { Manifest } from "./manifest.ts";
import type { Tree } from "./path.ts";
import type { WorkingCopy } from "./working-copy.ts";

/** Spaces whose copies one process keeps. A process serves one conversation, so one is the rule. */
const WARM_MAX = 4;

/** A copy at rest and the heads that it was last brought to. */
export type WarmCopy = {
  readonly copy: WorkingCopy;
  readonly trees: Readonly<Record<Tree, { readonly head: string | null; readonly base: Manifest }>>;
};

const resting = new Map<string, WarmCopy>();

/** Takes the copy of a space out of rest; nobody else can have it until it is put back. */
export function takeWarmCopy(key: string): WarmCopy | undefined {
  const warm = resting.get(key);
  resting.delete(key);
  return warm;
}

/** Puts a copy to rest. A second one of the same space, or one too many, is removed from the disk. */
export async function restWarmCopy(key: string, warm: WarmCopy): Promise<void> {
  const surplus = [takeWarmCopy(key)];
  resting.set(key, warm);
  const [oldest] = resting.keys();
  if (resting.size > WARM_MAX && oldest !== undefined) surplus.push(takeWarmCopy(oldest));
  for (const copy of surplus) await copy?.copy.dispose();
}

/** Removes a resting copy from the disk. */
export async function dropWarmCopy(key: string): Promise<void> {
  await takeWarmCopy(key)?.copy.dispose();
}
