/** Which models can be picked in a chat. Pure. */
import type { Behaviour } from "./access.ts";

/** Numbered from 1: the default, its fallbacks, and what the configuration offers besides. */
export function modelChoices({ model, fallbacks, choices }: Behaviour): readonly string[] {
  return [...new Set([...(model === null ? [] : [model]), ...fallbacks, ...choices])];
}
