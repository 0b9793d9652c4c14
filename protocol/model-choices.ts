/** Which models can be picked in a chat. Pure. */
import type { Behaviour } from "./access.ts";

/** Numbered from 1: the default, its fallbacks, what has a short name, and what the configuration offers besides. */
export function modelChoices({ model, fallbacks, aliases, choices }: Behaviour): readonly string[] {
  return [...new Set([...(model === null ? [] : [model]), ...fallbacks, ...Object.values(aliases), ...choices])];
}

/** The short names of a model. */
export function aliasesOf(model: string, { aliases }: Pick<Behaviour, "aliases">): readonly string[] {
  return Object.keys(aliases).filter((alias) => aliases[alias] === model);
}

/** The model that a short name stands for, however its letters are written; null: none. */
export function modelOfAlias(name: string, { aliases }: Pick<Behaviour, "aliases">): string | null {
  const alias = Object.keys(aliases).find((known) => known.toLowerCase() === name.toLowerCase());
  return alias === undefined ? null : (aliases[alias] ?? null);
}
