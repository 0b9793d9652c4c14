/** Notes that are taken before a conversation is summed up, as they stand in the file of the day. Pure. */
import { filterBlock } from "../../output/block-filter.ts";
import { SILENT_REPLY } from "../../../../protocol/silent-reply.ts";
import { formatMinute } from "../local-time.ts";
import { cutToBytes } from "../sizes.ts";
import { COMPACTION_BOUNDS } from "./bounds.ts";

/** A block of a file. */
export type Note = { readonly path: string; readonly block: string };

/** The files that a note may stand in, the best first: there can be a folder where the file of the day would be. */
export function pathsOf({ path }: Pick<Note, "path">): readonly string[] {
  return [path, path.replace(/(?:\.md)?$/, "-notes.md")];
}

/** The note that the answers of a flush come to; null when none of them has anything to keep. */
export function noteOf(answers: readonly string[], now: number, timezone: string): Note | null {
  // Each by itself: the notes of a later piece are no less worth than those of the first.
  const texts = answers
    .map(withoutSign)
    .filter((text) => text !== "")
    .map((text) => wholeLines(text, COMPACTION_BOUNDS.notesMaxBytes));
  if (texts.length === 0) return null;
  const at = formatMinute(now, timezone);
  const text = texts.join("\n");
  return { path: `memory/${at.slice(0, 10)}.md`, block: `## ${at.slice(11)} From the conversation\n\n${text}\n` };
}

/** The file with the block at its end. What is there already is not added again. */
export function withNote(text: string | null, block: string): string {
  if (text === null || text.trim() === "") return block;
  return text.includes(block) ? text : `${text.trimEnd()}\n\n${block}`;
}

function withoutSign(answer: string): string {
  const lines = filterBlock(answer)
    .split("\n")
    .filter((line) => line.trim() !== SILENT_REPLY);
  return lines.join("\n").trim();
}

function wholeLines(text: string, bytesMax: number): string {
  if (Buffer.byteLength(text) <= bytesMax) return text;
  const piece = cutToBytes(text, bytesMax);
  const end = piece.lastIndexOf("\n");
  return `${end > 0 ? piece.slice(0, end) : piece}\n- (more was noted than there is room for)`;
}
