/** What of a message others wrote, so that it must not steer the agent. Kept with the message in the transcript. Pure. */
import type { PromptMessage } from "../../../protocol/invocation.ts";
import { type Taint, TAINTS } from "../../../protocol/policy.ts";
import type { AttachmentContent } from "./attachments/content.ts";
import type { RunFacts } from "./task-facts.ts";

/**
 * The taints of a message; `contents` are what the model sees of its attachments, `run` what it stands for if nobody wrote
 * it.
 */
export function taintsOf(
  { forwarded, quoted, context = [] }: PromptMessage,
  contents: readonly AttachmentContent[],
  run?: Pick<RunFacts, "untrusted">,
): readonly Taint[] {
  return TAINTS.filter((taint) => {
    switch (taint) {
      case "forwarded":
        return forwarded !== undefined;
      case "quoted":
        return quoted !== undefined && quoted.isOwn !== true;
      case "document":
        return contents.some(({ kind }) => kind === "text");
      case "group_text":
        return context.some(({ kind }) => kind === "said");
      case "hook":
        return run?.untrusted !== undefined || context.some((item) => item.kind === "happened" && item.isUntrusted);
      default:
        return false;
    }
  });
}

/** The taints as a transcript keeps them. What another release wrote, or did not write, may hold anything. */
export function readTaints(kept: readonly string[] | undefined): readonly Taint[] {
  if (kept === undefined) return ["unknown"];
  return kept.map((name) => TAINTS.find((taint) => taint === name) ?? "unknown");
}
