/** Methods that send files, one or an album, uploaded or known by their ids. */
import { ApiFailure, badRequest } from "../failure.ts";
import { photoSizes, type StoredFile, toRef } from "../files.ts";
import { withKeyboard } from "../keyboard.ts";
import { type Content, toWire } from "../message.ts";
import { mimeTypeOf } from "../mime.ts";
import type { Uploads } from "../multipart.ts";
import { captionOf, placeOf } from "../parameters.ts";
import type { Params } from "../request.ts";
import { fieldsOf, numberOf, stringOf } from "../values.ts";
import type { Method, World } from "../world.ts";

type SentKind = "photo" | "document" | "voice" | "audio" | "video" | "animation";

/** "Sending files": photos of up to 10 MB; anything else as much as a call takes. */
const PHOTO_MAX_BYTES = 10_485_760;
/** "sendMediaGroup": 2-10 items. */
const ALBUM_MIN = 2;
const ALBUM_MAX = 10;
const ATTACHED = "attach://";
const PICTURES: readonly SentKind[] = ["photo", "video"];

const sendPhoto = sendFile("photo");
const sendDocument = sendFile("document");
const sendVoice = sendFile("voice");
const sendAudio = sendFile("audio");
const sendVideo = sendFile("video");
const sendAnimation = sendFile("animation");

const sendMediaGroup: Method = (params, world, uploads) => {
  const chat = world.chats.open(params["chat_id"]);
  const items = readItems(params["media"]);
  if (items.length === 0) throw badRequest("there are no messages to send");
  if (items.length > ALBUM_MAX) throw badRequest("too many messages to send as an album");
  // The real service sends a single item all the same; its documentation does not allow it.
  if (items.length < ALBUM_MIN) throw badRequest("media must include 2-10 items");
  const kinds = new Set(items.map(({ type }) => type));
  for (const alone of ["document", "audio"] as const) {
    if (kinds.has(alone) && kinds.size > 1) throw badRequest(`${alone} can't be mixed with other media types`);
  }
  const place = placeOf(params, chat, world);
  // All or nothing: what is wrong with one item is found before any is shown.
  const contents = items.map((item, index) => {
    const named = stringOf(item["media"]).startsWith(ATTACHED);
    if (named && !uploads.has(attachedName(item["media"]))) throw badRequest("can't parse InputMedia: media not found");
    try {
      return { ...contentOf(item.type, fileOf(item.type, item["media"], world, uploads), item), ...captionOf(item) };
    } catch (error) {
      throw error instanceof ApiFailure && !/can't parse entities|caption is too long/u.test(error.message)
        ? badRequest(`failed to send message #${index + 1} with the error message "${error.message}"`)
        : error;
    }
  });
  const groupId = world.chats.nextGroupId();
  return contents
    .map((content) => world.chats.add(chat.id, world.me, { ...content, ...place, media_group_id: groupId }))
    .map(toWire);
};

const getFile: Method = ({ file_id: fileId }, { files }) => files.link(fileId);

function sendFile(kind: SentKind): Method {
  return (params, world, uploads) => {
    const chat = world.chats.open(params["chat_id"]);
    const caption = captionOf(params);
    const file = fileOf(kind, params[kind], world, uploads);
    const content = {
      ...contentOf(kind, file, params),
      ...caption,
      ...placeOf(params, chat, world),
      ...withKeyboard(params["reply_markup"]),
    };
    return toWire(world.chats.add(chat.id, world.me, content));
  };
}

/** The file that a parameter names: an upload, or one that is already there. */
function fileOf(kind: SentKind, named: unknown, { files }: World, uploads: Uploads): StoredFile {
  const name = stringOf(named);
  if (/^https?:\/\//u.test(name)) throw badRequest("failed to get HTTP URL content");
  if (!name.startsWith(ATTACHED)) {
    const known = files.find(name);
    if (!known) throw badRequest("wrong file identifier/HTTP URL specified");
    if (known.kind !== kind) throw badRequest(`can't use file of type ${known.kind} as ${kind}`);
    return known;
  }
  const upload = uploads.get(attachedName(named));
  if (!upload) throw badRequest(`there is no ${kind} in the request`);
  if (upload.bytes === 0) throw badRequest("file must be non-empty");
  if (kind === "photo" && upload.bytes > PHOTO_MAX_BYTES) {
    const limit = `the maximum size is ${PHOTO_MAX_BYTES} bytes`;
    throw badRequest(`file of size ${upload.bytes} bytes is too big for a photo; ${limit}`);
  }
  return files.add(kind, { ...upload, mimeType: mimeTypeOf(upload) });
}

function contentOf(kind: SentKind, file: StoredFile, facts: Params): Content {
  const duration = { duration: numberOf(facts["duration"], 0) };
  const size = { width: numberOf(facts["width"], 320), height: numberOf(facts["height"], 240) };
  switch (kind) {
    case "photo":
      return { photo: photoSizes(file) };
    case "document":
      return { document: toRef(file) };
    case "voice":
      return { voice: toRef(file, duration) };
    case "audio":
      return { audio: { ...toRef(file, duration), ...textsOf(facts, ["title", "performer"]) } };
    case "video":
      return { video: toRef(file, { ...duration, ...size }) };
    case "animation": {
      const ref = toRef(file, { ...duration, ...size });
      // Old clients know no animations: there it is a document.
      return { animation: ref, document: toRef(file) };
    }
    default:
      return kind satisfies never;
  }
}

function readItems(media: unknown): readonly (Params & { readonly type: SentKind })[] {
  const items: readonly unknown[] = Array.isArray(media) ? media : [];
  return items.map((item) => {
    const fields = fieldsOf(item);
    const type = [...PICTURES, "document" as const, "audio" as const].find((kind) => kind === fields["type"]);
    if (type) return { ...fields, type };
    throw badRequest(`can't parse InputMedia: type "${stringOf(fields["type"])}" can't be used in sendMediaGroup`);
  });
}

function attachedName(reference: unknown): string {
  return stringOf(reference).slice(ATTACHED.length);
}

function textsOf(facts: Params, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = facts[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
}

export const MEDIA_METHODS: Readonly<Record<string, Method>> = {
  sendPhoto,
  sendDocument,
  sendVoice,
  sendAudio,
  sendVideo,
  sendAnimation,
  sendMediaGroup,
  getFile,
};
