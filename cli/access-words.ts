/** In what words people read who may speak with an assistant. Pure. */
import { ACCESS_BOUNDS } from "../protocol/bounds.ts";
import type { DmPolicy } from "../protocol/agent-config.ts";
import { printableLine } from "../local/terminal-text.ts";
import { type AccessSettings, directPolicies, type PersonAnswer } from "./access-answers.ts";
import { countText } from "./telegram-state.ts";

/** `Ada (telegram:42)`. The name is what they call themselves on a platform; of whom only the list knows there is none. */
export function whoText(name: string, peers: readonly string[]): string {
  const where = peers.join(", ");
  return printableLine(name === "" || peers.includes(name) ? where : `${name} (${where})`);
}

/** Who the owner is, or how somebody becomes it. */
export function ownerText(
  people: readonly PersonAnswer[],
  access: AccessSettings | null,
  channels: Readonly<Record<string, string>> = {},
): string {
  const owner = people.find(({ role }) => role === "owner");
  if (owner)
    return whoText(
      owner.name,
      owner.peers.map(({ peer }) => peer),
    );
  const bots = Object.entries(channels).filter(([name]) => name !== "web");
  if (bots.length > 0 && bots.every(([, state]) => state !== "on")) return BY_NO_BOT;
  return `nobody yet: ${access === null || hasPairing(access) ? BY_PAIRING : BY_LIST}`;
}

const BY_PAIRING = "write to the bot, and then: npm run claw -- pair approve <the code that it tells you>";
const BY_NO_BOT = "you, in the web chat (npm run chat); nobody else yet, for no bot is on";
const BY_LIST = `npm run claw -- config set access.allowFrom '["telegram:<your id>"]'`;

function hasPairing(access: AccessSettings): boolean {
  return directPolicies(access).some(({ policy }) => policy === "pairing");
}

/** `pairing`, or `pairing; telegram: open` where a channel has a policy of its own. */
export function directText(access: AccessSettings): string {
  const own = directPolicies(access).filter(({ policy }) => policy !== access.dmPolicy);
  return [access.dmPolicy, ...own.map(({ channel, policy }) => `${channel}: ${policy}`)].join("; ");
}

/** `allowlist, 2 groups let in`. */
export function groupsText({ groupPolicy, groupAllowFrom }: AccessSettings): string {
  if (groupPolicy !== "allowlist") return groupPolicy;
  return `allowlist, ${groupAllowFrom.length === 0 ? "none" : countText(groupAllowFrom.length, "group")} let in`;
}

/** How many wait to be let in. */
export function waitingText(count: number): string {
  if (count === 0) return "nobody";
  return `${count === 1 ? "1 person waits" : `${count} people wait`} to be let in; see npm run claw -- pair`;
}

const FOR_STRANGERS: Readonly<Record<DmPolicy, string>> = {
  pairing: `Somebody new who writes gets a code, good for ${ACCESS_BOUNDS.pairingLifeMs / 60_000} minutes, and is listed here.`,
  allowlist: "Somebody new who writes gets no answer: only those on access.allowFrom are heard.",
  open: "Everybody who writes is answered, without a code.",
  disabled: "Nobody is answered in direct chats.",
};

/** What happens when somebody new writes in a direct chat, a line for each policy in force. */
export function strangersText(access: AccessSettings): readonly string[] {
  const channels = Map.groupBy(directPolicies(access), ({ policy }) => policy);
  return [...channels].map(([policy, own]) => {
    const where = channels.size === 1 ? "" : `On ${own.map(({ channel }) => channel).join(", ")}: `;
    return `${where}${FOR_STRANGERS[policy]}`;
  });
}
