/** Settings of mappings for services that many people have; what a mapping says itself counts over them. */
import type { HookMapping } from "../../protocol/hooks.ts";

const PRESETS = {
  /** The body of `gog gmail watch serve`: `messages`, each with `id`, `from`, `subject`, `snippet` and `body`. */
  gmail: {
    forEach: "messages",
    id: "{{item.id}}",
    message: "From: {{item.from}}\nSubject: {{item.subject}}\n\n{{item.snippet}}\n\n{{item.body}}",
    prompt: "A mail has come. Tell what it is about in one or two sentences, and what is to be done, if anything.",
  },
} as const satisfies Record<NonNullable<HookMapping["preset"]>, HookMapping>;

/** A mapping with what its preset says besides. */
export function withPreset(mapping: HookMapping): HookMapping {
  return mapping.preset === undefined ? mapping : { ...PRESETS[mapping.preset], ...mapping };
}
