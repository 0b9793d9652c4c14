/** Who writes what in one cell of the table, and where. */
import { discordChat, messageId, plannedChat, WEB_CHAT, type Written } from "./chats.ts";
import type { Cell } from "./cell.ts";
import { AT_HALF_LENGTH, AT_LEISURE, AT_LENGTH, SLOWLY, WITH_TOOL } from "./model.ts";
import { type Manner, OWNER_CHAT, type Rig } from "./rig.ts";

const FIRST_CHAT = 1_000;
const FIRST_NEW_CHAT = 5_000;
const CELLS_PER_CHAT = 6;
/** How old calls are by what they say. From 14 minutes on the answer is a message of its own; 15 are all they have. */
const AGES_MS = { old: 600_000, late: 842_000, switching: 836_000 } as const;
/** The ids of what is written by those who were not heard the first time. */
const AGAIN = 100_000;
const AGAIN_MAX = 3;

/** The messages, by what happens to them. */
export type Messages = {
  readonly once: readonly Written[];
  /** The platform sends it again while it is struck, and twice more. */
  readonly repeated: Written;
  /** The second arrives first. */
  readonly reordered: readonly [Written, Written] | null;
};

/** Three chats that no other cell of the round uses; one at the web socket. */
export function chatsOf(cell: Cell, round: number): readonly number[] {
  const first = FIRST_CHAT + round * 3;
  switch (cell.channel) {
    case "web":
      return [WEB_CHAT];
    case "telegram":
      return telegramChats(cell, round);
    // New ones for each cell: a platform lets a bot write only so much in a group.
    case "group":
      return threeFrom(first).map((chat) => -chat);
    case "discord":
      return askedFrom(first, cell);
    case "discord_away":
      return threeFrom(first).map((chat) => discordChat("asked_away", chat));
    case "discord_said":
      return threeFrom(first).map((chat, index) => discordChat(saidPlace(cell, index), chat));
    case "job":
      return threeFrom(first).map(plannedChat);
  }
}

/** Of two calls in a chat one would still grow while the tokens of both are refused: then there is only one in each. */
function askedFrom(first: number, { manner }: Cell): readonly number[] {
  const chats = threeFrom(first).map((chat, index) =>
    discordChat(index === 1 ? "asked_direct" : "asked_channel", chat),
  );
  return manner === "old" ? chats.slice(0, 2) : chats;
}

/** Threads are opened in the first only, unless the cell is about them. */
function saidPlace({ fault }: Cell, index: number) {
  if (fault.kind === "discord_call" && fault.call === "thread") return "said_thread";
  return (["said_thread", "said_direct", "said_channel"] as const)[index] ?? "said_channel";
}

/**
 * Chats are used again for some cells, so that sessions have a past, and their transcripts stay short. Credentials are
 * asked for by new chats only: the others have them.
 */
function telegramChats({ fault }: Cell, round: number): readonly number[] {
  const needsNew = fault.kind === "aws" && fault.operation === "assume_role";
  const first = needsNew ? FIRST_NEW_CHAT + round * 3 : FIRST_CHAT + Math.floor(round / CELLS_PER_CHAT) * 3;
  return threeFrom(first);
}

function threeFrom(first: number): readonly number[] {
  return [first, first + 1, first + 2];
}

export function messagesIn(chats: readonly number[], round: number): Messages {
  const message = (chat: number, index: number): Written => ({ chat, id: messageId(chat, round * 10 + index) });
  const [first = 0, second = first, third] = chats;
  return {
    // The owner's own chat is another session of the web's conversation: it waits for the same lane.
    once: first === WEB_CHAT ? [message(first, 1), message(OWNER_CHAT, 1)] : [message(first, 1)],
    repeated: message(second, 2),
    reordered: third === undefined ? null : [message(third, 3), message(third, 4)],
  };
}

export function allOf({ once, repeated, reordered }: Messages): readonly Written[] {
  return [...once, repeated, ...(reordered ?? [])];
}

/** Everybody writes. */
export function speak(rig: Rig, { once, repeated, reordered }: Messages, cell: Cell): void {
  const [words, manner] = [wordsOf(cell), mannerOf(cell)];
  if (cell.channel === "job") {
    for (const one of [...once, repeated, ...(reordered ?? [])]) rig.plan(one, words);
    return;
  }
  for (const one of [...once, repeated]) rig.say(one, words, manner);
  if (reordered) rig.sayReordered(...reordered, words, manner);
}

/** Whoever was shown that nobody responded asks once more, with a new id. Returns what was asked. */
export async function askAgain(rig: Rig, messages: readonly Written[], cell: Cell): Promise<readonly Written[]> {
  const all: Written[] = [];
  let unheard = await rig.discord.refused(messages);
  for (let times = 1; times <= AGAIN_MAX && unheard.length > 0; times += 1) {
    const again = unheard.map(({ chat, id }) => ({ chat, id: messageId(chat, AGAIN * times + indexOf(id)) }));
    for (const one of again) rig.say(one, wordsOf(cell), mannerOf(cell));
    all.push(...again);
    unheard = await rig.discord.refused(again);
  }
  return all;
}

function indexOf(id: string): number {
  return Number(/x(?<index>\d+)E$/.exec(id)?.groups?.["index"] ?? 0) % AGAIN;
}

/**
 * Every answer has two parts, and a file written before it. Where it grows in a message it does so slowly enough to be
 * seen growing.
 */
function wordsOf({ channel, manner, fault }: Cell): string {
  if (fault.kind === "dead_letter") return "";
  const words = `${WITH_TOOL} ${channel.startsWith("discord") ? AT_HALF_LENGTH : AT_LENGTH}`;
  if (manner === "leisurely") return `${words} ${AT_LEISURE}`;
  const grows = channel === "group" || channel === "discord_said" || manner === "old" || manner === "switching";
  return grows ? `${words} ${SLOWLY}` : words;
}

function mannerOf({ manner }: Cell): Manner {
  if (manner === "photo") return { isPhoto: true };
  return manner === "old" || manner === "late" || manner === "switching" ? { ageMs: AGES_MS[manner] } : {};
}
