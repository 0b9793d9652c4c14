/** What a file of the workspace is for those who get it: its media type, and how a chat shows it. Pure. */
import type { AnswerFile } from "../../../protocol/turn-event.ts";
import { asciiOf, pdfClaimOf, pictureTypeOf } from "../agent/attachments/media-type.ts";
import { decodeText } from "../workspace/file-text.ts";
import type { Bytes } from "../workspace/s3-client.ts";

export type FileKind = AnswerFile["kind"];

/** Media types by ending, of texts and of what is no text. */
const TEXTS: ReadonlyMap<string, string> = new Map([
  ["csv", "text/csv"],
  ["htm", "text/html"],
  ["html", "text/html"],
  ["ics", "text/calendar"],
  ["json", "application/json"],
  ["md", "text/markdown"],
  ["svg", "image/svg+xml"],
  ["vcf", "text/vcard"],
  ["xml", "application/xml"],
  ["yaml", "application/yaml"],
  ["yml", "application/yaml"],
]);
const OFFICE = "application/vnd.openxmlformats-officedocument";
const BINARIES: ReadonlyMap<string, string> = new Map([
  ["docx", `${OFFICE}.wordprocessingml.document`],
  ["gz", "application/gzip"],
  ["m4a", "audio/mp4"],
  ["mov", "video/quicktime"],
  ["mp3", "audio/mpeg"],
  ["mp4", "video/mp4"],
  ["pptx", `${OFFICE}.presentationml.presentation`],
  ["wav", "audio/wav"],
  ["webm", "video/webm"],
  ["xlsx", `${OFFICE}.spreadsheetml.sheet`],
  ["zip", "application/zip"],
]);

/** What is shown in a way of its own, the usual one first; a recording must be in one of the formats of its kind. */
const FAMILIES: readonly (readonly [RegExp, readonly FileKind[]])[] = [
  [/^image\/(?:jpeg|png|webp)$/, ["photo"]],
  [/^video\//, ["video"]],
  [/^audio\/(?:ogg|mpeg|mp4)$/, ["audio", "voice"]],
];

/** The media type: by the first bytes, then by whether it is text, then by the ending. */
export function mimeTypeOf(path: string, content: Bytes): string {
  const byBytes = pictureTypeOf(content) ?? soundTypeOf(content);
  if (byBytes !== null) return byBytes;
  const ending = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  const isText = decodeText(content) !== null;
  const claim = pdfClaimOf(content);
  // A text can be about PDFs, and a PDF can be all text.
  if (claim === "yes" || (claim === "maybe" && (!isText || ending === "pdf"))) return "application/pdf";
  return isText ? (TEXTS.get(ending) ?? "text/plain") : (BINARIES.get(ending) ?? "application/octet-stream");
}

/** The kinds that a file of this type can be shown as, the usual one first. Everything can be a document. */
export function kindsOf(mimeType: string): readonly [FileKind, ...FileKind[]] {
  const [first, ...rest] = FAMILIES.find(([pattern]) => pattern.test(mimeType))?.[1] ?? [];
  return first === undefined ? ["document"] : [first, ...rest, "document"];
}

function soundTypeOf(content: Bytes): string | null {
  if (asciiOf(content, 0, 4) === "OggS") return "audio/ogg";
  return asciiOf(content, 0, 3) === "ID3" ? "audio/mpeg" : null;
}
