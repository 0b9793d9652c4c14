/** The people, guilds and files of the emulated Discord, and the form that they have on the wire. */
import { isoTime, type Json } from "./json.ts";

export type User = {
  readonly id: string;
  readonly username: string;
  readonly global_name: string | null;
  readonly discriminator: string;
  readonly public_flags: number;
  readonly avatar: null;
  readonly avatar_decoration_data: null;
  readonly clan: null;
  readonly collectibles: null;
  readonly display_name_styles: null;
  readonly primary_guild: null;
  readonly bot?: true;
};

export type UserParts = {
  readonly id: string;
  readonly username: string;
  readonly globalName?: string | null;
  readonly isBot?: boolean;
};

/** What somebody is in one guild. */
export type Member = { readonly nick: string | null; readonly roles: readonly string[]; readonly joinedAt: number };

export type Role = { readonly id: string; readonly name: string };

export type Guild = {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  readonly locale: string;
  readonly roles: Map<string, Role>;
  /** By the id of the user; the bot among them, if it is in. */
  readonly members: Map<string, Member>;
};

export function createUser({ id, username, globalName = null, isBot = false }: UserParts): User {
  return {
    avatar: null,
    avatar_decoration_data: null,
    ...(isBot && { bot: true as const }),
    clan: null,
    collectibles: null,
    discriminator: "0",
    display_name_styles: null,
    global_name: globalName,
    id,
    primary_guild: null,
    public_flags: 0,
    username,
  };
}

/** A member as messages carry it: without the user. */
export function memberToWire({ nick, roles, joinedAt }: Member): Json {
  return {
    avatar: null,
    banner: null,
    communication_disabled_until: null,
    deaf: false,
    flags: 0,
    joined_at: isoTime(joinedAt),
    mute: false,
    nick,
    pending: false,
    premium_since: null,
    roles,
  };
}
