/** Everything that the emulated Telegram knows, as its methods and its people see it. */
import { Chats } from "./chats.ts";
import { Commands } from "./commands.ts";
import { Files } from "./files.ts";
import type { Person } from "./message.ts";
import type { Uploads } from "./multipart.ts";
import { Presses } from "./presses.ts";
import type { Params } from "./request.ts";
import { Updates } from "./updates.ts";

export type WorldOptions = {
  readonly me: Person;
  readonly now: () => number;
  /** Whether the bot sees only what is meant for it in groups. */
  readonly privacyMode: boolean;
  /** Whether it knows the methods of Bot API 10.1. */
  readonly knowsRichMessages: boolean;
};

export type World = WorldOptions & {
  readonly chats: Chats;
  readonly updates: Updates;
  readonly files: Files;
  readonly presses: Presses;
  readonly commands: Commands;
};

/** A method of the Bot API: returns its `result` or throws an `ApiFailure`. */
export type Method = (params: Params, world: World, uploads: Uploads) => unknown;

export function createWorld(options: WorldOptions): World {
  const { now, me } = options;
  return {
    ...options,
    chats: new Chats(now, me.id),
    updates: new Updates(),
    files: new Files(now),
    presses: new Presses(now),
    commands: new Commands(),
  };
}
