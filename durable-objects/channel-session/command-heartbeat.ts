/** `/heartbeat`: tells the owner how the heartbeat stands, asks for one now, and stops or starts it. */
import { assertNever } from "../../protocol/assert.ts";
import { heartbeatLines, orderText } from "../../protocol/heartbeat-text.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import { jobScheduler } from "../../worker/objects.ts";
import type { Errand } from "./command-errand.ts";
import type { HeartbeatRequest } from "./command-heartbeat-request.ts";
import type { Said } from "./command-said.ts";

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
