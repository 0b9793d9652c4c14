/** Small signs on the platform that are no messages: "seen", "your press is known". Best effort, one try each. */
import type { Acknowledgement, ReplyAddress } from "../../protocol/outbound.ts";
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
      if (await pace.allows("sign", to)) await session.channel()?.acknowledge(to, sign);
      else log("info", "sign_left_out", { session: session.key, sign: sign.kind });
    } catch (error) {
      log("info", "sign_failed", { session: session.key, sign: sign.kind, ...errorFields(error) });
      pace.heed(error);
    }
  }
}
