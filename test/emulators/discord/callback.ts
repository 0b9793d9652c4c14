/** The first answer to an interaction: what may answer what, and what people see of it. */
import { editAsBot } from "./bot-edit.ts";
import { type Body, composeNew, INTERACTION_FLAGS } from "./compose.ts";
import { formError, refusal } from "./failure.ts";
import { INTERACTION_TYPE, type InteractionType, type Ticket } from "./interactions.ts";
import { flagsOf, isObject, type Json, objectsOf } from "./json.ts";
import { pingsOf, rulesOf, WEBHOOK_MENTIONS } from "./mentions.ts";
import { type Message, MESSAGE_FLAGS, MESSAGE_TYPE, NO_PINGS } from "./message.ts";
import { addMessage } from "./posting.ts";
import type { World } from "./world.ts";

const CALLBACK = { pong: 1, message: 4, deferred: 5, deferredUpdate: 6, update: 7, choices: 8, modal: 9 } as const;

/** "Interaction Callback Type": which of them may answer which interaction. */
const ALLOWED: Readonly<Record<InteractionType, readonly number[]>> = {
  [INTERACTION_TYPE.ping]: [CALLBACK.pong],
  [INTERACTION_TYPE.command]: [CALLBACK.message, CALLBACK.deferred, CALLBACK.modal],
  [INTERACTION_TYPE.component]: [
    CALLBACK.message,
    CALLBACK.deferred,
    CALLBACK.deferredUpdate,
    CALLBACK.update,
    CALLBACK.modal,
  ],
  [INTERACTION_TYPE.autocomplete]: [CALLBACK.choices],
  [INTERACTION_TYPE.modal]: [CALLBACK.message, CALLBACK.deferred, CALLBACK.deferredUpdate, CALLBACK.update],
};
const OF_A_MESSAGE: readonly number[] = [CALLBACK.deferredUpdate, CALLBACK.update];
const CHOICES_MAX = 25;

/** Carries out a callback. Throws Discord's refusal; the interaction still waits then. */
export function acknowledge(world: World, ticket: Ticket, { json, uploads }: Body): void {
  const [problem] = world.checkBody("POST", "/interactions/{interaction_id}/{interaction_token}/callback", json);
  if (problem !== undefined) throw formError("", "BASE_TYPE_CHOICES", problem);
  const type = flagsOf(json["type"]);
  const isAllowed = ALLOWED[ticket.type].includes(type);
  if (!isAllowed || (OF_A_MESSAGE.includes(type) && ticket.messageId === null)) {
    throw formError("type", "INTERACTION_CALLBACK_TYPE_INVALID", `Type ${type} cannot answer type ${ticket.type}.`);
  }
  const body = { json: isObject(json["data"]) ? json["data"] : {}, uploads };
  carryOut(world, ticket, type, body);
  ticket.state = "acknowledged";
}

function carryOut(world: World, ticket: Ticket, type: number, body: Body): void {
  switch (type) {
    case CALLBACK.message:
      ticket.originalId = answer(world, ticket, body).id;
      return;
    case CALLBACK.deferred:
      ticket.originalId = holdPlace(world, ticket, body.json).id;
      ticket.holdsPlace = true;
      return;
    case CALLBACK.deferredUpdate:
      ticket.originalId = ticket.messageId;
      return;
    case CALLBACK.update: {
      ticket.originalId = editAsBot(world, pressed(world, ticket), body).id;
      return;
    }
    case CALLBACK.choices:
      ticket.choices = objectsOf(body.json["choices"]);
      if (ticket.choices.length > CHOICES_MAX) {
        throw formError("data/choices", "BASE_TYPE_MAX_LENGTH", `Must be ${CHOICES_MAX} or fewer in length.`);
      }
      return;
    case CALLBACK.modal:
      ticket.modal = body.json;
      return;
    default:
      return;
  }
}

/** A message of the bot that came by a token. */
export function answer(world: World, ticket: Ticket, body: Body): Message {
  const content = composeNew(body, world.files, INTERACTION_FLAGS);
  const isEphemeral = (content.flags & MESSAGE_FLAGS.ephemeral) !== 0;
  const pings = pingsOf(content.content, {
    allowed: rulesOf(body.json),
    byDefault: WEBHOOK_MENTIONS,
    replied: null,
    userOf: (id) => world.people.get(id) ?? null,
  });
  return addMessage(world, world.places.get(ticket.placeId), {
    ...content,
    ...fromTicket(world, ticket),
    pings,
    ephemeralFor: isEphemeral ? ticket.person.id : null,
  });
}

/** "Bot is thinking". */
function holdPlace(world: World, ticket: Ticket, data: Json): Message {
  const flags = flagsOf(data["flags"]);
  if ((flags & ~MESSAGE_FLAGS.ephemeral) !== 0 || Object.keys(data).some((key) => key !== "flags")) {
    throw formError("data", "INTERACTION_DEFERRED_DATA", "A deferred answer may only say that it is ephemeral.");
  }
  return addMessage(world, world.places.get(ticket.placeId), {
    ...fromTicket(world, ticket),
    pings: NO_PINGS,
    flags: flags | MESSAGE_FLAGS.loading,
    ephemeralFor: flags === 0 ? null : ticket.person.id,
  });
}

/** The message whose button was pressed. Throws when it is gone. */
function pressed(world: World, { placeId, messageId }: Ticket): Message {
  const message = world.places.message(world.places.get(placeId), messageId ?? undefined);
  if (!message) throw refusal("unknownMessage");
  return message;
}

/** What all messages have that answer an interaction. */
function fromTicket(world: World, ticket: Ticket): Pick<Message, "author" | "type" | "webhookId" | "interaction"> {
  const { id, type, person: user, command, owners } = ticket;
  const kind = command === null ? MESSAGE_TYPE.reply : MESSAGE_TYPE.command;
  return {
    author: world.me,
    type: kind,
    webhookId: world.applicationId,
    interaction: { id, type, user, command, owners },
  };
}
