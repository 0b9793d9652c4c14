/**
 * What is noted of a conversation, kept in its session: how far notes were taken, and the notes of the last turn that took
 * some, until its files have landed. So a crash neither loses nor repeats any, nor does a turn that ends without landing.
 */
import { BACKGROUND_CONTEXT, type Session, value } from "@earendil-works/pi-agent-core";
import * as v from "valibot";

const noteRecord = v.object({
  /** The summary that the conversation goes on from; null: none yet. */
  base: v.nullable(v.string()),
  /** Messages since then, the ones kept by it included, of which notes were taken. */
  covered: v.number(),
  /** The turn whose files hold the notes. */
  turnId: v.string(),
  /** Its manifest that holds them, and the last entry before; null: nothing was noted in it. */
  manifest: v.nullable(v.object({ id: v.string(), after: v.nullable(v.string()) })),
  /** Notes that have perhaps not landed. */
  pending: v.array(v.object({ path: v.string(), block: v.string() })),
  /** Summaries in a row that were put off. */
  putOffs: v.number(),
});

export type NoteRecord = v.InferOutput<typeof noteRecord>;

const ADDRESS = value<NoteRecord>("agent-claw.notes", "main");

const NOTHING: NoteRecord = { base: null, covered: 0, turnId: "", manifest: null, pending: [], putOffs: 0 };

/** What is noted; of an unreadable record nothing counts. */
export async function readNoteRecord(session: Pick<Session, "getValue">): Promise<NoteRecord> {
  const stored = await session.getValue(ADDRESS, BACKGROUND_CONTEXT);
  const parsed = v.safeParse(noteRecord, stored?.value);
  return parsed.success ? parsed.output : NOTHING;
}

export async function writeNoteRecord(session: Pick<Session, "setValue">, record: NoteRecord): Promise<void> {
  await session.setValue(ADDRESS, record, BACKGROUND_CONTEXT);
}
