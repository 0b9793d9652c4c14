/** Sets up the emulated Discord: people, guilds with their roles and members, channels, and what the bot may do there. */
import type { GuildFields } from "./guild-wire.ts";
import { guildToWire } from "./guild-wire.ts";
import { Person } from "./person.ts";
import { CHANNEL_TYPE, type ChannelType, type Permission, PERMISSIONS, type Place } from "./place.ts";
import { createUser } from "./wire.ts";
import type { World } from "./world.ts";

export type PersonParts = {
  readonly id?: string;
  readonly username?: string;
  readonly globalName?: string;
  /** Another bot. */
  readonly isBot?: boolean;
};

export type GuildParts = {
  readonly id?: string;
  readonly name?: string;
  readonly members?: readonly Person[];
  /** False: the application is only in the accounts of people there. */
  readonly hasBot?: boolean;
};

export type ChannelParts = { readonly id?: string; readonly name?: string; readonly type?: ChannelType };

export class Scenery {
  readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  addPerson({ id = this.world.ids.next(), username, globalName, isBot = false }: PersonParts = {}): Person {
    const name = username ?? `person${id.slice(-4)}`;
    const user = createUser({ id, username: name, globalName: globalName ?? name, isBot });
    this.world.people.set(id, user);
    return new Person(this.world, user);
  }

  /** A guild; its first member owns it. Returns its id, which is that of the role @everyone too. */
  addGuild({ id = this.world.ids.next(), name = "A guild", members = [], hasBot = true }: GuildParts = {}): string {
    const everyone = { id, name: "@everyone" };
    const ownerId = members[0]?.id ?? this.world.me.id;
    const guild = { id, name, ownerId, locale: "en-US", roles: new Map([[id, everyone]]), members: new Map() };
    this.world.guilds.set(id, guild);
    for (const person of members) this.join(id, person.id);
    if (hasBot) this.join(id, this.world.me.id, [this.addRole(id, this.world.name)]);
    return id;
  }

  /** A role of a guild; returns its id. */
  addRole(guildId: string, name: string, id = this.world.ids.next()): string {
    this.#guild(guildId).roles.set(id, { id, name });
    return id;
  }

  /** Somebody comes into a guild, or has other roles there from now on. */
  join(guildId: string, userId: string, roles: readonly string[] = []): void {
    const { members } = this.#guild(guildId);
    const joinedAt = members.get(userId)?.joinedAt ?? this.world.now();
    members.set(userId, { nick: null, roles, joinedAt });
  }

  /** Somebody is no longer in a guild; the bot gets no events and no access then. */
  leave(guildId: string, userId: string): void {
    this.#guild(guildId).members.delete(userId);
  }

  /** A channel of a guild; returns its id. */
  addChannel(guildId: string, { id = this.world.ids.next(), name = "general", type = 0 }: ChannelParts = {}): string {
    this.#guild(guildId);
    return this.world.places.add({ id, type, guildId, name }).id;
  }

  /** A private conversation without the bot, where only its commands can be used; returns its id. */
  addPrivate(...people: readonly Person[]): string {
    const type = people.length > 2 ? CHANNEL_TYPE.groupDirect : CHANNEL_TYPE.direct;
    const recipients = people.map(({ user }) => user);
    return this.world.places.add({ id: this.world.ids.next(), type, recipients, hasBot: false }).id;
  }

  /** The bot may not do that in a channel, nor in its threads. */
  deny(channelId: string, ...permissions: readonly Permission[]): void {
    this.#changeDenied(channelId, (denied) => permissions.reduce((all, name) => all | PERMISSIONS[name], denied));
  }

  /** The bot may do that again. */
  allow(channelId: string, ...permissions: readonly Permission[]): void {
    this.#changeDenied(channelId, (denied) => permissions.reduce((all, name) => all & ~PERMISSIONS[name], denied));
  }

  /** A thread is closed; one that is locked is opened by nobody's message. */
  archive(threadId: string, isLocked = false): void {
    const thread = this.world.places.get(threadId);
    thread.isArchived = true;
    thread.isLocked = isLocked;
  }

  /** The channel is gone. */
  removeChannel(channelId: string): void {
    this.world.places.delete(channelId);
  }

  /** The guilds that the bot is in, as GUILD_CREATE holds them. */
  guilds(): readonly GuildFields[] {
    return [...this.world.guilds.values()]
      .filter(({ id }) => this.world.places.isInGuild(id))
      .map((guild) => guildToWire(this.world, guild));
  }

  #changeDenied(channelId: string, change: (denied: bigint) => bigint): void {
    const place = this.world.places.get(channelId);
    const isTouched = (other: Place) => other.id === channelId || other.parentId === channelId;
    for (const other of this.world.places.of(place.guildId ?? "").filter(isTouched))
      other.denied = change(other.denied);
  }

  #guild(id: string) {
    const guild = this.world.guilds.get(id);
    if (!guild) throw new Error(`no guild ${id}`);
    return guild;
  }
}
