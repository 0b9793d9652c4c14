/** A transcript as people read it: who said what, when; no tools, no facts blocks. */
import { BACKGROUND_CONTEXT, type Entry, type Session } from "@earendil-works/pi-agent-core";
import type { HistoryEntry } from "../../../protocol/invocation.ts";
import { joinBlocks } from "../turn/answer-text.ts";
import { type InboundDetails, inboundOf } from "./inbound-message.ts";
import { settledBlocks } from "./ledger.ts";

/** Entries read from the store at once; tool results between the words are skipped. */
const PAGE = 200;

/** The newest `limit` messages, oldest first. */
export async function readHistory(session: Session, limit: number): Promise<readonly HistoryEntry[]> {
  const found: HistoryEntry[] = [];
  let cursor: { seq: number } | undefined;
  while (found.length < limit) {
    const page: Entry[] = await session.findEntries(
      { type: "message", order: "desc", limit: PAGE, ...(cursor && { cursor }) },
      BACKGROUND_CONTEXT,
    );
    for (const entry of page) found.push(...historyOf(entry));
    const last = page.at(-1);
    if (page.length < PAGE || last === undefined) break;
    cursor = { seq: last.seq };
  }
  return found.slice(0, limit).reverse();
}

function historyOf(entry: Entry): readonly HistoryEntry[] {
  if (entry.type !== "message") return [];
  const { message } = entry;
  const inbound = inboundOf(message);
  if (inbound?.isRepeated) return [];
  if (inbound !== undefined) return [{ role: "user", text: wordsOf(inbound), at: inbound.sentAt }];
  if (message.role !== "assistant") return [];
  const text = joinBlocks(settledBlocks(message));
  return text === "" ? [] : [{ role: "assistant", text, at: entry.timestamp }];
}

function wordsOf({ text, brought = "", run }: Pick<InboundDetails, "text" | "brought" | "run">): string {
  if (run !== undefined) return `[${run}] ${text}`;
  return text === "" && brought !== "" ? `[${brought}]` : text;
}
