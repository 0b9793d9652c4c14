/** Interactions, written from Discord's documentation: commands, presses, and what somebody types. */
import { ann, APP, CHANNEL, DIRECT, GUILD, member, MESSAGE, us } from "./payloads.ts";

export const CALL = "1500000000000000008";
export const TOKEN = "aW50ZXJhY3Rpb246MTUwMA_token-of.nobody";
/** "Application Command Option Type". */
const OPTION = { subcommand: 1, group: 2, text: 3, count: 4, file: 11 } as const;

/** The call of Ann in a channel of a guild; `fields` add to it or replace. */
function guildCall(type: number, data: object, fields: object): object {
  return {
    id: CALL,
    application_id: APP,
    type,
    token: TOKEN,
    version: 1,
    locale: "en-US",
    guild_locale: "en-US",
    context: 0,
    authorizing_integration_owners: { "0": GUILD },
    app_permissions: "2248473465835073",
    attachment_size_limit: 10_485_760,
    entitlements: [],
    guild_id: GUILD,
    channel_id: CHANNEL,
    channel: { id: CHANNEL, type: 0, name: "general", guild_id: GUILD, permissions: "0" },
    member: { ...member, permissions: "0", user: ann },
    data,
    ...fields,
  };
}

/** What makes a call one in Ann's direct chat with us. */
export const IN_DIRECT = {
  guild_id: undefined,
  guild_locale: undefined,
  member: undefined,
  user: ann,
  context: 1,
  authorizing_integration_owners: { "0": "0" },
  channel_id: DIRECT,
  channel: { id: DIRECT, type: 1 },
} as const;

/** What makes a call one in a private conversation where Ann has brought us along. */
export const IN_PRIVATE = {
  ...IN_DIRECT,
  context: 2,
  authorizing_integration_owners: { "1": ann.id },
  channel_id: "1300000000000000020",
  channel: { id: "1300000000000000020", type: 3, name: "friends" },
} as const;

/** What makes a call one in a guild that we were not added to. */
export const AS_GUEST = { authorizing_integration_owners: { "1": ann.id } } as const;

/** What makes a call one in a thread. */
export const IN_THREAD = {
  channel_id: "1300000000000000010",
  channel: { id: "1300000000000000010", type: 11, name: "a thread", parent_id: CHANNEL, guild_id: GUILD },
} as const;

/** Discord asks whether we are there. */
export function ping(fields: object = {}): object {
  return { id: CALL, application_id: APP, type: 1, token: TOKEN, version: 1, ...fields };
}

/** A command with these options, by name. */
export function command(name: string, options: Readonly<Record<string, string | number>> = {}, fields: object = {}) {
  const given = Object.entries(options).map(([option, value]) => ({
    name: option,
    type: typeof value === "number" ? OPTION.count : OPTION.text,
    value,
  }));
  return commandWith(name, given, fields);
}

/** A command with options as Discord gives them. */
export function commandWith(name: string, options: readonly object[], fields: object = {}, resolved?: object): object {
  return guildCall(2, { id: "1600000000000000001", name, type: 1, options, ...(resolved && { resolved }) }, fields);
}

/** A subcommand of a command. */
export function subcommand(name: string, options: readonly object[] = []): object {
  return { name, type: OPTION.subcommand, options };
}

/** A group of subcommands. */
export function subcommandGroup(name: string, options: readonly object[]): object {
  return { name, type: OPTION.group, options };
}

/** An option that is a text. */
export function textOption(name: string, value: string): object {
  return { name, type: OPTION.text, value };
}

export const FILE = {
  id: "1700000000000000001",
  filename: "notes.pdf",
  size: 1234,
  url: "https://cdn.discordapp.com/ephemeral-attachments/1/2/notes.pdf?ex=1&is=2&hm=3",
  proxy_url: "https://media.discordapp.net/ephemeral-attachments/1/2/notes.pdf",
  content_type: "application/pdf",
  ephemeral: true,
} as const;

/** `/ask` with a file, and a text if there is one. */
export function askWithFile(text: string | null, fields: object = {}, file: { readonly id: string } = FILE): object {
  const option = { name: "file", type: OPTION.file, value: file.id };
  const options = text === null ? [option] : [option, textOption("text", text)];
  return commandWith("ask", options, fields, { attachments: { [file.id]: file } });
}

/** "Ask about this", from the menu of a message. */
export function askAbout(target: object, fields: object = {}): object {
  const resolved = { messages: { [MESSAGE]: target } };
  return guildCall(
    2,
    { id: "1600000000000000002", name: "Ask about this", type: 3, target_id: MESSAGE, resolved },
    fields,
  );
}

/** A command from the menu of a person, which we never offer. */
export function aboutPerson(fields: object = {}): object {
  return guildCall(2, { id: "1600000000000000003", name: "Who is this", type: 2, target_id: ann.id }, fields);
}

/** `/model` while its name is typed. */
export function typing(typed: string, fields: object = {}, name = "model"): object {
  const options = [{ name: "name", type: OPTION.text, value: typed, focused: true }];
  return guildCall(4, { id: "1600000000000000004", name, type: 1, options }, fields);
}

/** A press of a button below one of our messages. */
export function press(fields: object = {}, message: object = {}): object {
  return guildCall(
    3,
    { component_type: 2, custom_id: "b-1", id: 2 },
    {
      message: { id: MESSAGE, type: 0, author: us, content: "Which one?", channel_id: CHANNEL, flags: 0, ...message },
      ...fields,
    },
  );
}

/** A choice of a menu, which we never show. */
export function selection(fields: object = {}): object {
  return guildCall(3, { component_type: 3, custom_id: "menu", values: ["a"] }, { message: { id: MESSAGE }, ...fields });
}

/** A form that was filled in, which we never show. */
export function form(fields: object = {}): object {
  return guildCall(5, { custom_id: "form", components: [] }, fields);
}
