/** The Bot API's methods that agent-claw uses, by name. */
import * as bot from "./methods/bot.ts";
import * as chatInfo from "./methods/chat-info.ts";
import * as edits from "./methods/edits.ts";
import * as media from "./methods/media.ts";
import * as messages from "./methods/messages.ts";
import type { Method } from "./world.ts";

export const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>(
  Object.entries({ ...bot, ...messages, ...media, ...edits, ...chatInfo }),
);
