/** A checked interaction, or an event of the Gateway, becomes messages or a happening, or the reason why not. Pure. */
import { assertNever } from "../../../protocol/assert.ts";
import type { Intake } from "../channel.ts";
import type { Dispatch, DispatchReading, GatewayWorld } from "./dispatch.ts";
import { readCommand, readTyping } from "./parse-command.ts";
import { type HappeningReading, readEdit, readJoin, readReaction } from "./parse-happening.ts";
import { type MessageReading, type Reader, readMessage } from "./parse-message.ts";
import { readPress } from "./parse-press.ts";
import { PONG, toldBody } from "./respond.ts";
import type { DiscordSettings } from "./settings.ts";
import { decodeEdit, decodeMessage, decodeReaction } from "./update-dispatch.ts";
import { applicationOf, decodeInteraction, type DiscordUpdate } from "./update.ts";

/** "Message Types": the notice that somebody came. */
const USER_JOIN = 7;

/** What a verified interaction asks for. Each has an answer for the screen, so that nobody waits for nothing. */
export function parseInteraction(update: DiscordUpdate): Intake {
  switch (update.kind) {
    case "ping":
      return { kind: "reply", body: PONG };
    case "command":
      return readCommand(update.call, update.command);
    case "autocomplete":
      return readTyping(update.call, update.command);
    case "press":
      return readPress(update.call, update.buttonId, update.message);
    case "other":
      return {
        kind: "ignore",
        why: `${update.name} is not handled`,
        body: toldBody("unknown", update.call.locale),
      };
    default:
      return assertNever(update);
  }
}

/**
 * What an event of the Gateway asks for. It must be told with the same `receivedAt` when it is read again: reactions have
 * no other name.
 */
export function readDispatch(
  dispatch: Dispatch,
  world: GatewayWorld,
  settings: Pick<DiscordSettings, "applicationId" | "replyIn">,
): DispatchReading {
  const reader: Reader = { world, settings };
  const { name, data, receivedAt } = dispatch;
  switch (name) {
    case "MESSAGE_CREATE":
      return readNew(data, reader);
    case "MESSAGE_UPDATE": {
      const edit = decodeEdit(data);
      return edit.ok ? heard(readEdit(edit.value, reader)) : ignored(edit.error);
    }
    case "MESSAGE_REACTION_ADD":
    case "MESSAGE_REACTION_REMOVE": {
      const reaction = decodeReaction(data);
      const how = name === "MESSAGE_REACTION_ADD" ? "added" : "removed";
      return reaction.ok ? heard(readReaction(reaction.value, how, receivedAt, reader)) : ignored(reaction.error);
    }
    case "INTERACTION_CREATE":
      return readCall(dispatch, settings.applicationId);
    default:
      return ignored("an event that is not handled");
  }
}

/** Notices come as messages too. */
function readNew(data: unknown, reader: Reader): DispatchReading {
  const message = decodeMessage(data);
  if (!message.ok) return ignored(message.error);
  if (message.value.type === USER_JOIN) return heard(readJoin(message.value, reader));
  return said(readMessage(message.value, reader));
}

function readCall({ data, receivedAt }: Dispatch, applicationId: string): DispatchReading {
  const update = decodeInteraction(data, receivedAt);
  if (!update.ok) return ignored(update.error);
  if (update.value.kind === "ping" || applicationOf(update.value) !== applicationId) return ignored("not a call of us");
  const { id, token } = update.value.call;
  return { kind: "interaction", id, token, intake: parseInteraction(update.value) };
}

function said(reading: MessageReading): DispatchReading {
  switch (reading.kind) {
    case "read":
      return { kind: "intake", intake: { kind: "messages", messages: [reading.inbound] } };
    case "ignored":
      return ignored(reading.why);
    case "unknown_thread":
      return reading;
    default:
      return assertNever(reading);
  }
}

function heard(reading: HappeningReading): DispatchReading {
  switch (reading.kind) {
    case "read":
      return { kind: "intake", intake: { kind: "happenings", happenings: [reading.happening] } };
    case "ignored":
      return ignored(reading.why);
    case "unknown_thread":
      return reading;
    default:
      return assertNever(reading);
  }
}

function ignored(why: string): DispatchReading {
  return { kind: "intake", intake: { kind: "ignore", why } };
}
