/** The leave that an interaction gives to answer it. Pure. */
import { TICKET_BOUNDS } from "../../../protocol/bounds.ts";
import type { ReplyTicket } from "../../../protocol/outbound.ts";
import { isDirectCall } from "./place.ts";
import type { Call } from "./update.ts";

/** "Application Integration Types": installed to a guild. */
const IN_GUILD = "0";

/** The ticket of a call; `isPrivate`: only whoever called sees what is answered by it. */
export function ticketOf(
  call: Call,
  { holdsPlace, isPrivate }: { readonly holdsPlace: boolean; readonly isPrivate: boolean },
): ReplyTicket {
  return {
    token: call.token,
    // By our own clock, which also judges it; the moment that the call was under way is within the switch's reserve.
    goodUntil: call.receivedAt + TICKET_BOUNDS.lifeMs,
    holdsPlace,
    isBinding: isPrivate || !isInPlace(call),
    ...(!isPrivate && { isPublic: true }),
  };
}

/** Whether we can write there without being called: in our direct chats, and in guilds that we were added to. */
function isInPlace(call: Call): boolean {
  if (!call.guild_id) return isDirectCall(call);
  // Calls of before there were other ways to be there do not say it.
  const owners = call.authorizing_integration_owners;
  return !owners || typeof owners[IN_GUILD] === "string";
}
