/** Puts one message onto Discord, anew or in the place of another one. One call each, but for what is refused for its form. */
import type { APIMessageReferenceSend } from "discord-api-types/v10";
import * as v from "valibot";
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import type { Outbound, OutboundFile, Receipt } from "../../../protocol/outbound.ts";
import { showsNothing } from "../../../protocol/visible-text.ts";
import { type Rows, rowsOf } from "./components.ts";
import { FormUpload, nameOf } from "./files-upload.ts";
import { isRefused, Refusal } from "./outcome.ts";
import { renderDiscord } from "./render.ts";
import type { DiscordRest } from "./rest.ts";
import { ID, type Route } from "./rest-route.ts";
import { readVoice } from "./voice.ts";

/** What a message shows. */
export type Content = {
  readonly text: string;
  readonly rows: Rows;
  readonly files: readonly OutboundFile[];
};

/** What a new message has besides, by what it is sent with. */
export type Extras = {
  readonly nonce?: string;
  readonly replyTo?: string;
  readonly isEphemeral?: boolean;
};

/** "Message Flags". */
const FLAG = { ephemeral: 1 << 6, voice: 1 << 13 } as const;
/** Nobody is called by what a model writes. */
const NO_MENTIONS = { parse: [] } as const;
const message = v.object({ id: v.pipe(v.string(), v.regex(ID)) });

/** What an answer's part shows, in Discord's words. */
export function contentOf({
  markdown,
  files = [],
  buttons,
}: Pick<Outbound, "markdown" | "files" | "buttons">): Content {
  return { text: showsNothing(markdown) ? "" : renderDiscord(markdown), rows: rowsOf(buttons), files };
}

/**
 * Makes a message. A single recording without words becomes a voice message, or a file where that is refused; a message
 * that may not name the one that it answers does without. Throws `ChannelError` only.
 */
export async function createMessage(rest: DiscordRest, at: Route, content: Content, extras: Extras): Promise<Receipt> {
  const { replyTo, ...others } = extras;
  try {
    return await asVoice(content, (voice) => create(rest, at, content, { ...extras, ...(voice && { voice }) }));
  } catch (error) {
    if (!isRefused(error, "reply") || replyTo === undefined) throw error;
    return await createMessage(rest, at, content, others);
  }
}

/** Puts `content` in the place of what a message shows. Doing it twice changes nothing. Throws `ChannelError` only. */
export async function changeMessage(rest: DiscordRest, at: Route, { text, rows, files }: Content): Promise<Receipt> {
  const attachments = files.map((file, index) => ({ id: String(index), filename: nameOf(file) }));
  const json = {
    content: text,
    components: rows,
    allowed_mentions: NO_MENTIONS,
    // Those that are not listed go, so that a file is there once.
    ...(files.length > 0 && { attachments }),
  };
  return await put(rest, at, json, files);
}

type Voice = { readonly duration_secs: number; readonly waveform: string };

async function create(
  rest: DiscordRest,
  at: Route,
  { text, rows, files }: Content,
  { nonce, replyTo, isEphemeral, voice }: Extras & { readonly voice?: Voice },
): Promise<Receipt> {
  const flags = (isEphemeral ? FLAG.ephemeral : 0) | (voice ? FLAG.voice : 0);
  const attachments = files.map((file, index) => ({ id: String(index), filename: nameOf(file), ...voice }));
  const reference: APIMessageReferenceSend | undefined =
    replyTo === undefined ? undefined : { message_id: replyTo, fail_if_not_exists: false };
  const json = {
    ...(text !== "" && { content: text }),
    allowed_mentions: NO_MENTIONS,
    ...(rows.length > 0 && { components: rows }),
    ...(files.length > 0 && { attachments }),
    ...(flags !== 0 && { flags }),
    ...(nonce !== undefined && { nonce, enforce_nonce: true }),
    ...(reference && { message_reference: reference }),
  };
  return await put(rest, at, json, files);
}

async function put(rest: DiscordRest, at: Route, json: unknown, files: readonly OutboundFile[]): Promise<Receipt> {
  const options =
    files.length > 0
      ? { upload: new FormUpload(json, files), timeoutMs: OUTBOUND_BOUNDS.fileTimeoutMs }
      : { json, timeoutMs: OUTBOUND_BOUNDS.sendTimeoutMs };
  const { id } = await rest.ask(message, at, options);
  return { messageId: id };
}

/** "Voice Messages": one recording and nothing else. What is refused as one goes as a file. */
async function asVoice<T>({ text, rows, files }: Content, send: (voice: Voice | null) => Promise<T>): Promise<T> {
  const [file, ...others] = files;
  const canBe = file?.kind === "voice" && isOgg(file) && others.length === 0 && text === "" && rows.length === 0;
  const facts = canBe ? await readVoice(file) : null;
  if (!facts) return await send(null);
  try {
    return await send({ duration_secs: facts.durationS, waveform: facts.waveform });
  } catch (error) {
    const isForm = error instanceof Refusal && (error.reason === "voice" || error.status === 400);
    if (!isForm) throw error;
    return await send(null);
  }
}

function isOgg({ mimeType }: OutboundFile): boolean {
  return /^audio\/(?:ogg|opus)\b/iu.test(mimeType);
}
