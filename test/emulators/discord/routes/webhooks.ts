/** What the token of an interaction allows: the first answer, its `@original`, and messages that follow. */
import { editAsBot } from "../bot-edit.ts";
import { acknowledge, answer } from "../callback.ts";
import { refusal } from "../failure.ts";
import type { Ticket } from "../interactions.ts";
import type { Message } from "../message.ts";
import { removeMessage, wireOf } from "../posting.ts";
import type { Call, Route } from "../route.ts";
import type { World } from "../world.ts";

const CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback";
const WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}";
const ORIGINAL = `${WEBHOOK}/messages/@original`;
const FOLLOW_UP = `${WEBHOOK}/messages/{message_id}`;
/** "Followup Messages": where the application is only in the account of the person. */
const FOLLOW_UPS_MAX = 5;

export const WEBHOOK_ROUTES: readonly Route[] = [
  {
    method: "POST",
    template: CALLBACK,
    isOpen: true,
    run: ({ params, query, body }, world) => {
      const ticket = world.interactions.waiting(params["interaction_id"], params["interaction_token"]);
      acknowledge(world, ticket, body);
      if (query.get("with_response") !== "true") return { status: 204 };
      const interaction = { id: ticket.id, type: ticket.type, response_message_id: ticket.originalId };
      return { status: 200, json: { interaction } };
    },
  },
  {
    method: "POST",
    template: WEBHOOK,
    isOpen: true,
    run: (call, world) => ({ status: 200, json: wireOf(world, followUp(call, world)) }),
  },
  ...[ORIGINAL, FOLLOW_UP].flatMap((template): Route[] => [
    {
      method: "GET",
      template,
      isOpen: true,
      run: (call, world) => ({ status: 200, json: wireOf(world, find(call, world).message) }),
    },
    {
      method: "PATCH",
      template,
      isOpen: true,
      run: (call, world) => {
        const { ticket, message } = find(call, world);
        return { status: 200, json: wireOf(world, edit(world, ticket, message, call)) };
      },
    },
    {
      method: "DELETE",
      template,
      isOpen: true,
      run: (call, world) => {
        removeMessage(world, find(call, world).message);
        return { status: 204 };
      },
    },
  ]),
];

function ticketOf({ params }: Call, world: World): Ticket {
  if (params["webhook_id"] !== world.applicationId) throw refusal("unknownWebhook");
  return world.interactions.named(params["webhook_token"], world.lateTokenCode);
}

/** A new message; right after a deferred answer it takes the place of the placeholder, and stays as secret as that. */
function followUp(call: Call, world: World): Message {
  const ticket = ticketOf(call, world);
  const original = originalOf(world, ticket);
  if (ticket.holdsPlace && original) {
    const { flags: _flags, ...json } = call.body.json;
    return edit(world, ticket, original, { ...call, body: { ...call.body, json } });
  }
  if (!ticket.isInstalledHere && ticket.followUps.length >= FOLLOW_UPS_MAX) throw refusal("tooManyFollowUps");
  const message = answer(world, ticket, call.body);
  ticket.followUps.push(message.id);
  return message;
}

function edit(world: World, ticket: Ticket, message: Message, { body }: Call): Message {
  const edited = editAsBot(world, message, body);
  if (message.id === ticket.originalId) ticket.holdsPlace = false;
  return edited;
}

/** `@original`, or one of the messages that followed. */
function find(call: Call, world: World): { readonly ticket: Ticket; readonly message: Message } {
  const ticket = ticketOf(call, world);
  const { message_id: id } = call.params;
  const isOwn = id === undefined || id === ticket.originalId || ticket.followUps.includes(id);
  const message = isOwn ? messageOf(world, ticket, id ?? ticket.originalId) : null;
  if (!message) throw refusal("unknownMessage");
  return { ticket, message };
}

function originalOf(world: World, ticket: Ticket): Message | null {
  return messageOf(world, ticket, ticket.originalId);
}

function messageOf(world: World, { placeId }: Ticket, id: string | null): Message | null {
  return world.places.message(world.places.get(placeId), id ?? undefined);
}
