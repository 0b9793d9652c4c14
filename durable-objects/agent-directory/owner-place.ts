/** Where the owner is told of something that went wrong elsewhere. */
import { isChannelId, isSessionKey, parseSessionKey, type SessionKey } from "../../protocol/session-key.ts";
import { WEB_SESSION, webhookChannel } from "../../worker/channels/registry.ts";
import type { Config } from "../../worker/config.ts";

/**
 * The owner's DM on the channel of `ALLOW_FROM`'s first entry. The web chat instead, when that DM itself is where it
 * went wrong, when its channel is not configured, and when they never wrote there: no bot may write first.
 */
export function ownerPlace(
  config: Config,
  wentWrong: SessionKey,
  isKnown: (session: SessionKey) => boolean,
): SessionKey {
  const dm = ownerDm(config, wentWrong);
  return dm !== null && dm !== wentWrong && isKnown(dm) ? dm : WEB_SESSION;
}

/** With the agent of `sibling`. */
function ownerDm(config: Config, sibling: SessionKey): SessionKey | null {
  const ref = parseSessionKey(sibling);
  const [channel = "", chatId = ""] = config.access.owner?.split(/:(.*)/s) ?? [];
  if (!ref.ok || !isChannelId(channel) || channel === "web" || !webhookChannel(channel, config)) return null;
  const key = `agent:${ref.value.agent}:${channel}:direct:${encodeURIComponent(chatId)}`;
  return isSessionKey(key) ? key : null;
}
