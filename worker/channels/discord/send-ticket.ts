/** Answers an interaction by its token: in the place of "thinking", or by a message that follows. */
import { TICKET_BOUNDS } from "../../../protocol/bounds.ts";
import type { Receipt, ReplyTicket } from "../../../protocol/outbound.ts";
import { isRefused } from "./outcome.ts";
import type { DiscordRest } from "./rest.ts";
import { type Method, type Route, route } from "./rest-route.ts";
import { mustAnswer } from "./rest-self.ts";
import { changeMessage, type Content, createMessage } from "./send-message.ts";

/**
 * Our first answer is on its way to Discord while this one may be ready already, and until it is there the token is not
 * known. A call is to be answered within 3 s ("Responding to an Interaction").
 */
const YOUNG_MS = 5_000;
const NOT_YET_PAUSES_MS = [250, 500, 1_000, 2_000];

/** When the interaction began. */
export function beganAt({ goodUntil }: ReplyTicket): number {
  return goodUntil - TICKET_BOUNDS.lifeMs;
}

/** From then on the answer is a message of its own, unless there is no other way. */
export function switchesAt(ticket: ReplyTicket): number {
  return beganAt(ticket) + TICKET_BOUNDS.switchMs;
}

/** The first answer to an interaction; for a press, the message with the button. */
export function originalRoute(rest: DiscordRest, { token }: ReplyTicket, method: Method): Route {
  const values = { application: rest.applicationId, token };
  return route(method, "/webhooks/{application}/{token}/messages/@original", values);
}

/** Puts `content` where "thinking" stands. Doing it twice changes nothing. Throws `ChannelError` only. */
export async function fillPlace(
  rest: DiscordRest,
  ticket: ReplyTicket,
  content: Content,
  now: number,
): Promise<Receipt> {
  return await onceKnown(ticket, now, () => changeMessage(rest, originalRoute(rest, ticket, "PATCH"), content));
}

/** Sends a message after the first answer. Nothing keeps Discord from taking it twice. Throws `ChannelError` only. */
export async function followUp(
  rest: DiscordRest,
  ticket: ReplyTicket,
  content: Content,
  { isEphemeral, now }: { readonly isEphemeral: boolean; readonly now: number },
): Promise<Receipt> {
  await mustAnswer(rest, originalRoute(rest, ticket, "GET"));
  const at = route("POST", "/webhooks/{application}/{token}", { application: rest.applicationId, token: ticket.token });
  return await onceKnown(ticket, now, () => createMessage(rest, at, content, { isEphemeral }));
}

/** Tries again, soon and a few times, what is refused because Discord does not know the token yet. */
async function onceKnown<T>(ticket: ReplyTicket, now: number, call: () => Promise<T>): Promise<T> {
  const pauses = now - beganAt(ticket) < YOUNG_MS ? NOT_YET_PAUSES_MS : [];
  for (const pauseMs of pauses) {
    try {
      return await call();
    } catch (error) {
      if (!isRefused(error, "ticket_over")) throw error;
    }
    await new Promise((wake) => setTimeout(wake, pauseMs));
  }
  return await call();
}
