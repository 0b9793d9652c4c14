/** Opening places: the direct conversation with somebody, and threads. */
import { MESSAGE_FLAGS, MESSAGE_TYPE, NO_PINGS } from "./message.ts";
import { CHANNEL_TYPE, type Place, placeToWire } from "./place.ts";
import { addMessage, announceThread, changeMessage } from "./posting.ts";
import type { User } from "./wire.ts";
import type { World } from "./world.ts";

/** The bot's conversation with somebody: the same each time. */
export function openDirect(world: World, user: User): Place {
  const parts = { type: CHANNEL_TYPE.direct, recipients: [user] };
  return world.places.directWith(user.id) ?? world.places.add({ id: world.ids.next(), ...parts });
}

/** A public thread; with the id of the message that it begins at, if it does. */
export function openThread(world: World, parent: Place, messageId: string | null, name: string, owner: User): Place {
  const isAnnouncement = parent.type === CHANNEL_TYPE.announcement;
  const thread = world.places.add({
    id: messageId ?? world.ids.next(),
    type: isAnnouncement ? CHANNEL_TYPE.announcementThread : CHANNEL_TYPE.publicThread,
    ...(parent.guildId !== null && { guildId: parent.guildId }),
    parentId: parent.id,
    name,
    ownerId: owner.id,
  });
  announceThread(world, thread, placeToWire(thread));
  const first = world.places.message(parent, messageId ?? undefined);
  if (first) {
    changeMessage(world, { ...first, flags: first.flags | MESSAGE_FLAGS.hasThread });
    const reference = { channelId: parent.id, messageId: first.id };
    addMessage(world, thread, { type: MESSAGE_TYPE.threadStarter, author: owner, pings: NO_PINGS, reference });
  } else {
    const reference = { channelId: thread.id, messageId: thread.id };
    const said = { content: name, author: owner, pings: NO_PINGS, reference };
    addMessage(world, parent, { type: MESSAGE_TYPE.threadCreated, ...said });
  }
  return thread;
}
