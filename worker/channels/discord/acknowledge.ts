/** Tells Discord of what is no message: reactions, presses of buttons, choices. */
import { assertNever } from "../../../protocol/assert.ts";
import type { Acknowledgement, ReplyAddress, ReplyTicket } from "../../../protocol/outbound.ts";
import { showsNothing } from "../../../protocol/visible-text.ts";
import { chosenRow } from "./components.ts";
import { type DiscordRest, QUICK_TIMEOUT_MS } from "./rest.ts";
import { route } from "./rest-route.ts";
import { contentOf } from "./send-message.ts";
import { whereItIs } from "./send-place.ts";
import { followUp, originalRoute } from "./send-ticket.ts";

/** One try. Throws `ChannelError` only. */
export async function acknowledgeDiscord(
  rest: DiscordRest,
  to: ReplyAddress,
  what: Acknowledgement,
  now: number,
): Promise<void> {
  switch (what.kind) {
    case "seen":
      await react(rest, to, what.messageId, what.emoji);
      return;
    case "pressed":
      // The press itself is answered where it came in.
      if (to.ticket && !showsNothing(what.text ?? "")) await tell(rest, to.ticket, what.text ?? "", now);
      return;
    case "chosen":
      await showChoice(rest, to, what.messageId, what.label);
      return;
    default:
      assertNever(what);
  }
}

/** Who calls us has written no message that could be reacted to. */
async function react(rest: DiscordRest, to: ReplyAddress, message: string, emoji: string): Promise<void> {
  if (to.ticket || emoji.trim() === "") return;
  // The message that begins a thread is in the channel, and that of a forum in the thread.
  await whereItIs(rest, to, (channel) => {
    const values = { channel, message, emoji: emoji.trim() };
    const at = route("PUT", "/channels/{channel}/messages/{message}/reactions/{emoji}/@me", values);
    return rest.call(at, { timeoutMs: QUICK_TIMEOUT_MS });
  });
}

/** For the eyes of whoever pressed. */
async function tell(rest: DiscordRest, ticket: ReplyTicket, text: string, now: number): Promise<void> {
  await followUp(rest, ticket, contentOf({ markdown: text }), { isEphemeral: true, now });
}

/** One button that says which was pressed, and cannot be. */
async function showChoice(rest: DiscordRest, to: ReplyAddress, message: string, label: string): Promise<void> {
  const options = { json: { components: chosenRow(label) }, timeoutMs: QUICK_TIMEOUT_MS };
  const { ticket } = to;
  if (ticket?.isBinding) {
    await rest.call(originalRoute(rest, ticket, "PATCH"), options);
    return;
  }
  await whereItIs(rest, to, (channel) =>
    rest.call(route("PATCH", "/channels/{channel}/messages/{message}", { channel, message }), options),
  );
}
