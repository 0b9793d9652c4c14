/** What the tests of outgoing calls share: an emulator that checks them by the official schema, places, files, failures. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { expect, onTestFinished, vi } from "vitest";
import { TICKET_BOUNDS } from "../../../protocol/bounds.ts";
import { ChannelError } from "../../../protocol/errors.ts";
import type {
  Button,
  FileKind,
  Outbound,
  OutboundFile,
  ReplyAddress,
  ReplyTicket,
} from "../../../protocol/outbound.ts";
import { wantedCommands } from "../../../worker/channels/discord/commands.ts";
import { overwriteCommands, postCallback } from "../../../worker/channels/discord/operation.ts";
import { DiscordRest } from "../../../worker/channels/discord/rest.ts";
import { ownId } from "../../../worker/channels/discord/rest-self.ts";
import type { DiscordSettings } from "../../../worker/channels/discord/settings.ts";
import {
  type DiscordEmulator,
  type EmulatorOptions,
  type Person,
  readSchema,
  type RecordedCall,
  startDiscordEmulator,
} from "../../emulators/discord/index.ts";

const OFFICIAL = resolve(import.meta.dirname, "../../../../shared/fixtures/schemas/discord-openapi.json");
const schema = existsSync(OFFICIAL) ? readSchema(OFFICIAL) : undefined;
if (!schema) console.warn(`SKIPPED: the official schema is not there (${OFFICIAL}); our own subset checks the calls`);

/** A bot token that must never be in an error. */
const BOT_SECRET = "bot-secret";

/** Starts an emulator of the bot of `settingsOf`. */
export function startEmulator(options: EmulatorOptions = {}): Promise<DiscordEmulator> {
  return startDiscordEmulator({ botToken: `MTQw.${BOT_SECRET}`, ...(schema && { schema }), ...options });
}

export function settingsOf(emulator: DiscordEmulator): DiscordSettings {
  return {
    applicationId: emulator.applicationId,
    publicKey: emulator.publicKey,
    botToken: emulator.botToken,
    apiRoot: emulator.apiRoot,
    gateway: false,
    messageContent: false,
    replyIn: "channel",
  };
}

/** A client that knows nothing of calls before. */
export function restOf(emulator: DiscordEmulator): DiscordRest {
  return new DiscordRest(settingsOf(emulator));
}

/** A part with this text. */
export function part(markdown: string, more: Partial<Outbound> = {}): Outbound {
  return { deliveryId: "d-1", markdown, ...more };
}

/** Rows of buttons with these labels, each row one list. */
export function buttons(...rows: readonly (readonly string[])[]): readonly (readonly Button[])[] {
  return rows.map((row, at) => row.map((label, index) => ({ id: `b-${at}-${index}`, label })));
}

/** The error of an attempt that must fail; it holds no token. */
export async function failure(attempt: Promise<unknown>, token = BOT_SECRET): Promise<ChannelError> {
  const error = await attempt.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ChannelError)) throw new Error("no ChannelError", { cause: error });
  const told = JSON.stringify([error.message, error.stack, error.method, error.cause]);
  for (const secret of [BOT_SECRET, token]) expect(told).not.toContain(secret);
  return error;
}

/** A made up leave of an interaction that began at `began`. */
export function ticketOf(token: string, began: number, more: Partial<ReplyTicket> = {}): ReplyTicket {
  return { token, goodUntil: began + TICKET_BOUNDS.lifeMs, holdsPlace: true, isBinding: false, ...more };
}

/** An emulated Discord at a time that only tests move, with Ann in a guild of one channel; it ends with the test. */
export async function startScene(options: EmulatorOptions = {}) {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 23) });
  const emulator = await startEmulator({ now: () => Date.now(), ...options });
  onTestFinished(async () => {
    vi.useRealTimers();
    await emulator.close();
  });
  const ann = emulator.addPerson({ username: "ann" });
  const guild = emulator.addGuild({ members: [ann] });
  const channel = emulator.addChannel(guild);
  const rest = restOf(emulator);
  await ownId(rest); // Discord has answered lately
  return { emulator, ann, guild, channel, rest };
}

/** What was called besides asking who we are, which nothing changes. */
export function callsOf(emulator: DiscordEmulator): readonly RecordedCall[] {
  return emulator.calls.filter(({ route }) => route !== "/users/@me");
}

/** Moves the clock of tests. */
export function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

/** Somebody calls us in a channel, and we have said that we think about it: the leave to answer. */
export async function askedBy(
  emulator: DiscordEmulator,
  person: Person,
  { in: channel, isPrivate = false }: { readonly in: string; readonly isPrivate?: boolean },
): Promise<ReplyTicket> {
  const settings = settingsOf(emulator);
  if (emulator.commands().length === 0) await overwriteCommands(settings, wantedCommands());
  const acknowledged: Promise<void>[] = [];
  const stop = emulator.world.onEvent(({ t, d }) => {
    const body = { type: 5, ...(isPrivate && { data: { flags: 64 } }) };
    if (t === "INTERACTION_CREATE")
      acknowledged.push(postCallback(settings, String(d["id"]), String(d["token"]), body));
  });
  const { token } = await person.uses("ask", { text: "hi" }, { in: channel });
  await Promise.all(acknowledged);
  stop();
  return ticketOf(token, Date.now(), { isBinding: isPrivate });
}

export function directTo(chatId: string, more: Partial<ReplyAddress> = {}): ReplyAddress {
  return { channel: "discord", chatId, chatKind: "direct", ...more };
}

export function groupAt(chatId: string, more: Partial<ReplyAddress> = {}): ReplyAddress {
  return { channel: "discord", chatId, chatKind: "group", ...more };
}

/** A file that counts how often it was opened. */
export type TestFile = OutboundFile & { readonly opened: () => number };

const TYPICAL = {
  photo: { name: "cat.png", mimeType: "image/png" },
  video: { name: "clip.mp4", mimeType: "video/mp4" },
  audio: { name: "song.mp3", mimeType: "audio/mpeg" },
  voice: { name: "note.ogg", mimeType: "audio/ogg" },
  document: { name: "report.pdf", mimeType: "application/pdf" },
} as const satisfies Record<FileKind, Pick<OutboundFile, "name" | "mimeType">>;

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
