/**
 * Discord: interactions in by webhook, messages in by the Gateway, answers out by REST. What is odd about the platform, and
 * what we do about it:
 *
 * - Interactions are signed with the application's key; Discord sends wrong signatures on purpose and forgets an endpoint that
 *   takes one. A signature says nothing of its age, so what was signed long ago is refused (`verify.ts`).
 * - An interaction must be answered within 3 s and is never sent again. The answer says that more follows; whoever is not
 *   heard is told so at once, since a placeholder that nobody fills is an error to Discord (`respond.ts`).
 * - Its token is good for 15 minutes and belongs to no rate limit of the bot's. An answer takes the placeholder's place, which
 *   can be repeated; what follows it is a message of the bot's, where it may write. The token is part of URLs, so no
 *   error carries one (`send.ts`, `send-ticket.ts`, `rest-route.ts`).
 * - What only one person sees can only be answered by the token. In servers that are the commands about settings.
 * - There is no webhook for messages. The Gateway's events become the same as interactions do, but lack what other events
 *   told before: parents of threads, our role in a server (`dispatch.ts`, `parse.ts`).
 * - Without a privileged intent messages have no text, but for direct ones and those that mention us.
 * - A message with a nonce is made once, for some minutes. After that we look into the channel before we send again, and
 *   send nothing where we may not look (`nonce.ts`, `history.ts`).
 * - Rate limits are learnt from answers, by route and place; refused calls count, and too many shut out a whole address, which
 *   Workers share with others. So a call that would be refused is not made, and a refused token stops everything
 *   (`buckets.ts`, `invalid-requests.ts`, `rest.ts`).
 * - 2,000 characters, and few lines that people read; no tables, so those are shown as code (`render.ts`, `limits.ts`).
 * - Whatever a text holds calls nobody: every message says `allowed_mentions` none (`send-message.ts`).
 * - A direct chat is named by its person here and by a channel there (`dm-channel.ts`). A thread has the id of the message
 *   that it begins with, so it can be named before it is opened (`send-place.ts`).
 * - Files come from signed addresses of a content network that expire, and never get our credentials (`download.ts`).
 */
import type { Channel } from "../channel.ts";
import { acknowledgeDiscord } from "./acknowledge.ts";
import { downloadDiscord } from "./download.ts";
import { DISCORD_LIMITS } from "./limits.ts";
import { parseInteraction } from "./parse.ts";
import { previewDiscord } from "./preview.ts";
import { discordRest } from "./rest.ts";
import { sendDiscord } from "./send.ts";
import type { DiscordSettings } from "./settings.ts";
import type { DiscordUpdate } from "./update.ts";
import { verifyDiscord } from "./verify.ts";

/** The Discord channel of one application. */
export function createDiscordChannel(settings: DiscordSettings): Channel<DiscordUpdate> {
  const rest = discordRest(settings);
  return {
    id: "discord",
    limits: DISCORD_LIMITS,
    verify: (request) => verifyDiscord(request, settings, Date.now()),
    parse: parseInteraction,
    send: (to, message) => sendDiscord(rest, to, message, Date.now()),
    download: (attachment) => downloadDiscord(rest, attachment),
    acknowledge: (to, what) => acknowledgeDiscord(rest, to, what, Date.now()),
    preview: (to, growing) => previewDiscord(rest, to, growing, Date.now()),
  };
}
