/** What a failed call to Discord means to the owner of the bot. Pure. */
import { assertNever } from "../protocol/assert.ts";
import type { ChannelError } from "../protocol/errors.ts";
import { TokenRefused } from "./channels/discord/outcome.ts";

export type Explained = {
  readonly status: number;
  readonly error: "discord_refused" | "discord_unavailable";
  readonly message: string;
};

/** The status and the words for it. */
export function explainDiscord(error: ChannelError): Explained {
  const { code, message, retryAfterMs = 0 } = error;
  if (error instanceof TokenRefused) return { status: 502, error: "discord_refused", message: WRONG_TOKEN };
  switch (code) {
    case "channel_refused":
      return { status: 502, error: "discord_refused", message: `Discord refuses it: ${message}${adviceOn(message)}` };
    case "channel_rate_limited": {
      const said = `Discord wants to be left alone for ${Math.ceil(retryAfterMs / 1000)} s`;
      return { status: 503, error: "discord_unavailable", message: said };
    }
    case "channel_unreachable":
      return { status: 503, error: "discord_unavailable", message: `Discord cannot be reached (${message})` };
    case "channel_outcome_unknown":
      return { status: 503, error: "discord_unavailable", message: `Discord did not answer (${message})` };
    default:
      return assertNever(code);
  }
}

const WRONG_TOKEN =
  "Discord does not take this DISCORD_BOT_TOKEN; Developer Portal, page Bot, Reset Token: set the new one";
const FAILED_TRIAL =
  "; it has tried that address, and what is there must be this assistant, reachable by everybody, with the " +
  "DISCORD_PUBLIC_KEY of the page General Information";

/** Discord names the field that it does not like. */
function adviceOn(message: string): string {
  return message.includes("interactions_endpoint_url") ? FAILED_TRIAL : "";
}
