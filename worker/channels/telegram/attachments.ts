/** The files of a Telegram message. Their bytes stay there until a turn needs them. Pure. */
import { INBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import type { Attachment } from "../../../protocol/inbound.ts";
import type { FileRef, Photo } from "./update-content.ts";
import type { Message } from "./update-message.ts";
import { label } from "./words.ts";

/** Telegram makes a JPEG of every photo, and says of no round video or sticker what it is. */
const PHOTO_TYPE = "image/jpeg";
const ROUND_VIDEO_TYPE = "video/mp4";

/** Lists the files: at most one per field, of a photo the largest size. */
export function attachmentsOf(message: Message): readonly Attachment[] {
  const { animation, audio, document, live_photo: livePhoto, paid_media: paid, sticker, video, voice } = message;
  return [
    ...photoOf(message.photo ?? livePhoto?.photo),
    ...fileOf("video", animation),
    ...fileOf("audio", audio && { ...audio, file_name: audio.file_name ?? titleOf(audio) }),
    // An animation comes a second time as a document, for old clients.
    ...fileOf("document", animation ? undefined : document),
    ...fileOf("sticker", sticker && { ...sticker, mime_type: sticker.mime_type ?? stickerType(sticker) }),
    ...fileOf("video", video),
    ...fileOf("video", message.video_note && { mime_type: ROUND_VIDEO_TYPE, ...message.video_note }),
    ...fileOf("voice", voice),
    ...(paid?.paid_media ?? [])
      .slice(0, INBOUND_BOUNDS.attachmentsMax)
      .flatMap((media) => [...photoOf(media.photo ?? media.live_photo?.photo), ...fileOf("video", media.video)]),
  ];
}

function photoOf(sizes: Photo = []): readonly Attachment[] {
  const area = ({ width = 0, height = 0 }: Photo[number]) => width * height;
  const [first, ...others] = sizes;
  const largest = others.reduce((best, size) => (area(size) >= area(best ?? size) ? size : best), first);
  return fileOf("image", largest && { mime_type: PHOTO_TYPE, ...largest });
}

/** A file as Telegram describes it, with gaps that we fill. */
type Described = Omit<FileRef, "file_name"> & { readonly file_name?: string | undefined };

function fileOf(kind: Attachment["kind"], file: Described | undefined): readonly Attachment[] {
  if (!file) return [];
  const { file_id, file_name, mime_type, file_size, duration } = file;
  return [
    {
      kind,
      platformId: file_id,
      ...(file_name && { name: label(file_name) }),
      ...(mime_type && { mimeType: label(mime_type) }),
      ...(file_size !== undefined && { bytes: file_size }),
      ...(duration !== undefined && { durationS: duration }),
    },
  ];
}

function titleOf({ performer, title }: NonNullable<Message["audio"]>): string | undefined {
  return [performer, title].filter(Boolean).join(" - ") || undefined;
}

/** "Stickers": a picture in WEBP, a moving one in TGS (gzipped JSON), a video in WEBM. */
function stickerType({ is_animated, is_video }: NonNullable<Message["sticker"]>): string {
  if (is_video) return "video/webm";
  return is_animated ? "application/x-tgsticker" : "image/webp";
}
