/** What the tests of outgoing calls share: an emulator that checks them by the official schema, places, files, failures. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { expect } from "vitest";
import { ChannelError } from "../../../protocol/errors.ts";
import type { Button, FileKind, Outbound, OutboundFile, ReplyAddress } from "../../../protocol/outbound.ts";
import { createTelegramChannel } from "../../../worker/channels/telegram/index.ts";
import {
  type EmulatorOptions,
  readSchema,
  startTelegramEmulator,
  type TelegramEmulator,
} from "../../emulators/telegram/index.ts";
import { TOKEN } from "./payloads.ts";

const OFFICIAL = resolve(import.meta.dirname, "../../../../shared/fixtures/schemas/telegram-bot-api-10.1.json");
const schema = existsSync(OFFICIAL) ? readSchema(OFFICIAL) : undefined;
if (!schema) console.warn(`SKIPPED: the official schema is not there (${OFFICIAL}); our own subset checks the calls`);

export const ann: ReplyAddress = { channel: "telegram", chatId: "42", chatKind: "direct", messageId: "7" };
export const team: ReplyAddress = { channel: "telegram", chatId: "-100123", chatKind: "group", messageId: "7" };

/** A part with this text. */
export function part(markdown: string, more: Partial<Outbound> = {}): Outbound {
  return { deliveryId: "d-1", markdown, ...more };
}

/** Starts an emulator of the bot of `channelAt`. */
export function startEmulator(options: Partial<EmulatorOptions> = {}): Promise<TelegramEmulator> {
  return startTelegramEmulator({ token: TOKEN, ...(schema && { schema }), ...options });
}

/** A channel that knows nothing of calls before. */
export function channelAt(apiRoot: string, { botToken = TOKEN, richMessages = true } = {}) {
  return createTelegramChannel({ botToken, webhookSecret: "s", apiRoot, richMessages });
}

/** The error of an attempt that must fail; it holds no token. */
export async function failure(attempt: Promise<unknown>): Promise<ChannelError> {
  const error = await attempt.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ChannelError)) throw new Error("no ChannelError", { cause: error });
  expect(JSON.stringify([error.message, error.stack, error.cause])).not.toContain(TOKEN.split(":")[1]);
  return error;
}

/** A file that counts how often it was opened. */
export type TestFile = OutboundFile & { readonly opened: () => number };

/** A file of `kind`; `bytes` more or less than its content make it one that broke off. */
export function file(kind: FileKind, more: Partial<OutboundFile> & { readonly content?: Uint8Array } = {}): TestFile {
  const content = more.content ?? new TextEncoder().encode(`content of a ${kind}`);
  let opened = 0;
  const open = () => {
    opened += 1;
    return Promise.resolve(new Blob([Buffer.from(content)]).stream());
  };
  return { kind, ...TYPICAL[kind], bytes: content.length, open, opened: () => opened, ...more };
}

const TYPICAL: Readonly<Record<FileKind, { readonly name: string; readonly mimeType: string }>> = {
  photo: { name: "cat.png", mimeType: "image/png" },
  video: { name: "cat.mp4", mimeType: "video/mp4" },
  audio: { name: "song.mp3", mimeType: "audio/mpeg" },
  voice: { name: "note.ogg", mimeType: "audio/ogg; codecs=opus" },
  document: { name: "a report.pdf", mimeType: "application/pdf" },
};

/** A body in pieces of this size, that ends or breaks off. */
export function pieces(content: Uint8Array, size: number, breaksOff = false): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= content.length && breaksOff) controller.error(new TypeError("terminated"));
      else if (at >= content.length) controller.close();
      else controller.enqueue(content.slice(at, at + size));
      at += size;
    },
  });
}

/** One row of buttons. */
export function buttons(...labels: readonly string[]): readonly (readonly Button[])[] {
  return [labels.map((label, index) => ({ id: `b-${index}`, label }))];
}
