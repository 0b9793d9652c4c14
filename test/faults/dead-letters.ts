/** Dead letters: the owner is told of each once, whatever breaks on the way, and a replay delivers them. */
import type { Written } from "./chats.ts";
import type { DeadLetterFault } from "./cell.ts";
import { isAnswered } from "./oracle.ts";
import { OWNER_CHAT, type Rig } from "./rig.ts";
import { deal, gather } from "./strike.ts";
import { until } from "./until.ts";

/** Every person blocks the bot. To be undone by `bringBack`. */
export function block(rig: Rig, chats: readonly number[]): void {
  for (const chat of chats) rig.telegram.block(chat);
}

/**
 * The owner's chat must be known before a bot may write there. `id` is of a message that nobody else writes. Returns
 * how many texts the chat holds then: what comes after them is about this cell.
 */
export async function greetOwner(rig: Rig, id: string): Promise<number> {
  const hello: Written = { chat: OWNER_CHAT, id };
  rig.say(hello);
  await until(() => isAnswered(hello, rig.shown));
  return rig.shown(OWNER_CHAT).length;
}

/** Strikes where the dead letters are told of; returns how many victims were there, and when. */
export async function strikeReport(
  rig: Rig,
  { at, blow }: DeadLetterFault,
  chats: readonly number[],
): Promise<{ readonly count: number; readonly at: number }> {
  const isOfOwner = at.startsWith("owner.");
  const held = await gather(rig, at, isOfOwner ? [OWNER_CHAT] : chats);
  const struckAt = Date.now();
  await deal(rig, blow, held);
  return { count: isOfOwner ? held.length * chats.length : held.length, at: struckAt };
}

/**
 * Waits until the owner was told of all, unblocks the bot, replays; returns what was told too often or never. `after`:
 * the texts in the owner's chat that are older.
 */
export async function bringBack(rig: Rig, chats: readonly number[], after: number): Promise<readonly string[]> {
  const told = (chat: number) => timesTold(rig.shown(OWNER_CHAT).slice(after), chat);
  const mentions = () => chats.map(told);
  await until(() => mentions().every((times) => times > 0));
  // The last notice may be on its way.
  await until(() => mentions().reduce((sum, times) => sum + times, 0) >= chats.length + 1, 3_000);
  const letters = await rig.deadLetters(chats);
  const problems = chats.flatMap((chat) => {
    const dead = letters.filter(({ session }) => session.endsWith(`:${chat}`)).length;
    return told(chat) === dead ? [] : [`the owner was told ${told(chat)} times of ${dead} in ${chat}`];
  });
  for (const chat of chats) rig.telegram.block(chat, false);
  for (const letter of letters) await rig.replay(letter);
  const isEmpty = await until(async () => (await rig.deadLetters(chats)).length === 0);
  return [...problems, ...(isEmpty ? [] : ["the index still holds dead letters"])];
}

/** How many answers to a chat these notices tell of. */
function timesTold(notices: readonly string[], chat: number): number {
  return notices
    .flatMap((text) => text.split("\n"))
    .filter((line) => new RegExp(`answer to ${chat} on`).test(line))
    .reduce((sum, line) => sum + Number(/, (?<times>\d+) times/.exec(line)?.groups?.["times"] ?? 1), 0);
}
