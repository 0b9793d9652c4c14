/** Small signs on the platform that are no messages: "seen", "your press is known". Best effort, one try each. */
import type { Acknowledgement, ReplyAddress } from "../../protocol/outbound.ts";
import { OBJECT_BOUNDS } from "../bounds.ts";
import { errorFields, log } from "../../worker/log.ts";
import type { Pace } from "./pace.ts";
import type { SessionContext } from "./session-context.ts";

/** Gives the signs in order. Never rejects. */
export async function giveSigns(
  session: SessionContext,
  pace: Pace,
  to: ReplyAddress,
  signs: readonly Acknowledgement[],
): Promise<void> {
  for (const sign of signs) {
    try {
      if (await mayLeave(pace, to)) await session.channel()?.acknowledge(to, sign);
      else log("info", "sign_left_out", { session: session.key, sign: sign.kind });
    } catch (error) {
      log("info", "sign_failed", { session: session.key, sign: sign.kind, ...errorFields(error) });
      pace.heed(error);
    }
  }
}

/** A sign is worth a moment's wait: whoever pressed a button looks at it. */
async function mayLeave(pace: Pace, to: ReplyAddress): Promise<boolean> {
  for (let tries = 1; tries <= OBJECT_BOUNDS.signTriesMax; tries += 1) {
    const slot = await pace.slot("sign", to);
    if (slot.kind === "taken") return true;
    if (slot.inMs > OBJECT_BOUNDS.slotWaitInPlaceMs) return false;
    await new Promise((wake) => setTimeout(wake, slot.inMs));
  }
  return false;
}
