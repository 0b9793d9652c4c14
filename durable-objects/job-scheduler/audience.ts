/** Who reads what a run says. What others sent for a run must not carry the owner's files to anybody but the owner. */
import { assertNever } from "../../protocol/assert.ts";
import type { SessionKey } from "../../protocol/session-key.ts";
import type { RunPlan } from "./run-plan.ts";

/** Whether a run that others' words have set off speaks to others than the owner; then it gets no files. */
export async function isForOthers(
  { work, delivery }: RunPlan,
  isOwners: (chat: SessionKey) => Promise<boolean>,
): Promise<boolean> {
  if (work.kind !== "ask" || work.untrusted === undefined) return false;
  switch (delivery.mode) {
    case "none":
      return false;
    case "webhook":
      return true;
    case "announce":
      return delivery.to !== "owner" && !(await isOwners(delivery.to));
    default:
      return assertNever(delivery);
  }
}
