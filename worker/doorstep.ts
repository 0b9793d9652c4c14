/**
 * Keeps strangers from waking sessions. An object that is called is stored by the platform, even if it keeps nothing; so
 * where the directory says that nothing would be said or kept, it is not called. Who may speak is the session's to decide.
 */
import type { Arrival } from "../durable-objects/agent-directory/doorstep.ts";
import { ACCESS_BOUNDS } from "../protocol/bounds.ts";
import type { Happening, Inbound } from "../protocol/inbound.ts";
import { parseSessionKey, type SessionKey } from "../protocol/session-key.ts";
import { within } from "./agentcore/deadline.ts";
import type { Config } from "./config.ts";
import { errorFields, log } from "./log.ts";
import { agentDirectory } from "./objects.ts";

/** Sessions that this isolate has woken: they are stored already, so waking them again costs nothing. */
const woken = new Set<SessionKey>();
const WOKEN_MAX = 10_000;

/** Whether to hand something to its session. Without an answer of the directory: yes. Never rejects. */
export async function isWorthWaking(item: Inbound | Happening, env: Env, config: Config): Promise<boolean> {
  const { session } = item;
  const ref = parseSessionKey(session);
  if (!ref.ok || woken.has(session)) return true;
  // Only the session of a group knows that it was let in under the id that it had before; Discord's keep theirs.
  if (ref.value.chatKind !== "direct" && ref.value.channel !== "discord") return true;
  try {
    const asked = agentDirectory(env, ref.value.agent, config).isWorthWaking(session, arrivalOf(item));
    if (!(await within(ACCESS_BOUNDS.policyAnswerMs, asked, () => new Error("the directory does not answer"))))
      return false;
  } catch (error) {
    log("warn", "doorstep_unknown", { session, ...errorFields(error) });
    return true;
  }
  if (woken.size >= WOKEN_MAX) woken.clear();
  woken.add(session);
  return true;
}

function arrivalOf(item: Inbound | Happening): Arrival {
  if ("kind" in item) return item.kind === "membership" || item.kind === "moved" ? "change" : "happening";
  return item.command?.name === "link" && item.command.rest !== "" ? "link" : "message";
}
