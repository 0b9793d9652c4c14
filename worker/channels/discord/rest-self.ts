/** Who we are for Discord, and whether it answers at all. */
import * as v from "valibot";
import { ChannelError } from "../../../protocol/errors.ts";
import { Refusal } from "./outcome.ts";
import { type DiscordRest, QUICK_TIMEOUT_MS } from "./rest.ts";
import { type Route, route } from "./rest-route.ts";

const SELF = route("GET", "/users/@me");
const self = v.object({ id: v.string() });

const known = new WeakMap<DiscordRest, string>();

/** The bot's own id, asked for once per isolate. Throws `ChannelError` only. */
export async function ownId(rest: DiscordRest): Promise<string> {
  const existing = known.get(rest);
  if (existing !== undefined) return existing;
  const { id } = await rest.ask(self, SELF, { timeoutMs: QUICK_TIMEOUT_MS });
  known.set(rest, id);
  return id;
}

/**
 * Goes before a call that may be carried out without an answer. workerd does not tell a refused connection from one that
 * broke after the request was written; so while Discord has not answered lately, `harmless` goes first: if that one fails,
 * the other was never written (`channel_unreachable`), and nobody has to wonder whether it is shown. Throws `ChannelError`
 * only.
 */
export async function mustAnswer(rest: DiscordRest, harmless: Route = SELF): Promise<void> {
  if (rest.isReachable) return;
  try {
    await rest.call(harmless, { timeoutMs: QUICK_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof ChannelError) || error.code === "channel_rate_limited") throw error;
    if (error instanceof Refusal) return;
    const { channel, method } = error;
    throw new ChannelError("channel_unreachable", { channel, method }, "not tried: Discord does not answer");
  }
}
