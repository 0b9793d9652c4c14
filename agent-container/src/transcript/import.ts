/**
 * Fills an epoch with the entries of an exported transcript, under the fence of the order. They are written in batches, and
 * the branch leads to them only with the last: until then there is nothing in the epoch that a turn would see.
 */
import { isDeepStrictEqual } from "node:util";
import {
  BACKGROUND_CONTEXT,
  branchTip,
  type Entry,
  type NewEntry,
  setValue,
  type Storage,
  type Write,
} from "@earendil-works/pi-agent-core";
import { ClawError } from "../../../protocol/errors.ts";
import type { ImportInvocation, ImportReply } from "../../../protocol/invocation.ts";
import { parseTranscript, type TranscriptEntry, type TranscriptFault } from "../../../protocol/transcript.ts";
import { LANE } from "../agent/ledger.ts";
import type { SpaceStore } from "../stores/space-store.ts";
import { IMPORT_BOUNDS } from "./bounds.ts";
import { entryLine } from "./export.ts";

/**
 * Repeating it, also after it broke off, writes what is missing. Throws `StorageError`, `import_refused` for lines that are no
 * transcript, and `transcript_taken` for an epoch in which there is something else; then nothing was changed.
 */
export async function importTranscript(order: ImportInvocation, store: SpaceStore): Promise<ImportReply> {
  const { conversation, epoch, fence, lines } = order;
  const parsed = parseTranscript(lines);
  if (!parsed.ok) throw new ClawError("import_refused", "never", faultText(parsed.error));
  await store.raiseFence(conversation, fence);
  const writer = { conversation, fence: () => fence };
  const { storage } = await store.openTranscript({ conversation, epoch }, writer);
  try {
    await fill(storage, parsed.value);
    return { entries: parsed.value.length };
  } finally {
    await storage.close(BACKGROUND_CONTEXT);
  }
}

async function fill(storage: Storage, entries: readonly TranscriptEntry[]): Promise<void> {
  const stored = await storage.scanEntries({ order: "asc" }, BACKGROUND_CONTEXT);
  // They are written in their order, so what an import left behind is how it begins.
  if (!stored.every((entry, index) => isSame(entry, entries[index]))) throw taken();
  const lastId = entries.at(-1)?.id ?? null;
  const tip = (await storage.getValue(branchTip(LANE), BACKGROUND_CONTEXT))?.value ?? null;
  if (tip !== null && tip !== lastId) throw taken();
  for (const batch of batchesOf(entries.slice(stored.length))) {
    await storage.commit(batch.map(entryWrite), BACKGROUND_CONTEXT);
  }
  if (tip === null) await storage.commit([setValue(branchTip(LANE), lastId)], BACKGROUND_CONTEXT);
}

function isSame(stored: Entry, wanted: TranscriptEntry | undefined): boolean {
  return wanted !== undefined && isDeepStrictEqual(JSON.parse(entryLine(stored)), wanted);
}

function entryWrite(entry: NewEntry): Write {
  return { kind: "entry", entry };
}

function batchesOf(entries: readonly TranscriptEntry[]): readonly (readonly TranscriptEntry[])[] {
  const batches: TranscriptEntry[][] = [];
  let room = 0;
  for (const entry of entries) {
    const size = JSON.stringify(entry).length;
    const open = batches.at(-1);
    if (open && open.length < IMPORT_BOUNDS.commitEntriesMax && size <= room) {
      open.push(entry);
      room -= size;
    } else {
      batches.push([entry]);
      room = IMPORT_BOUNDS.commitCharactersMax - size;
    }
  }
  return batches;
}

function taken(): ClawError {
  return new ClawError("transcript_taken", "never", "There is something else in the place of the transcript.");
}

function faultText(fault: TranscriptFault): string {
  switch (fault.code) {
    case "malformed_transcript":
      return `Line ${String(fault.line)} ${fault.problem}.`;
    case "newer_transcript":
      return `The transcript is of version ${String(fault.version)}, which this release does not know.`;
    case "transcript_too_large":
      return "The transcript has too many entries.";
  }
}
