/** The `data` of interactions that come from commands. */
import { type GivenFile } from "./files.ts";
import { type Json, objectsOf } from "./json.ts";
import type { Message } from "./message.ts";
import { contextOf, type Place } from "./place.ts";
import { wireOf } from "./posting.ts";
import type { World } from "./world.ts";

/** A file is sent as an attachment. */
export type OptionValue = string | number | boolean | GivenFile;

/** "Application Command Types" and "Application Command Option Type". */
const COMMAND_TYPE = { chatInput: 1, message: 3 } as const;
const OPTION_TYPE = { string: 3, integer: 4, boolean: 5, number: 10, attachment: 11 } as const;

/** Somebody uses a slash command with these options. Throws when it is not offered there. */
export function commandData(
  world: World,
  place: Place,
  name: string,
  options: Readonly<Record<string, OptionValue>>,
): Json {
  const command = offered(world, place, COMMAND_TYPE.chatInput, name);
  const attachments: Record<string, Json> = {};
  const listed = Object.entries(options).map(([option, value]): Json => {
    const type = typeOf(command, option, value);
    if (typeof value !== "object") return { name: option, type, value };
    const file = world.files.add(value);
    const { id, name: filename, bytes: size, mimeType } = file;
    const url = world.files.urlOf(place.id, file);
    attachments[id] = { id, filename, size, url, proxy_url: url, content_type: mimeType, ephemeral: true };
    return { name: option, type, value: id };
  });
  const missing = objectsOf(command["options"]).find(
    ({ name: option, required }) => required === true && !Object.hasOwn(options, String(option)),
  );
  if (missing) throw new Error(`/${name} wants ${String(missing["name"])}`);
  return {
    id: command["id"],
    name,
    type: COMMAND_TYPE.chatInput,
    ...(listed.length > 0 && { options: listed }),
    ...(Object.keys(attachments).length > 0 && { resolved: { attachments } }),
    ...guildOf(command),
  };
}

/** Somebody has typed so much into an option. */
export function suggestionData(world: World, place: Place, name: string, option: string, text: string): Json {
  const command = offered(world, place, COMMAND_TYPE.chatInput, name);
  const focused = { name: option, type: OPTION_TYPE.string, value: text, focused: true };
  return { id: command["id"], name, type: COMMAND_TYPE.chatInput, options: [focused], ...guildOf(command) };
}

/** Somebody uses a command of the menu of a message. */
export function targetData(world: World, place: Place, name: string, message: Message): Json {
  const command = offered(world, place, COMMAND_TYPE.message, name);
  const resolved = { messages: { [message.id]: wireOf(world, { ...message, nonce: null }) } };
  return { id: command["id"], name, type: COMMAND_TYPE.message, target_id: message.id, resolved, ...guildOf(command) };
}

/** A command that is offered there. As long as the bot has registered none, any can be used. */
function offered(world: World, place: Place, type: number, name: string): Json {
  const all = world.commands.offered(place.guildId);
  if (all.length === 0) return { id: world.ids.next(), name, type };
  const command = all.find((one) => one["name"] === name && (one["type"] ?? COMMAND_TYPE.chatInput) === type);
  if (!command) throw new Error(`no command ${name} is registered`);
  const { contexts } = command;
  if (Array.isArray(contexts) && !contexts.includes(contextOf(place))) {
    throw new Error(`command ${name} is not offered in channel ${place.id}`);
  }
  return command;
}

function typeOf(command: Json, option: string, value: OptionValue): number {
  const known = objectsOf(command["options"]).find(({ name }) => name === option);
  if (!known && command["version"] !== undefined) throw new Error(`the command has no option ${option}`);
  if (typeof known?.["type"] === "number") return known["type"];
  if (typeof value === "string") return OPTION_TYPE.string;
  if (typeof value === "boolean") return OPTION_TYPE.boolean;
  if (typeof value === "number") return Number.isInteger(value) ? OPTION_TYPE.integer : OPTION_TYPE.number;
  return OPTION_TYPE.attachment;
}

function guildOf({ guild_id: guildId }: Json): Json {
  return guildId === undefined ? {} : { guild_id: guildId };
}
