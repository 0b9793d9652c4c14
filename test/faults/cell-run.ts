/**
 * Runs one cell: messages that are sent once, repeated, and out of order, all struck by the same fault at the same
 * step; then waits until all are answered. On Telegram they are four in three chats; at the web socket two, and one in
 * the owner's Telegram chat, which shares the conversation.
 */
import { isGroup, messageId, WEB_CHAT, type Written } from "./chats.ts";
import type { Cell } from "./cells.ts";
import { block, bringBack, greetOwner, strikeReport } from "./dead-letters.ts";
import type { Held } from "./driver.ts";
import { AT_LEISURE, AT_LENGTH, readAnswer, SLOWLY, WITH_TOOL } from "./model.ts";
import { isAnswered } from "./oracle.ts";
import { callOff, order, unspent } from "./ordered-fault.ts";
import { gatherOrphans, watchOrphans } from "./orphans.ts";
import { OWNER_CHAT, type Rig } from "./rig.ts";
import { deal, gather } from "./strike.ts";
import { until } from "./until.ts";

/** A message without a complete answer after this is lost. */
export const LOST_AFTER_MS = 120_000;
/** Every answer has two parts and a file written before it. */
const WORDS = `${WITH_TOOL} ${AT_LENGTH}`;
/** An answer that came in undisturbed for so long is shown growing. The quickest in a group takes 1.7 s. */
const GROWS_WITHIN_MS = 1_000;
const FIRST_CHAT = 1_000;
const FIRST_NEW_CHAT = 5_000;
const CELLS_PER_CHAT = 6;

export type CellRun = {
  readonly cell: Cell;
  readonly written: readonly Written[];
  /** In how many of the chats the fault has struck. */
  readonly struck: number;
  readonly chats: number;
  /** From the fault to the last complete answer; null when one is missing. */
  readonly recoverMs: number | null;
  /** What else was wrong: a commit of an overtaken process, a dead letter told of twice, a message read twice. */
  readonly violations: readonly string[];
};

/** The messages, by what happens to them. */
type Messages = {
  readonly once: readonly Written[];
  /** The platform sends it again while it is struck, and twice more. */
  readonly repeated: Written;
  /** The second arrives first. */
  readonly reordered: readonly [Written, Written] | null;
};

/** Runs it in chats that nothing else uses meanwhile. `round` makes the message ids new. */
export async function runCell(rig: Rig, cell: Cell, round: number): Promise<CellRun> {
  const chats = chatsOf(cell, round);
  const messages = messagesIn(chats, round);
  const { once, repeated, reordered } = messages;
  const written = [...once, repeated, ...(reordered ?? [])];
  const isRefused = cell.fault.kind === "dead_letter";
  const noticesBefore = isRefused ? await greetOwner(rig, messageId(OWNER_CHAT, round * 10)) : 0;
  await prepare(rig, cell, chats);
  const struck = strike(rig, cell, chats, messages);
  speak(rig, messages, isRefused ? "" : wordsOf(cell), cell.manner === "photo");
  const { count, at, orphans } = await struck;
  void rig.repeat(repeated);
  if (reordered) void rig.repeat(reordered[1]);
  const untold = isRefused ? await bringBack(rig, chats, noticesBefore) : [];
  const isRecovered = await until(
    () => written.every((one) => isAnswered(one, rig.shown)),
    at + LOST_AFTER_MS - Date.now(),
  );
  const recoverMs = isRecovered ? Date.now() - at : null;
  await Promise.all([repeated, ...(reordered ?? [])].map((one) => rig.repeat(one)));
  const trespasses = orphans.length > 0 ? await watchOrphans(rig, orphans) : [];
  return {
    cell,
    written,
    chats: chats.length,
    struck: count - (await missed(rig, cell)),
    recoverMs,
    violations: [
      ...untold,
      ...trespasses,
      ...written.flatMap((one) => misreadings(rig, one)),
      ...chats.filter((chat) => isGroup(chat) && !hasGrown(rig, chat)).map((chat) => `no answer grew in ${chat}`),
    ],
  };
}

/**
 * Whether an answer was shown in a group before it was there: it was edited, or its beginning was given up. An answer
 * that had no time for it is excused: its agent was through before the turn was taken up again.
 */
