/** What the bot puts into a message: its body and files are read, and refused where Discord refuses them. */
import { checkComponents, numbered } from "./components.ts";
import { formError, refusal } from "./failure.ts";
import type { Files } from "./files.ts";
import { lengthOf, flagsOf, type Json, objectsOf, textOf } from "./json.ts";
import { type Attachment, type Content, MESSAGE_FLAGS } from "./message.ts";

/** A file as it was uploaded, under the name of its part: `files[0]`. */
export type Upload = {
  readonly field: string;
  readonly name: string;
  readonly mimeType: string;
  readonly content: Uint8Array;
};

export type Body = {
  /** Empty when the body is a list or absent. */
  readonly json: Json;
  readonly list?: readonly unknown[];
  readonly uploads: readonly Upload[];
};

/** "Create Message": 2000 characters; a guild without boosts: 10 MiB per file. */
const CONTENT_MAX = 2_000;
export const FILE_MAX_BYTES = 10_485_760;
const ATTACHMENTS_MAX = 10;
const WAVEFORM_MAX_BYTES = 256;

/** Flags that a message may be sent with, in a channel and by an interaction. */
const SETTABLE = MESSAGE_FLAGS.suppressEmbeds | MESSAGE_FLAGS.suppressNotifications | MESSAGE_FLAGS.voice;
export const CHANNEL_FLAGS = SETTABLE | MESSAGE_FLAGS.componentsV2;
export const INTERACTION_FLAGS = CHANNEL_FLAGS | MESSAGE_FLAGS.ephemeral;

/** What a new message holds. Throws Discord's refusal. */
export function composeNew(body: Body, files: Files, settable: number): Content {
  const flags = flagsOf(body.json["flags"]);
  if ((flags & ~settable) !== 0) {
    throw formError("flags", "MESSAGE_FLAGS_INVALID", "These flags cannot be set.");
  }
  const content = compose(body, files, { content: "", embeds: [], components: [], attachments: [], flags });
  if ((flags & MESSAGE_FLAGS.voice) !== 0) checkVoice(content);
  return content;
}

/** What a message holds after an edit: fields that are absent stay. Throws Discord's refusal. */
export function composeEdit(body: Body, files: Files, before: Content): Content {
  if ((before.flags & MESSAGE_FLAGS.voice) !== 0) throw refusal("voiceEdited");
  const { flags } = body.json;
  const kept = before.flags & ~MESSAGE_FLAGS.loading;
  // Of all flags, only these two can be changed later, and only the first can be taken back.
  const changed = flagsOf(flags) & (MESSAGE_FLAGS.suppressEmbeds | MESSAGE_FLAGS.componentsV2);
  const cleared = flags === undefined ? kept : kept & ~MESSAGE_FLAGS.suppressEmbeds;
  return compose(body, files, { ...before, flags: cleared | changed });
}

function compose({ json, uploads }: Body, files: Files, before: Content): Content {
  const content = json["content"] === undefined ? before.content : checkContent(textOf(json["content"]));
  const components = json["components"] === undefined ? before.components : numbered(objectsOf(json["components"]));
  const embeds = json["embeds"] === undefined ? before.embeds : objectsOf(json["embeds"]);
  const attachments = attach(json, uploads, files, before.attachments);
  checkComponents(components);
  const isV2 = (before.flags & MESSAGE_FLAGS.componentsV2) !== 0;
  if (isV2 && (content !== "" || embeds.length > 0)) {
    const why = "The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2";
    throw formError("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", why);
  }
  const isEmpty = content === "" && embeds.length === 0 && attachments.length === 0;
  if (isEmpty && !(isV2 && components.length > 0)) throw refusal("empty");
  return { content, embeds, components, attachments, flags: before.flags };
}

/** Discord trims what is written, and counts code points. */
function checkContent(text: string): string {
  const content = text.trim();
  if (lengthOf(content) > CONTENT_MAX) {
    throw formError("content", "BASE_TYPE_MAX_LENGTH", `Must be ${CONTENT_MAX} or fewer in length.`);
  }
  return content;
}

/** Files that are new, and those of before that are named again, or all of them when none are named. */
function attach(json: Json, uploads: readonly Upload[], files: Files, before: readonly Attachment[]): Attachment[] {
  if (uploads.some(({ content }) => content.length > FILE_MAX_BYTES)) throw refusal("tooLarge");
  const named = objectsOf(json["attachments"]);
  const isListed = Array.isArray(json["attachments"]);
  const kept = before.filter(({ file }) => !isListed || named.some(({ id }) => id === file.id));
  const added = uploads.map((upload, index) => {
    const number = /^files\[(\d+)\]$/u.exec(upload.field)?.[1];
    if (number === undefined) throw formError(upload.field, "UNKNOWN_FILE", "Files must be named files[n].");
    const entry = named.find(({ id }) => String(id) === number) ?? {};
    if (isListed && entry["id"] === undefined) throw notFound(index);
    const name = textOf(entry["filename"]) || upload.name;
    const { description, duration_secs: durationSecs, waveform } = entry;
    return {
      file: files.add({ name, mimeType: upload.mimeType, content: upload.content }),
      ...(typeof description === "string" && { description }),
      ...(typeof durationSecs === "number" && { durationSecs }),
      ...(typeof waveform === "string" && { waveform }),
    };
  });
  const missing = named.findIndex(
    ({ id }) =>
      !kept.some(({ file }) => file.id === id) && !uploads.some(({ field }) => field === `files[${String(id)}]`),
  );
  if (missing >= 0) throw notFound(missing);
  if (kept.length + added.length > ATTACHMENTS_MAX) {
    throw formError("attachments", "BASE_TYPE_MAX_LENGTH", `Must be ${ATTACHMENTS_MAX} or fewer in length.`);
  }
  return [...kept, ...added];
}

function notFound(index: number): Error {
  return formError(
    `attachments/${index}`,
    "ATTACHMENT_NOT_FOUND",
    "Attachment not found in the files of this request.",
  );
}

/** "Voice Messages": one audio file that says how long it is and how it looks, and nothing else. */
function checkVoice({ content, embeds, components, attachments }: Content): void {
  if (content !== "" || embeds.length > 0 || components.length > 0) throw refusal("voiceWithContent");
  const [audio, ...others] = attachments;
  if (!audio || others.length > 0 || !audio.file.mimeType.startsWith("audio/")) throw refusal("voiceWithoutAudio");
  const points = Buffer.from(audio.waveform ?? "", "base64").length;
  if (audio.durationSecs === undefined || points === 0 || points > WAVEFORM_MAX_BYTES) {
    throw refusal("voiceWithoutMetadata");
  }
}
