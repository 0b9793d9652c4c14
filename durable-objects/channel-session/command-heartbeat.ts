/** `/heartbeat`: tells the owner how the heartbeat stands, asks for one now, and stops or starts it. */
import { assertNever } from "../../protocol/assert.ts";
import { HEARTBEAT_ORDERS, type HeartbeatOrder } from "../../protocol/heartbeat.ts";
import { heartbeatLines, orderText } from "../../protocol/heartbeat-text.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import { jobScheduler } from "../../worker/objects.ts";
import type { Errand } from "./command-errand.ts";
import type { Said } from "./command-said.ts";

export type HeartbeatRequest = HeartbeatOrder | "status" | "malformed";

/** Reads what follows the command. Pure. */
export function readHeartbeatRequest(rest: string): HeartbeatRequest {
  const word = rest.toLowerCase();
  if (word === "" || word === "status") return "status";
  return HEARTBEAT_ORDERS.find((order) => order === word) ?? "malformed";
}

/** Carries the command out. Throws if the scheduler cannot be asked; it can then be repeated. */
export async function answerHeartbeat(
  request: HeartbeatRequest,
  { session, language, now }: Pick<Errand, "session" | "language" | "now">,
): Promise<Said> {
  const { heartbeat: texts } = textsFor(language);
  const scheduler = jobScheduler(session.env, session.ref.agent, session.config());
  switch (request) {
    case "status":
      return { text: heartbeatLines(await scheduler.heartbeatStatus(), texts, { language, now }).join("\n") };
    case "now":
      return { text: orderText(await scheduler.beatNow(), texts) };
    case "on":
    case "off":
      await scheduler.pauseHeartbeat(request === "off");
      return { text: request === "off" ? texts.switchedOff : texts.switchedOn };
    case "malformed":
      return { text: texts.usage };
    default:
      return assertNever(request);
  }
}
