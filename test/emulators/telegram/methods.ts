/** The Bot API's methods that agent-claw uses, by name. */
import { BOT_METHODS } from "./methods/bot.ts";
import { CHAT_METHODS } from "./methods/chat-info.ts";
import { EDIT_METHODS } from "./methods/edits.ts";
import { MEDIA_METHODS } from "./methods/media.ts";
import { MESSAGE_METHODS } from "./methods/messages.ts";
import type { Method } from "./world.ts";

export const METHODS: ReadonlyMap<string, Method> = new Map(
  Object.entries({ ...BOT_METHODS, ...MESSAGE_METHODS, ...MEDIA_METHODS, ...EDIT_METHODS, ...CHAT_METHODS }),
);
