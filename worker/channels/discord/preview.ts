/** Shows a growing answer: where "thinking" stands, or in a message of ours; else only that we are typing. */
import { ChannelError } from "../../../protocol/errors.ts";
import type { ReplyAddress, ReplyTicket } from "../../../protocol/outbound.ts";
import { showsNothing } from "../../../protocol/visible-text.ts";
import type { Growing, PreviewHandle } from "../channel.ts";
import { splitMarkdown } from "../text/split.ts";
import { giveUpPlace } from "./give-up-place.ts";
import { LINES_MAX } from "./limits.ts";
import { renderDiscord, TEXT_MAX } from "./render.ts";
import { type DiscordRest, QUICK_TIMEOUT_MS } from "./rest.ts";
import { type Route, route } from "./rest-route.ts";
import { whereItIs } from "./send-place.ts";
import { originalRoute, switchesAt } from "./send-ticket.ts";

/** The answer that comes at last finds room. */
const OPTIONAL = { isOptional: true, timeoutMs: QUICK_TIMEOUT_MS } as const;

/**
 * At most one call, never repeated here; none once there is nothing more to show. What a channel has no room for now is
 * left out, and can be shown later. Throws `ChannelError` only.
 */
export async function previewDiscord(
  rest: DiscordRest,
  to: ReplyAddress,
  growing: Growing,
  now: number,
): Promise<PreviewHandle> {
  try {
    return await preview(rest, to, growing, now);
  } catch (error) {
    const isFull = error instanceof ChannelError && error.code === "channel_rate_limited" && error.scope === "chat";
    if (!isFull) throw error;
    return growing.handle ?? { shownText: "" };
  }
}

async function preview(
  rest: DiscordRest,
  to: ReplyAddress,
  { text, handle }: Growing,
  now: number,
): Promise<PreviewHandle> {
  const { ticket } = to;
  const shown = { ...handle, shownText: text };
  if (ticket?.holdsPlace) await showInPlace(rest, ticket, text, now);
  else if (ticket?.isBinding) return shown; // we may not be where they are
  else if (showsNothing(text) || handle?.messageId === undefined) await type(rest, to);
  else await edit(rest, to, handle.messageId, text);
  return shown;
}

/** "Thinking" says that we are busy. When the answer cannot take its place any more, that is said there once. */
async function showInPlace(rest: DiscordRest, ticket: ReplyTicket, text: string, now: number): Promise<void> {
  if (now >= ticket.goodUntil) return;
  const at = originalRoute(rest, ticket, "PATCH");
  if (ticket.isBinding || now < switchesAt(ticket)) {
    if (!showsNothing(text)) await show(rest, at, renderDiscord(latest(text)));
    return;
  }
  await giveUpPlace(rest, ticket, now);
}

async function type(rest: DiscordRest, to: ReplyAddress): Promise<void> {
  await whereItIs(rest, to, (channel) => rest.call(route("POST", "/channels/{channel}/typing", { channel }), OPTIONAL));
}

async function edit(rest: DiscordRest, to: ReplyAddress, message: string, text: string): Promise<void> {
  const content = renderDiscord(latest(text));
  await whereItIs(rest, to, (channel) =>
    show(rest, route("PATCH", "/channels/{channel}/messages/{message}", { channel, message }), content),
  );
}

async function show(rest: DiscordRest, at: Route, content: string): Promise<void> {
  await rest.call(at, { ...OPTIONAL, json: { content, allowed_mentions: { parse: [] } } });
}

/** What of a long answer is shown while it grows: its end, which is where the reader is. */
function latest(text: string): string {
  if (text.length <= TEXT_MAX && text.split("\n").length <= LINES_MAX) return text;
  const halves = splitMarkdown(text, TEXT_MAX / 2 - 1, (LINES_MAX - 1) / 2);
  return halves.slice(-2).join("\n\n");
}
