/** A small client of the emulated Discord, which says what it is told to, and a world for it. */
import { type DiscordEmulator, type EmulatorOptions, type Person, startDiscordEmulator } from "../../../emulators/discord/index.ts";
import type { Json } from "../../../emulators/discord/json.ts";

export type Answered = { readonly status: number; readonly json: Json; readonly headers: Headers; readonly text: string };

export type Bot = {
  readonly discord: DiscordEmulator;
  readonly ann: Person;
  readonly guild: string;
  readonly channel: string;
  /** Calls by the bot's token, with a JSON body or a form. */
  readonly call: (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answered>;
  readonly close: () => Promise<void>;
};

/** An emulator with one person, one guild and one channel, and a bot there. */
export async function bot(options: EmulatorOptions = {}): Promise<Bot> {
  const discord = await startDiscordEmulator(options);
  const ann = discord.addPerson({ id: "7", username: "ann", globalName: "Ann" });
  const guild = discord.addGuild({ members: [ann] });
  const channel = discord.addChannel(guild);
  return {
    discord,
    ann,
    guild,
    channel,
    call: async (method, path, body, headers = {}) => {
      const isForm = body instanceof FormData;
      const response = await fetch(discord.apiRoot + path, {
        method,
        headers: {
          authorization: `Bot ${discord.botToken}`,
          "user-agent": "DiscordBot (https://example.com, 1)",
          ...(body !== undefined && !isForm && { "content-type": "application/json" }),
          ...headers,
        },
        ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get("content-type") === "application/json";
      const json: Json = isJson ? JSON.parse(text) : {};
      return { status: response.status, json, headers: response.headers, text };
    },
    close: () => discord.close(),
  };
}
