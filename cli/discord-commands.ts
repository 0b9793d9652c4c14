/** What registering Discord's commands would change, in words. Pure. */
import * as v from "valibot";
import { printableLine } from "../local/terminal-text.ts";

const names = v.array(v.string());
export const commandChanges = v.object({ added: names, changed: names, removed: names });
export type CommandChanges = v.InferOutput<typeof commandChanges>;

export const commandsAnswer = v.object({ changes: commandChanges, wanted: v.array(v.unknown()) });

export function hasChanges({ added, changed, removed }: CommandChanges): boolean {
  return added.length + changed.length + removed.length > 0;
}

/** In a few words: `2 new, 1 changed`. */
export function changesText({ added, changed, removed }: CommandChanges): string {
  const counts = [
    [added.length, "new"],
    [changed.length, "changed"],
    [removed.length, "to be removed"],
  ] as const;
  return counts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(", ");
}

/** A line for each command that changes. */
export function changesLines({ added, changed, removed }: CommandChanges): readonly string[] {
  return [
    ...added.map((name) => `+ ${name}`),
    ...changed.map((name) => `~ ${name}`),
    ...removed.map((name) => `- ${name}`),
  ].map(printableLine);
}
