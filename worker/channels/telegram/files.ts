/** Sends files: one by the method of its kind, several as an album. */
import type { Message } from "@grammyjs/types";
import type { Api, InputFile } from "grammy/web";
import { assertNever } from "../../../protocol/assert.ts";
import { ChannelError } from "../../../protocol/errors.ts";
import type { FileKind, Outbound, OutboundFile } from "../../../protocol/outbound.ts";
import { showsNothing } from "../../../protocol/visible-text.ts";
import type { BotApi } from "./bot-api.ts";
import { Upload } from "./files-upload.ts";
import { keyboardOf } from "./keyboard.ts";
import { Refusal } from "./outcome.ts";
import type { Place } from "./send-place.ts";
import { putCaption } from "./send-text.ts";

type Target = { readonly chatId: number; readonly place: Place };
type Caption = { readonly caption?: string; readonly parse_mode?: "HTML" };
type ShownKind = Exclude<FileKind, "document">;
type Album = "pictures" | "music" | "documents";

/** "sendPhoto": at most 10 MB; here whichever MB is meant. */
const PHOTO_MAX_BYTES = 10_000_000;
const MUSIC = ["audio/mpeg", "audio/mp3", "audio/mp4", "audio/m4a", "audio/x-m4a"];
/** What can be shown as what; anything else is a document ("sendVideo", "sendAudio", "sendVoice"). */
const TYPES: Readonly<Record<ShownKind, ReadonlySet<string>>> = {
  photo: new Set(["image/jpeg", "image/png", "image/webp"]),
  video: new Set(["video/mp4"]),
  audio: new Set(MUSIC),
  voice: new Set(["audio/ogg", "audio/opus", ...MUSIC]),
};

/**
 * Sends `files` with the text of `message` as their caption and returns the first message. What Telegram refuses as a photo
 * or a voice message goes as a document at once, and a caption whose formatting it refuses as it is. Throws `ChannelError`
 * only.
 */
export async function sendFiles(
  bot: BotApi,
  target: Target,
  files: readonly OutboundFile[],
  message: Outbound,
): Promise<Message> {
  const [only, ...more] = files;
  if (only && more.length === 0) return await sendOne(bot, target, only, message);
  return await sendAlbum(bot, target, files, message);
}

async function sendOne(
  bot: BotApi,
  { chatId, place }: Target,
  file: OutboundFile,
  { markdown, buttons }: Outbound,
): Promise<Message> {
  const other = { ...place, ...keyboardOf(buttons) };
  return await firstTaken(kindsOf(file), "document", (kind) =>
    captioned(markdown, (caption) => sendAs(bot, kind, chatId, file, { ...other, ...caption })),
  );
}

async function sendAs(
  bot: BotApi,
  kind: FileKind,
  chatId: number,
  file: OutboundFile,
  options: Place & Caption & ReturnType<typeof keyboardOf>,
): Promise<Message> {
  switch (kind) {
    case "photo":
      return await uploading(bot, "sendPhoto", (api, input) => api.sendPhoto(chatId, input(file), options));
    case "video":
      return await uploading(bot, "sendVideo", (api, input) => api.sendVideo(chatId, input(file), options));
    case "audio":
      return await uploading(bot, "sendAudio", (api, input) => api.sendAudio(chatId, input(file), options));
    case "voice":
      return await uploading(bot, "sendVoice", (api, input) => api.sendVoice(chatId, input(file), options));
    case "document": {
      // Telegram would make a voice message of one again, and music of a document.
      const isAsItIs = file.kind === "document" || file.kind === "voice";
      const document = { ...options, ...(isAsItIs && { disable_content_type_detection: true }) };
      return await uploading(bot, "sendDocument", (api, input) => api.sendDocument(chatId, input(file), document));
    }
    default:
      return assertNever(kind);
  }
}

/** An album shows photos and videos together, or music, or documents; a mixture goes as documents. It has no buttons. */
async function sendAlbum(
  bot: BotApi,
  { chatId, place }: Target,
  files: readonly OutboundFile[],
  { markdown }: Outbound,
): Promise<Message> {
  const sent = await firstTaken<Album, readonly Message[]>(albumsOf(files), "documents", (album) =>
    captioned(markdown, (caption) =>
      uploading(bot, "sendMediaGroup", (api, input) => {
        // One caption is shown for all photos; below files, that of the last one stands at the end.
        const captionAt = album === "pictures" ? 0 : files.length - 1;
        const item = (file: OutboundFile, index: number) => ({
          media: input(file),
          ...(index === captionAt && caption),
        });
        switch (album) {
          case "pictures":
            return api.sendMediaGroup(
              chatId,
              files.map((file, index) => ({ type: isVideo(file) ? "video" : "photo", ...item(file, index) })),
              place,
            );
          case "music":
            return api.sendMediaGroup(
              chatId,
              files.map((file, index) => ({ type: "audio", ...item(file, index) })),
              place,
            );
          case "documents":
            return api.sendMediaGroup(
              chatId,
              files.map((file, index) => ({ type: "document", ...item(file, index) })),
              place,
            );
          default:
            return assertNever(album);
        }
      }),
    ),
  );
  const [first] = sent;
  if (first) return first;
  throw new ChannelError("channel_outcome_unknown", { channel: "telegram", method: "sendMediaGroup" }, "no messages");
}

/** What a file can be shown as besides a document, best first. */
function kindsOf({ kind, mimeType, bytes }: OutboundFile): ShownKind[] {
  const type = mimeType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const wanted: readonly ShownKind[] = kind === "document" ? [] : kind === "voice" ? ["voice", "audio"] : [kind];
  return wanted.filter((shown) => TYPES[shown].has(type) && (shown !== "photo" || bytes <= PHOTO_MAX_BYTES));
}

/** The album that `files` can be besides one of documents. */
function albumsOf(files: readonly OutboundFile[]): Album[] {
  const kinds = files.map((file) => kindsOf(file)[0]);
  if (kinds.every((kind) => kind === "photo" || kind === "video")) return ["pictures"];
  return kinds.every((kind) => kind === "audio") ? ["music"] : [];
}

function isVideo(file: OutboundFile): boolean {
  return kindsOf(file)[0] === "video";
}

/** Sends as the first of `preferred` that is not refused as such, at last as `last`. */
async function firstTaken<K, T>(preferred: readonly K[], last: K, send: (as: K) => Promise<T>): Promise<T> {
  for (const as of preferred) {
    try {
      return await send(as);
    } catch (error) {
      if (!(error instanceof Refusal) || error.reason.kind !== "media") throw error;
    }
  }
  return await send(last);
}

async function captioned<T>(markdown: string, put: (caption: Caption) => Promise<T>): Promise<T> {
  if (showsNothing(markdown)) return await put({});
  return await putCaption(markdown, ({ kind, text }) =>
    put({ caption: text, ...(kind === "html" && { parse_mode: "HTML" }) }),
  );
}

async function uploading<T>(
  bot: BotApi,
  method: string,
  request: (api: Api, input: (file: OutboundFile) => InputFile) => Promise<T>,
): Promise<T> {
  const upload = new Upload();
  try {
    return await bot.upload(method, (api) => request(api, (file) => upload.input(file)));
  } finally {
    await upload.close();
  }
}
