/**
 * The memory flush: before anything is summed up, the model takes notes of it, which go into the file of the day. Nobody
 * sees it, and it has no tools.
 */
import type { Session } from "@earendil-works/pi-agent-core";
import type { TurnId } from "../../../../protocol/ids.ts";
import { COMPACTION_BOUNDS } from "./bounds.ts";
import { type NoteRecord, readNoteRecord, writeNoteRecord } from "./note-record.ts";
import { type Note, noteOf } from "./notes.ts";
import { halves, type Piece } from "./pieces.ts";
import type { SilentModel } from "./silent-model.ts";
import { readStand } from "./stand.ts";

/** Where notes are written: the files of the turn. Throws `StorageError`. */
export interface NoteKeeper {
  readonly timezone: string;
  /** Adds the block to the end of a file unless it is in it; false when the workspace will have it in none. */
  add(note: Note): Promise<boolean>;
  /** Makes the files durable for this turn and names them; null when nothing changed. */
  checkpoint(): Promise<string | null>;
  /** Notes from before the conversation was begun anew that have perhaps not landed. */
  earlier(): Promise<readonly Note[]>;
}

export type Flush = {
  readonly session: Session;
  readonly turnId: TurnId;
  /** Null: the conversation keeps no files. */
  readonly keeper: NoteKeeper | null;
  readonly now: () => number;
};

/** What a flush is about. */
export type Stretch = {
  /** The summary that the conversation goes on from. */
  readonly base: string | null;
  /** Messages kept by it of which notes were taken before it. */
  readonly noted: number;
  /** The last entry. */
  readonly tip: string | null;
  /** Messages since that summary that are about to be summed up. */
  readonly messages: number;
  /** Those of which no notes were taken, in pieces. */
  pieces(from: number): readonly Piece[];
};

/** What came of a flush. Only a `done` one is written down as such: any other is tried again. */
export type Flushed =
  | "done"
  /** The model gave no notes. */
  | "failed"
  /** The workspace did not take them. */
  | "refused";

/** Takes notes of what has none yet. */
export async function flush(
  { session, turnId, keeper, now }: Flush,
  model: Pick<SilentModel, "note">,
  stretch: Stretch,
): Promise<Flushed> {
  const before = await readNoteRecord(session);
  const covered = coveredOf(before, stretch);
  if (covered >= stretch.messages || keeper === null) return "done";
  const answers: string[] = [];
  for (const piece of stretch.pieces(covered)) {
    const said = await noteWhole(model, piece, COMPACTION_BOUNDS.halvingsMax);
    if (said === null) return "failed";
    answers.push(...said);
  }
  const note = noteOf(answers, now(), keeper.timezone);
  if (note !== null && !(await keeper.add(note))) return "refused";
  const manifestId = note === null ? null : await keeper.checkpoint();
  const own = before.turnId === turnId ? before : { manifest: null, pending: [] };
  const pending = note === null ? own.pending : [...own.pending, note].slice(-COMPACTION_BOUNDS.pendingNotesMax);
  const manifest = manifestId === null ? own.manifest : { id: manifestId, after: stretch.tip };
  await writeNoteRecord(session, {
    base: stretch.base,
    covered: stretch.messages,
    turnId,
    manifest,
    pending,
    putOffs: 0,
  });
  return "done";
}

/** Messages since the summary of which notes were taken. Pure. */
export function coveredOf(record: NoteRecord, { base, noted }: Pick<Stretch, "base" | "noted">): number {
  return record.base === base ? record.covered : noted;
}

/** Counts that a summary was put off; false when it was so too often already. */
export async function putOff(session: Session): Promise<boolean> {
  const record = await readNoteRecord(session);
  if (record.putOffs >= COMPACTION_BOUNDS.putOffsMax) return false;
  await writeNoteRecord(session, { ...record, putOffs: record.putOffs + 1 });
  return true;
}

/**
 * Takes over the notes of an earlier turn that ended without landing its files, be it of the conversation before it was
 * begun anew. To be called before a turn runs.
 */
export async function takeOverNotes({ session, turnId, keeper }: Omit<Flush, "now">): Promise<void> {
  const record = await readNoteRecord(session);
  if (record.turnId === turnId || keeper === null) return;
  const { tip, summary, isAnswered } = await readStand(session);
  // Before anything is answered what is taken over here is stored, so later turns need not look.
  const isNew = record.turnId === "" && record.pending.length === 0 && summary === undefined && !isAnswered;
  const pending = isNew ? [...(await keeper.earlier())] : record.pending;
  if (pending.length === 0) return;
  for (const note of pending) {
    if (await keeper.add(note)) continue;
    // What is in the way can be gone in a later turn; what was added already is not added twice.
    await writeNoteRecord(session, { ...record, pending });
    return;
  }
  const id = await keeper.checkpoint();
  await writeNoteRecord(session, { ...record, pending, turnId, manifest: id === null ? null : { id, after: tip } });
}

/** The files of the turn have landed, and its notes with them. */
export async function settleNotes({ session, turnId }: Pick<Flush, "session" | "turnId">): Promise<void> {
  const record: NoteRecord = await readNoteRecord(session);
  if (record.turnId === turnId && record.pending.length > 0) await writeNoteRecord(session, { ...record, pending: [] });
}

async function noteWhole(
  model: Pick<SilentModel, "note">,
  piece: Piece,
  halvingsLeft: number,
): Promise<readonly string[] | null> {
  const said = await model.note(piece);
  if (said.kind === "said") return [said.text];
  const both = said.kind === "too_long" && halvingsLeft > 0 ? halves(piece) : null;
  if (both === null) return null;
  const answers: string[] = [];
  for (const half of both) {
    const part = await noteWhole(model, half, halvingsLeft - 1);
    if (part === null) return null;
    answers.push(...part);
  }
  return answers;
}
