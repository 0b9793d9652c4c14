/** Changes messages of the world, and tells the Gateway what the bot may know of it. */
import type { EventName } from "./events.ts";
import type { Json } from "./json.ts";
import { type Content, emojiToWire, type Message, messageToWire, MESSAGE_FLAGS } from "./message.ts";
import { isThread, type Place } from "./place.ts";
import { memberToWire, type User } from "./wire.ts";
import type { World } from "./world.ts";

type New = Partial<Message> & Pick<Message, "author" | "pings">;

/** Puts a new message into a place. */
export function addMessage(world: World, place: Place, parts: New): Message {
  const message: Message = {
    id: world.ids.next(),
    channelId: place.id,
    type: 0,
    content: "",
    embeds: [],
    components: [],
    attachments: [],
    flags: 0,
    at: world.now(),
    editedAt: null,
    nonce: null,
    reference: null,
    interaction: null,
    webhookId: null,
    ephemeralFor: null,
    reactions: new Map(),
    mentions: parts.pings,
    ...parts,
  };
  world.places.put(place, message);
  if (message.author.id === world.me.id) place.typingUntil = 0;
  tell(world, place, message, "MESSAGE_CREATE", eventFields(world, place, message));
  return message;
}

/** Puts a message into the place of the one with its id. */
export function changeMessage(world: World, message: Message): Message {
  const place = world.places.get(message.channelId);
  world.places.put(place, message);
  tell(world, place, message, "MESSAGE_UPDATE", eventFields(world, place, { ...message, nonce: null }));
  return message;
}

/** The same as an edit of its author. */
export function editMessage(world: World, message: Message, change: Content & Pick<Message, "mentions">): Message {
  // What replaces a placeholder is no edit, and may call people; an edit calls nobody.
  const wasWaiting = (message.flags & MESSAGE_FLAGS.loading) !== 0;
  const fresh = wasWaiting ? { editedAt: null, pings: change.mentions } : { editedAt: world.now() };
  return changeMessage(world, { ...message, ...change, ...fresh });
}

export function removeMessage(world: World, message: Message): void {
  const place = world.places.get(message.channelId);
  world.places.remove(place, message.id);
  tell(world, place, message, "MESSAGE_DELETE", { id: message.id, channel_id: place.id, ...guildField(place) });
}

/** Adds or takes away somebody's reaction. */
export function react(world: World, message: Message, who: User, emoji: string, isOn: boolean): void {
  const place = world.places.get(message.channelId);
  const before = message.reactions.get(emoji) ?? new Set<string>();
  if (before.has(who.id) === isOn) return;
  const people = new Set([...before].filter((id) => id !== who.id));
  if (isOn) people.add(who.id);
  const reactions = new Map(message.reactions).set(emoji, people);
  if (people.size === 0) reactions.delete(emoji);
  world.places.put(place, { ...message, reactions });
  const common = { user_id: who.id, channel_id: place.id, message_id: message.id, ...guildField(place) };
  const what = { emoji: emojiToWire(emoji), burst: false, type: 0 };
  const added = isOn && { ...memberField(world, place, who, true), message_author_id: message.author.id };
  const name = isOn ? "MESSAGE_REACTION_ADD" : "MESSAGE_REACTION_REMOVE";
  tell(world, place, message, name, { ...common, ...what, ...added });
}

/** A message object as REST answers it now. */
export function wireOf(world: World, message: Message): Json {
  const { reference } = message;
  const place = world.places.find(message.channelId);
  const referredTo = reference && world.places.find(reference.channelId);
  return messageToWire(message, {
    urlOf: (channelId, file) => world.files.urlOf(channelId, file),
    botId: world.me.id,
    guildId: place?.guildId ?? null,
    referenced: reference && referredTo ? world.places.message(referredTo, reference.messageId) : null,
  });
}

/**
 * Tells the Gateway, where the bot is. What is for one person's eyes is told as if it were a direct message ("ID of the
 * guild the message was sent in - unless it is an ephemeral message").
 */
function tell(world: World, place: Place, { ephemeralFor }: Message, t: EventName, d: Json): void {
  if (!world.places.isSeen(place)) return;
  const { guild_id: guild, member: _member, ...direct } = d;
  if (ephemeralFor !== null) world.events.emit({ t, d: direct });
  else world.events.emit({ t, d, ...(typeof guild === "string" && { guildId: guild }) });
}

function eventFields(world: World, place: Place, message: Message): Json {
  const mentions = message.mentions.users.map((user) => ({ ...user, ...memberField(world, place, user, false) }));
  return {
    ...wireOf(world, message),
    mentions,
    channel_type: place.type,
    ...memberField(world, place, message.author, false),
    ...guildField(place),
  };
}

function guildField({ guildId }: Place): Json {
  return guildId === null ? {} : { guild_id: guildId };
}

function memberField(world: World, { guildId }: Place, user: User, isWhole: boolean): Json {
  const member = guildId === null ? undefined : world.guilds.get(guildId)?.members.get(user.id);
  return member ? { member: { ...memberToWire(member), ...(isWhole && { user }) } } : {};
}

/** Tells the Gateway of a new thread. */
export function announceThread(world: World, place: Place, fields: Json): void {
  if (!isThread(place) || place.guildId === null || !world.places.isSeen(place)) return;
  world.events.emit({ t: "THREAD_CREATE", d: { ...fields, newly_created: true }, guildId: place.guildId });
}
