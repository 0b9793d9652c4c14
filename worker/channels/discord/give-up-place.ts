/** Says where "thinking" stands, or an answer has begun to grow, that the answer comes as a message of its own. */
import type { ReplyTicket } from "../../../protocol/outbound.ts";
import { type DiscordRest, QUICK_TIMEOUT_MS } from "./rest.ts";
import { originalRoute } from "./send-ticket.ts";

/** In one language for all, since a preview knows none. */
const COMES_BELOW = "⏳ This takes longer: the answer will come as a message of its own.";
/** Tickets whose place shows what is to stay there, the last ones. */
const SETTLED_MAX = 1_000;

const settled = new WeakMap<DiscordRest, Set<string>>();

/** Says so once, unless the token is over or the place is settled. Throws `ChannelError` only; then it can be said again. */
export async function giveUpPlace(rest: DiscordRest, ticket: ReplyTicket, now: number): Promise<void> {
  if (now >= ticket.goodUntil || settled.get(rest)?.has(ticket.token)) return;
  const json = { content: COMES_BELOW, allowed_mentions: { parse: [] } };
  await rest.call(originalRoute(rest, ticket, "PATCH"), { json, timeoutMs: QUICK_TIMEOUT_MS });
  settlePlace(rest, ticket);
}

/** What is shown there now is to stay: the answer, or where it comes. */
export function settlePlace(rest: DiscordRest, { token }: ReplyTicket): void {
  const known = settled.get(rest) ?? new Set<string>();
  settled.set(rest, known);
  const [oldest] = known.size >= SETTLED_MAX ? known : [];
  if (oldest !== undefined) known.delete(oldest);
  known.add(token);
}
