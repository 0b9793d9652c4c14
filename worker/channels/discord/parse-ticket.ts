/** The leave that an interaction gives to answer it. Pure. */
import { TICKET_BOUNDS } from "../../../protocol/bounds.ts";
import type { ReplyTicket } from "../../../protocol/outbound.ts";
import { isDirectCall, isThreadType } from "./place.ts";
import type { Call } from "./update.ts";

/** "Application Integration Types": installed to a guild. */
const IN_GUILD = "0";
/** "Permissions". */
const PERMISSION = { administrator: 1n << 3n, view: 1n << 10n, send: 1n << 11n, sendInThreads: 1n << 38n } as const;

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

/**
 * Whether we can write there without being called: in our direct chats, and in guilds that we were added to, where we
 * may. Commands are offered in all channels of a guild.
 */
function isInPlace(call: Call): boolean {
  if (!call.guild_id) return isDirectCall(call);
  // Calls of before there were other ways to be there do not say it.
  const owners = call.authorizing_integration_owners;
  return (!owners || typeof owners[IN_GUILD] === "string") && mayWrite(call);
}

/** Where it is not said we may, as in most places. */
function mayWrite({ app_permissions: told, channel }: Call): boolean {
  if (!told) return true;
  const bits = BigInt(told);
  if ((bits & PERMISSION.administrator) !== 0n) return true;
  const needed = PERMISSION.view | (isThreadType(channel?.type) ? PERMISSION.sendInThreads : PERMISSION.send);
  return (bits & needed) === needed;
}
