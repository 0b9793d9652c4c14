/** The bot changes a message of its own, by its token or by that of an interaction. */
import { type Body, composeEdit } from "./compose.ts";
import { CHANNEL_MENTIONS, pingsOf, rulesOf, WEBHOOK_MENTIONS } from "./mentions.ts";
import type { Message } from "./message.ts";
import { editMessage } from "./posting.ts";
import type { World } from "./world.ts";

/** The message as it is then. Throws Discord's refusal. */
export function editAsBot(world: World, message: Message, body: Body): Message {
  const content = composeEdit(body, world.files, message);
  const mentions = pingsOf(content.content, {
    allowed: rulesOf(body.json),
    byDefault: message.webhookId === null ? CHANNEL_MENTIONS : WEBHOOK_MENTIONS,
    replied: null,
    userOf: (id) => world.people.get(id) ?? null,
  });
  return editMessage(world, message, { ...content, mentions });
}
