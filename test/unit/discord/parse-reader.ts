/** Reads interactions and events as the Worker does, for tests: from JSON, in the world of `payloads.ts`. */
import type { Happening, Inbound } from "../../../protocol/inbound.ts";
import type { Intake } from "../../../worker/channels/channel.ts";
import type { DispatchReading, GatewayWorld } from "../../../worker/channels/discord/dispatch.ts";
import { parseInteraction, readDispatch } from "../../../worker/channels/discord/parse.ts";
import { decodeInteraction } from "../../../worker/channels/discord/update.ts";
import { event, RECEIVED_AT, SETTINGS, WORLD } from "./payloads.ts";

type Settings = Parameters<typeof readDispatch>[2];
/** What a test changes of how an event is read. */
export type Reading = { readonly world?: Partial<GatewayWorld>; readonly settings?: Partial<Settings> };

/** What an interaction asks for. Throws when it is malformed. */
export function called(json: unknown): Intake {
  const decoded = decodeInteraction(JSON.parse(JSON.stringify(json)), RECEIVED_AT);
  if (!decoded.ok) throw new Error(decoded.error);
  return parseInteraction(decoded.value);
}

/** What an event is read as. */
export function read(name: string, data: unknown, { world, settings }: Reading = {}): DispatchReading {
  const json: unknown = JSON.parse(JSON.stringify(data));
  return readDispatch(event(name, json), { ...WORLD, ...world }, { ...SETTINGS, ...settings });
}

/** The one message that a new message becomes. Throws when it becomes something else. */
export function inboundOf(message: object, reading: Reading = {}): Inbound {
  return onlyMessage(intakeOf(read("MESSAGE_CREATE", message, reading)));
}

/** The one message that a call becomes. */
export function inboundOfCall(json: object): Inbound {
  return onlyMessage(called(json));
}

/** The one happening that an event becomes. */
export function happeningOf(name: string, data: object, reading: Reading = {}): Happening {
  return onlyHappening(intakeOf(read(name, data, reading)));
}

/** The one happening that a call becomes. */
export function happeningOfCall(json: object): Happening {
  return onlyHappening(called(json));
}

/** Why an event is ignored; null when it is not. */
export function whyIgnored(name: string, data: unknown, reading: Reading = {}): string | null {
  const intake = intakeOf(read(name, data, reading));
  return intake.kind === "ignore" ? intake.why : null;
}

/** Whether a message in a guild is meant for us; null in a direct chat. */
export function isAddressed(message: object, reading: Reading = {}): boolean | null {
  const { chat } = inboundOf(message, reading);
  return chat.kind === "direct" ? null : chat.addressed;
}

/** What a reading asks for. Throws when it asks for something else first. */
export function intakeOf(reading: DispatchReading): Intake {
  if (reading.kind === "unknown_thread") throw new Error(JSON.stringify(reading));
  return reading.intake;
}

function onlyMessage(intake: Intake): Inbound {
  const [inbound, ...more] = intake.kind === "messages" ? intake.messages : [];
  if (!inbound || more.length > 0) throw new Error(JSON.stringify(intake));
  return inbound;
}

function onlyHappening(intake: Intake): Happening {
  const [happening, ...more] = intake.kind === "happenings" ? intake.happenings : [];
  if (!happening || more.length > 0) throw new Error(JSON.stringify(intake));
  return happening;
}
