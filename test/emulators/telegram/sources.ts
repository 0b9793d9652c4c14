/** The bytes of the files that people send: given by the test, or a few of their own. */
import { createHash } from "node:crypto";
import type { SaidFile } from "./content.ts";
import type { FileKind, FileSource } from "./files.ts";

const USUAL: Readonly<Record<FileKind, readonly [name: string, mimeType: string]>> = {
  photo: ["photo.jpg", "image/jpeg"],
  document: ["notes.txt", "text/plain"],
  voice: ["voice.oga", "audio/ogg"],
  audio: ["song.mp3", "audio/mpeg"],
  video: ["video.mp4", "video/mp4"],
  video_note: ["note.mp4", "video/mp4"],
  animation: ["funny.mp4", "video/mp4"],
  sticker: ["sticker.webp", "image/webp"],
};

/** What a person sends, as the service stores it. */
export function sourceOf({ kind, content, bytes, name, mimeType }: SaidFile): FileSource {
  const [usualName, usualType] = USUAL[kind];
  const stored = Buffer.from(content ?? `the bytes of a ${kind}`);
  return {
    name: name ?? usualName,
    mimeType: mimeType ?? usualType,
    bytes: bytes ?? stored.length,
    sha256: createHash("sha256").update(stored).digest("hex"),
    content: stored,
  };
}
