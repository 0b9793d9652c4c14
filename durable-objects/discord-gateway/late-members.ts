/** Roles of those who wrote while there was no session: what REST tells of a message lacks them. */
import { type DiscordSettings, fetchMemberRoles } from "../../worker/channels/registry.ts";
import { GATEWAY_BOUNDS } from "./bounds.ts";

type Known = { readonly roles: readonly string[]; readonly goodUntil: number };

export class LateMembers {
  readonly #settings: () => DiscordSettings;
  /** Oldest first. Kept for a while, so that a page that is read again goes on where Discord wanted a pause. */
  readonly #known = new Map<string, Known>();

  constructor(settings: () => DiscordSettings) {
    this.#settings = settings;
  }

  /** None of somebody who has left. Throws `ChannelError`. */
  async rolesOf(guildId: string, userId: string): Promise<readonly string[]> {
    const key = `${guildId}.${userId}`;
    const known = this.#known.get(key);
    const now = Date.now();
    if (known && now < known.goodUntil) return known.roles;
    const roles = (await fetchMemberRoles(this.#settings(), guildId, userId)) ?? [];
    this.#known.delete(key);
    this.#known.set(key, { roles, goodUntil: now + GATEWAY_BOUNDS.lateRolesFreshMs });
    const [oldest] = this.#known.keys();
    if (this.#known.size > GATEWAY_BOUNDS.lateMembersMax && oldest !== undefined) this.#known.delete(oldest);
    return roles;
  }
}
