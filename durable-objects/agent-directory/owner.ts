/** Who the assistant works for. Pure. */
import type { AgentConfig } from "../../protocol/agent-config.ts";
import { listedPeers, personOf, type Roster } from "./roster.ts";

/** Who the owner is before anybody is: the web chat's, and channels that are joined from there. */
const NOBODY_YET = "owner";

/**
 * The person of the first entry of `access.allowFrom`. Only if that list is empty: whoever was let in first while there
 * was no owner. Null: nobody yet, and only the web chat is the owner's.
 */
export function ownerOf(config: AgentConfig, roster: Roster): string | null {
  const [first] = listedPeers(config);
  if (first !== undefined) return personOf(first, roster);
  return [...roster.people].find(([, person]) => person.isFirst)?.[0] ?? null;
}

/** The person whom the web chat belongs to. */
export function webPersonId(config: AgentConfig, roster: Roster): string {
  return ownerOf(config, roster) ?? NOBODY_YET;
}
