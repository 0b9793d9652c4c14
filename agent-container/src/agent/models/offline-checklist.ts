/** What the offline model does about the checklist: it tells what is on it, and puts something there. Pure. */
import { readItems, withItem } from "../../workspace/checklist.ts";
import { HEARTBEAT_PATH } from "../../workspace/heartbeat-checklist.ts";
import type { OfflineReply, OfflineResult } from "./offline-rules.ts";

type Wish = { readonly kind: "show" } | { readonly kind: "add"; readonly item: string };

const SHOWS =
  /^(?:what(?:'s|’s| is)|show(?: me)?|list|was (?:steht|ist) (?:auf|in)|zeige?(?: mir)?)(?: on)? (?:my|the|meiner?|der|die) check-?liste?[\s?.!]*$/iu;
const ADDS =
  /^(?:please |bitte )?(?:add|put|setze?|schreibe?)\s+(?<item>\S.*?)\s+(?:to|on|onto|auf|in) (?:my|the|meine|die) check-?liste?[\s.!]*$/isu;
/** How the read tool marks a part of a file, or an empty one. */
const IS_EMPTY = /^\[.* is empty\.\]$/;
const IS_PART = /\n\[[^\n]*\]$/;

/** What a message wants with the checklist; null: nothing. */
export function readChecklistWish(message: string): Wish | null {
  if (SHOWS.test(message)) return { kind: "show" };
  const item = ADDS.exec(message)?.groups?.["item"];
  return item === undefined ? null : { kind: "add", item };
}

/** The next step. */
export function checklistStep(wish: Wish, [list, written]: readonly OfflineResult[]): OfflineReply {
  if (!list) return { kind: "call", tool: "read", args: { path: HEARTBEAT_PATH } };
  const text = list.failed || IS_EMPTY.test(list.text) ? null : list.text;
  if (wish.kind === "show") {
    const open = readItems(text ?? "").filter(({ isDone }) => !isDone);
    if (open.length === 0) return say("Nothing is on your checklist. `/checklist add water the plants` changes that.");
    return say(
      `On your checklist:\n${open.map((item) => `- ${item.text}`).join("\n")}\n\`/checklist\` shows what is done, too.`,
    );
  }
  if (written) return say(written.failed ? `I could not write it: ${written.text}` : `On your checklist: ${wish.item}`);
  if (text !== null && IS_PART.test(text)) return say(`Use \`/checklist add ${wish.item}\`.`);
  const content = withItem(text, wish.item);
  if (content === null) return say("It is on your checklist already.");
  return { kind: "call", tool: "write", args: { path: HEARTBEAT_PATH, content } };
}

function say(text: string): OfflineReply {
  return { kind: "say", text };
}
