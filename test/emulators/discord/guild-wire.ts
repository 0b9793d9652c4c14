/** A guild as the Gateway tells of it when a session begins. */
import { isoTime, type Json } from "./json.ts";
import { isThread, placeToWire } from "./place.ts";
import { type Guild, memberToWire } from "./wire.ts";
import type { World } from "./world.ts";

/** What GUILD_CREATE holds. */
export type GuildFields = Json & { readonly id: string };

export function guildToWire(world: World, { id, name, ownerId, locale, roles, members }: Guild): GuildFields {
  const places = world.places.of(id).filter((place) => world.places.isSeen(place));
  return {
    id,
    name,
    owner_id: ownerId,
    preferred_locale: locale,
    unavailable: false,
    large: false,
    joined_at: isoTime(members.get(world.me.id)?.joinedAt ?? world.now()),
    member_count: members.size,
    roles: [...roles.values()].map((role) => ({ ...role, color: 0, flags: 0, permissions: "0", position: 0 })),
    emojis: [],
    channels: places.filter((place) => !isThread(place)).map((place) => placeToWire(place)),
    threads: places.filter((place) => isThread(place) && !place.isArchived).map((place) => placeToWire(place)),
    members: [...members].map(([userId, member]) => ({ ...memberToWire(member), user: world.people.get(userId) })),
    presences: [],
    voice_states: [],
  };
}
