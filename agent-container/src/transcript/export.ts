/** A transcript as lines of JSON, a page at a time. What is below the newest entry does not change, so line numbers stay. */
import { BACKGROUND_CONTEXT, branchTip, type Entry, type Session } from "@earendil-works/pi-agent-core";
import { TRANSCRIPT_BOUNDS } from "../../../protocol/bounds.ts";
import type { QueryReply } from "../../../protocol/invocation.ts";
import { headerLine } from "../../../protocol/transcript.ts";
import { LANE } from "../agent/ledger.ts";
import { closeSession, readSession } from "../stores/open-session.ts";
import type { SpaceStore, Transcript } from "../stores/space-store.ts";

type TranscriptPage = Extract<QueryReply, { what: "transcript" }>;

/** The lines from `from` on, the header being line 0. None: there is no transcript. Throws `StorageError`. */
export async function readTranscriptPage(
  store: SpaceStore,
  { conversation, epoch }: Transcript,
  from: number,
  now: number,
): Promise<TranscriptPage> {
  const session = await readSession(store, { conversation, epoch });
  if (session === null) return NONE;
  try {
    const entries = await entriesOf(session);
    if (entries.length === 0) return NONE;
    const exportedAt = new Date(now).toISOString();
    const header = () => headerLine({ conversation, epoch, exportedAt });
    return pageOf(entries.length + 1, from, (line) => (line === 0 ? header() : entryLine(entries[line - 1])));
  } finally {
    await closeSession(session);
  }
}

const NONE: TranscriptPage = { what: "transcript", lines: [], next: null };

/** From the first to the newest entry of the branch that turns run on. */
async function entriesOf(session: Pick<Session, "getValue" | "scanBranch">): Promise<readonly Entry[]> {
  const tip = await session.getValue(branchTip(LANE), BACKGROUND_CONTEXT);
  if (!tip?.value) return [];
  const newestFirst = await session.scanBranch({ start: tip.value, order: "newestFirst" }, BACKGROUND_CONTEXT);
  return newestFirst.toReversed();
}

/** An entry as it was written. Its number and time are those of the store that it is in. */
export function entryLine(entry: Entry | undefined): string {
  if (entry === undefined) throw new Error("a line beyond the transcript");
  const { seq: _number, timestamp: _time, ...written } = entry;
  return JSON.stringify(written);
}

function pageOf(count: number, from: number, lineAt: (line: number) => string): TranscriptPage {
  const lines: string[] = [];
  let bytes = 0;
  for (let line = from; line < count; line += 1) {
    const text = lineAt(line);
    bytes += Buffer.byteLength(text) + 1;
    if (lines.length > 0 && bytes > TRANSCRIPT_BOUNDS.pageMaxBytes) return { what: "transcript", lines, next: line };
    lines.push(text);
  }
  return { what: "transcript", lines, next: null };
}
