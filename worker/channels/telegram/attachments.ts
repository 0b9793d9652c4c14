/** The files of a Telegram message. Their bytes stay there until a turn needs them. Pure. */
import { INBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import type { Attachment } from "../../../protocol/inbound.ts";
import { cutText } from "../text/cut.ts";
import type { FileRef, Message } from "./update.ts";

/** Lists the files: at most one per field, of a photo the largest size. */
export function attachmentsOf(message: Message): readonly Attachment[] {
  const found: readonly (readonly [Attachment["kind"], FileRef | undefined])[] = [
    ["image", message.photo?.at(-1)],
    ["video", message.animation],
    ["audio", message.audio],
    // An animation comes a second time as a document, for old clients.
    ["document", message.animation ? undefined : message.document],
    ["other", message.sticker],
    ["video", message.video],
    ["video", message.video_note],
    ["audio", message.voice],
  ];
  return found.flatMap(([kind, file]) => (file ? [toAttachment(kind, file)] : []));
}

function toAttachment(kind: Attachment["kind"], file: FileRef): Attachment {
  return {
    kind,
    platformId: file.file_id,
    ...(file.file_name && { name: cutText(file.file_name, INBOUND_BOUNDS.labelMax) }),
    ...(file.mime_type && { mimeType: cutText(file.mime_type, INBOUND_BOUNDS.labelMax) }),
    ...(file.file_size !== undefined && { bytes: file.file_size }),
  };
}
