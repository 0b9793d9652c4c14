/** How the offline model does a heartbeat: it tells what the checklist has open and due, and what has happened. Pure. */
import { HEARTBEAT_OPENING } from "../../../../protocol/heartbeat.ts";
import { dueFrom, readItems } from "../../workspace/checklist.ts";
import { HEARTBEAT_PATH } from "../../workspace/heartbeat-checklist.ts";
import type { OfflineRequest } from "./offline-message.ts";
import type { OfflineReply, OfflineResult } from "./offline-rules.ts";

/** Said if there is nothing to tell. */
const NOTHING = "HEARTBEAT_OK";
/** An event of the prompt: a line of a list with what is indented below it. */
const EVENT = /^- (.*(?:\n {2}.*)*)/gm;

/** Whether a request is a heartbeat. */
export function isHeartbeat({ words }: OfflineRequest): boolean {
  return words.at(-1)?.startsWith(HEARTBEAT_OPENING) === true;
}

/** What it does next: it reads the checklist, then it says what came of that. */
export function heartbeatReply({ words, sent, now }: OfflineRequest, [list]: readonly OfflineResult[]): OfflineReply {
  if (!list) return { kind: "call", tool: "read", args: { path: HEARTBEAT_PATH } };
  const happened = [...(words.at(-1) ?? "").matchAll(EVENT)].map(([, text = ""]) => text.replaceAll("\n  ", "\n"));
  const open = list.failed ? [] : readItems(list.text).filter(({ isDone }) => !isDone);
  const due = open.flatMap(({ text }) => dueText(text, now) ?? []);
  const told = [...happened, ...(sent === undefined ? [] : [sent.trim()]), ...(due.length > 0 ? [fromList(due)] : [])];
  return { kind: "say", text: told.length > 0 ? told.join("\n\n") : NOTHING, isBare: true };
}

/** The words of an item that is due; null: its day lies ahead. */
function dueText(item: string, now: string | null): string | null {
  const from = dueFrom(item);
  if (from === null) return item;
  const isAhead = now !== null && `${from.day} ${from.time ?? "00:00"}` > now;
  return isAhead ? null : from.rest;
}

function fromList(items: readonly string[]): string {
  const [only] = items;
  if (items.length === 1 && only !== undefined) return `On your checklist: ${only}`;
  return `On your checklist:\n${items.map((item) => `- ${item}`).join("\n")}`;
}
