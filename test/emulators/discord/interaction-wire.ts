/** An interaction object as Discord sends it. */
import { FILE_MAX_BYTES } from "./compose.ts";
import type { Ticket } from "./interactions.ts";
import type { Json } from "./json.ts";
import { contextOf, permissionsOf, type Place, placeToWire } from "./place.ts";
import { wireOf } from "./posting.ts";
import { memberToWire, type User } from "./wire.ts";
import type { World } from "./world.ts";

/** What an owner may do: everything. */
const PERSON_PERMISSIONS = "9007199254740991";
/** What messages do not tell of a member. */
const MORE_OF_A_MEMBER = { collectibles: null, display_name_styles: null, unusual_dm_activity_until: null } as const;
const LOCALE = "en-US";

/** For which installations an interaction in a place is: that of the guild, that of the person's account. */
export function ownersOf(world: World, place: Place, person: User): Json {
  if (!isInstalledHere(world, place)) return { "1": person.id };
  return { "0": place.guildId ?? "0" };
}

/** Whether the bot is in the place itself. */
export function isInstalledHere({ places }: World, place: Place): boolean {
  return place.guildId === null ? place.hasBot : places.isInGuild(place.guildId);
}

export function interactionToWire(world: World, ticket: Ticket, data: Json): Json {
  const place = world.places.get(ticket.placeId);
  const message = world.places.message(place, ticket.messageId ?? undefined);
  return {
    app_permissions: String(permissionsOf(place)),
    application_id: world.applicationId,
    attachment_size_limit: FILE_MAX_BYTES,
    authorizing_integration_owners: ticket.owners,
    channel: channelOf(place),
    channel_id: place.id,
    context: contextOf(place),
    data,
    entitlement_sku_ids: [],
    entitlements: [],
    ...whoAndWhere(world, place, ticket.person),
    id: ticket.id,
    locale: LOCALE,
    ...(message && { message: wireOf(world, { ...message, nonce: null }) }),
    token: ticket.token,
    type: ticket.type,
    version: 1,
  };
}

function channelOf(place: Place): Json {
  const permissions = place.guildId !== null && { permissions: PERSON_PERMISSIONS };
  return { ...placeToWire(place), ...permissions };
}

/** A member in a guild, a user elsewhere. */
function whoAndWhere(world: World, { guildId }: Place, person: User): Json {
  const guild = guildId === null ? undefined : world.guilds.get(guildId);
  if (!guild) return { user: person };
  const member = guild.members.get(person.id);
  if (!member) throw new Error(`${person.username} is not in guild ${guild.id}`);
  return {
    guild: { features: [], id: guild.id, locale: guild.locale },
    guild_id: guild.id,
    guild_locale: guild.locale,
    member: { ...memberToWire(member), ...MORE_OF_A_MEMBER, permissions: PERSON_PERMISSIONS, user: person },
  };
}
