/** The files of a Discord message. Their bytes stay there until a turn needs them. Pure. */
import { INBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import type { Attachment, AttachmentKind } from "../../../protocol/inbound.ts";
import type { AttachmentRef, Worded } from "./update-message.ts";
import { label } from "./words.ts";

/** "Message Flags". */
const IS_VOICE_MESSAGE = 1 << 13;

/** Lists the files; the one of a voice message is a recorded note. */
export function attachmentsOf({ attachments, flags }: Pick<Worded, "attachments" | "flags">): readonly Attachment[] {
  const isVoice = ((flags ?? 0) & IS_VOICE_MESSAGE) !== 0;
  return attachments.slice(0, INBOUND_BOUNDS.attachmentsMax).map((file) => toAttachment(file, isVoice));
}

/** One file. Its address is signed, and good for about a day. */
export function toAttachment(file: AttachmentRef, isVoice: boolean): Attachment {
  const { url, filename, content_type: mimeType, size, duration_secs: seconds } = file;
  return {
    kind: kindOf(mimeType ?? "", isVoice),
    platformId: url,
    ...(filename && { name: label(filename) }),
    ...(mimeType && { mimeType: label(mimeType) }),
    ...(typeof size === "number" && { bytes: size }),
    ...(typeof seconds === "number" && { durationS: Math.round(seconds) }),
  };
}

function kindOf(mimeType: string, isVoice: boolean): AttachmentKind {
  switch (mimeType.toLowerCase().split("/")[0]) {
    case "audio":
      return isVoice ? "voice" : "audio";
    case "image":
      return "image";
    case "video":
      return "video";
    default:
      return "document";
  }
}
