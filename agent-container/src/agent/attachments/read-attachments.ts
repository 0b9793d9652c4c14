/**
 * Looks into the files that came with a message, once, when it enters the transcript. What cannot be read is named with
 * the reason: a file is never in the way of its message.
 */
import { INBOUND_BOUNDS } from "../../../../protocol/bounds.ts";
import { ATTACHMENT_BOUNDS } from "../bounds.ts";
import { cutToBytes, formatBytes } from "../sizes.ts";
import type { AttachmentContent, PromptAttachment } from "./content.ts";
import { decodeDocument } from "./decode-document.ts";
import { mapLimited } from "./map-limited.ts";
import { pdfClaimOf, pictureTypeOf } from "./media-type.ts";
import { type PdfText, readPdfText } from "./pdf-text.ts";

/** Fetches a stored file. Throws when it cannot. */
export type FetchAttachment = (name: string, signal: AbortSignal) => Promise<Uint8Array>;

/** Kinds that are named only, with what to tell about them. */
const UNHEARD: ReadonlyMap<string, string> = new Map([
  ["voice", "you cannot hear it"],
  ["audio", "you cannot hear it"],
  ["video", "you cannot watch it"],
]);

/** Why the platform's file is nowhere: the edge's words for it, and ours for the model. */
const MISSING: ReadonlyMap<string, string> = new Map([
  ["too_large", `not taken in: it is larger than ${formatBytes(INBOUND_BOUNDS.attachmentMaxBytes)}`],
  ["refused", "not taken in: the chat platform did not hand it over"],
  ["unreachable", "not taken in: the chat platform could not be reached"],
]);

const PDF_UNREAD = "it is a PDF that cannot be read: damaged, locked, or too much";

const { imageMaxBytes, fileTextMaxBytes, messageTextMaxBytes } = ATTACHMENT_BOUNDS;

/** One content for each attachment, in their order; what is not there when `signal` aborts is named. Never throws. */
export async function readAttachments(
  attachments: readonly PromptAttachment[],
  fetchAttachment: FetchAttachment,
  signal: AbortSignal,
): Promise<readonly AttachmentContent[]> {
  const contents = await mapLimited(ATTACHMENT_BOUNDS.parallelMax, attachments, (attachment) =>
    readOne(attachment, fetchAttachment, signal),
  );
  return withinMessage(contents);
}

async function readOne(
  attachment: PromptAttachment,
  fetchAttachment: FetchAttachment,
  signal: AbortSignal,
): Promise<AttachmentContent> {
  const { kind, stored, missing } = attachment;
  const unheard = UNHEARD.get(kind);
  if (stored === undefined) return unseen(MISSING.get(missing ?? "") ?? unheard ?? "not taken in");
  if (unheard !== undefined) return unseen(unheard);
  const isPicture = claimsPicture(attachment);
  const bytesMax = isPicture ? imageMaxBytes : INBOUND_BOUNDS.attachmentMaxBytes;
  if (stored.bytes > bytesMax) return unseen(tooLarge(bytesMax));
  try {
    return await contentOf(await fetchAttachment(stored.name, signal), signal);
  } catch {
    // A picture is fetched anew for each request, and the next one may find it.
    return isPicture ? { kind: "picture" } : unseen("it could not be fetched");
  }
}

function claimsPicture({ kind, mimeType }: PromptAttachment): boolean {
  return kind === "image" || kind === "sticker" || mimeType?.startsWith("image/") === true;
}

async function contentOf(content: Uint8Array, signal: AbortSignal): Promise<AttachmentContent> {
  if (pictureTypeOf(content) !== null) {
    return content.byteLength <= imageMaxBytes ? { kind: "picture" } : unseen(tooLarge(imageMaxBytes));
  }
  const claim = pdfClaimOf(content);
  const pdf = claim === "no" ? null : await readPdfText(content, fileTextMaxBytes, signal);
  if (pdf !== null) return pdfContent(pdf);
  const text = claim === "yes" ? null : await decodeDocument(content, fileTextMaxBytes);
  if (text !== null) return text.isBlank ? unseen("it is empty") : cutText(text.head, fileTextMaxBytes, text.length);
  return unseen(claim === "no" ? "you cannot look into a file of this kind" : PDF_UNREAD);
}

function pdfContent({ pages, pagesTotal }: PdfText): AttachmentContent {
  const text = pages.join("\n\n").trim();
  if (text === "") return unseen(`it is a PDF of ${String(pagesTotal)} pages without text, such as a scan`);
  const cut = cutText(text, fileTextMaxBytes);
  const isWhole = pages.length === pagesTotal;
  return isWhole ? cut : { ...cut, left: `only of the first ${String(pages.length)} of ${String(pagesTotal)} pages` };
}

/** Takes from the texts, the last ones first, what all of them have too much. */
function withinMessage(contents: readonly AttachmentContent[]): readonly AttachmentContent[] {
  let bytesLeft: number = messageTextMaxBytes;
  return contents.map((content) => {
    if (content.kind !== "text") return content;
    const bytes = Buffer.byteLength(content.text);
    const fitting = bytes <= bytesLeft ? content : cutText(content.text, bytesLeft);
    bytesLeft = Math.max(0, bytesLeft - bytes);
    if (fitting === content) return content;
    return fitting.text === "" ? unseen("its text is left out: the files before it have too much") : fitting;
  });
}

/** `length`: that of the whole text, when this is only its beginning. */
function cutText(text: string, bytesMax: number, length = text.length): Extract<AttachmentContent, { kind: "text" }> {
  const shown = cutToBytes(text, bytesMax);
  const left = length - shown.length;
  return { kind: "text", text: shown, ...(left > 0 && { left: `${String(left)} more characters are not shown` }) };
}

function tooLarge(bytesMax: number): string {
  return `not shown: it is larger than ${formatBytes(bytesMax)}`;
}

function unseen(why: string): AttachmentContent {
  return { kind: "unseen", why };
}
