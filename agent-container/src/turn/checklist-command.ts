/** `/checklist`: shows the owner's checklist and changes it. Each change can be repeated after a crash and is made once. */
import type { CommandWords } from "../agent/command-words.ts";
import {
  dueFrom,
  type ChecklistItem,
  cleanItem,
  readItems,
  withDone,
  withItem,
  withoutItems,
} from "../workspace/checklist.ts";
import { HEARTBEAT_PATH, isEffectivelyEmpty } from "../workspace/heartbeat-checklist.ts";
import { WorkspaceRefusal } from "../workspace/refusal.ts";
import type { TurnHome } from "./ports.ts";

type Files = Pick<TurnHome["workspace"], "readText" | "write">;

/** Longest checklist that grows any more, in UTF-16 units: every beat pays for it. */
const TEXT_MAX = 10_000;
/** What is shown of the words around the items. */
const NOTES_SHOWN_MAX = 1_500;

/** Carries the command out and says what came of it. Throws `StorageError`. */
export async function checklistText(
  files: Files,
  { rest }: { readonly rest: string },
  words: CommandWords,
): Promise<string> {
  const [, verb = "", after = ""] = /^(\S*)\s*([\s\S]*)$/.exec(rest.trim()) ?? [];
  try {
    const text = await files.readText(HEARTBEAT_PATH);
    switch (verb.toLowerCase()) {
      case "":
      case "list":
        return shown(text, words);
      case "add":
        return await add(files, text, cleanItem(after), words);
      case "done":
        return await finish(files, text ?? "", after.trim(), words);
      case "clear":
        return await change(files, withoutItems(text ?? ""), words.checklist.cleared, words);
      default:
        return words.checklist.usage;
    }
  } catch (error) {
    if (error instanceof WorkspaceRefusal) return words.checklist.unreadable;
    throw error;
  }
}

async function add(files: Files, text: string | null, item: string, words: CommandWords): Promise<string> {
  const { checklist } = words;
  if (item === "") return checklist.usage;
  const longer = withItem(text, item);
  // It may be this very command that has put it there, before a crash.
  if (longer === null) return `${checklist.added}\n\n${shown(text, words)}`;
  return longer.length > TEXT_MAX ? checklist.full : change(files, longer, checklist.added, words);
}

async function finish(files: Files, text: string, number: string, words: CommandWords): Promise<string> {
  const item: ChecklistItem | undefined = /^\d{1,4}$/.test(number) ? readItems(text)[Number(number) - 1] : undefined;
  if (item === undefined) return `${words.checklist.unknownItem}\n\n${shown(text, words)}`;
  return change(files, withDone(text, item), words.checklist.done, words);
}

async function change(files: Files, text: string, said: string, words: CommandWords): Promise<string> {
  await files.write(HEARTBEAT_PATH, text);
  return `${said}\n\n${shown(text, words)}`;
}

function shown(text: string | null, { checklist }: CommandWords): string {
  const items = readItems(text ?? "");
  const notes = withoutItems(text ?? "");
  const lines = items.map(
    ({ text: item, isDone }, at) => `${String(at + 1)}. ${isDone ? "✅" : "⬜"} ${itemText(item, checklist)}`,
  );
  const isIdle = isEffectivelyEmpty(notes);
  const parts = [
    items.length > 0 ? `**${checklist.title}**\n${lines.join("\n")}` : isIdle ? checklist.empty : "",
    isIdle ? "" : `${checklist.notes}\n\n${quoted(notes.trim().slice(0, NOTES_SHOWN_MAX).toWellFormed())}`,
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** With words for the day before which it is not due. */
function itemText(item: string, { notBefore }: CommandWords["checklist"]): string {
  const from = dueFrom(item);
  return from === null ? item : `${from.rest} (${notBefore([from.day, from.time ?? ""].join(" ").trim())})`;
}

function quoted(text: string): string {
  return text
    .split("\n")
    .map((line) => `> ${line}`)
    .join("\n");
}