function hasGrown({ telegram, driver, deadPreviews }: Rig, chat: number): boolean {
  const isEdit = ({ method, params }: (typeof telegram.calls)[number]) =>
    method === "editMessageText" && params["chat_id"] === chat;
  if (telegram.calls.some(isEdit) || deadPreviews(chat).length > 0) return true;
  return driver.undisturbed.longestMs(chat) < GROWS_WITHIN_MS;
}

/** What the model was told twice, and what the chat shows in the wrong order. */
function misreadings(rig: Rig, { chat, id }: Written): readonly string[] {
  const parts = rig.shown(chat).map(readAnswer);
  const begins = parts.findIndex(({ begun }) => begun.includes(id));
  const ends = parts.findIndex(({ ended }) => ended.includes(id));
  return [
    ...(rig.model.readTwice.has(id) ? [`the model read ${id} twice`] : []),
    ...(ends >= 0 && ends < begins ? [`the end of the answer to ${id} came first`] : []),
  ];
}

function chatsOf(cell: Cell, round: number): readonly number[] {
  switch (cell.channel) {
    case "web":
      return [WEB_CHAT];
    case "telegram":
      return telegramChats(cell, round);
    case "group":
      return groupChats(round);
  }
}

/** New ones for each cell: a platform lets a bot write only so much in a group. */
function groupChats(round: number): readonly number[] {
  return threeFrom(FIRST_CHAT + round * 3).map((chat) => -chat);
}

/** In a group the answer grows slowly enough to be seen growing. */
function wordsOf({ channel, manner }: Cell): string {
  if (channel !== "group") return WORDS;
  return `${WORDS} ${manner === "leisurely" ? AT_LEISURE : SLOWLY}`;
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

function messagesIn(chats: readonly number[], round: number): Messages {
  const message = (chat: number, index: number): Written => ({ chat, id: messageId(chat, round * 10 + index) });
  const [first = 0, second = first, third] = chats;
  return {
    // The owner's own chat is another session of the web's conversation: it waits for the same lane.
    once: first === WEB_CHAT ? [message(first, 1), message(OWNER_CHAT, 1)] : [message(first, 1)],
    repeated: message(second, 2),
    reordered: third === undefined ? null : [message(third, 3), message(third, 4)],
  };
}

function speak(rig: Rig, { once, repeated, reordered }: Messages, words: string, isPhoto: boolean): void {
  for (const one of [...once, repeated]) rig.say(one, words, isPhoto);
  if (reordered) rig.sayReordered(...reordered, words, isPhoto);
}

/** `orphans`: processes that live on without their session, still held. */
type Struck = { readonly count: number; readonly at: number; readonly orphans: readonly Held[] };

/** Orders what the fault needs of others. It must be there before anybody writes. */
async function prepare(rig: Rig, { fault }: Cell, chats: readonly number[]): Promise<void> {
  switch (fault.kind) {
    case "blow":
      return;
    case "orphan":
      return rig.standIn.order({ count: chats.length, invocation: "turn", fault: { kind: "orphan", afterEvents: 1 } });
    case "dead_letter":
      return block(rig, chats);
    case "aws":
    case "model":
    case "platform":
    case "preview_deleted":
    case "webhook_cut":
      return order(rig, fault, chats);
  }
}

/**
 * Lies in wait at once, so that it misses no arrival; resolves when the fault has struck, or at once if it was only
 * ordered.
 */
async function strike(rig: Rig, { fault }: Cell, chats: readonly number[], messages: Messages): Promise<Struck> {
  switch (fault.kind) {
    case "blow": {
      const held = await gather(rig, fault.at, chats, fault.nth);
      await rig.repeat(messages.repeated);
      const at = Date.now();
      await deal(rig, fault.blow, held);
      return { count: held.length, at, orphans: [] };
    }
    case "orphan": {
      const orphans = await gatherOrphans(rig, fault.at, chats);
      return { count: orphans.length, at: Date.now(), orphans };
    }
    case "dead_letter":
      return { ...(await strikeReport(rig, fault, chats)), orphans: [] };
    case "aws":
    case "model":
    case "platform":
    case "preview_deleted":
    case "webhook_cut":
      return { count: chats.length, at: Date.now(), orphans: [] };
  }
}

/** How many of the ordered faults have struck nobody; they are called off, for the next cell is not to meet them. */
async function missed(rig: Rig, { fault }: Cell): Promise<number> {
  if (fault.kind === "blow" || fault.kind === "orphan" || fault.kind === "dead_letter") return 0;
  const left = await unspent(rig, fault);
  await callOff(rig);
  return left;
}
