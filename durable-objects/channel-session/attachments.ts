/** Brings the files of messages from their platform to the space of the turn, before the agent hears of them. */
import { reach } from "../../fail-points/fail-point.ts";
import { backoffMs } from "../../protocol/backoff.ts";
import { INBOUND_BOUNDS, OUTBOUND_BOUNDS } from "../../protocol/bounds.ts";
import { ChannelError } from "../../protocol/errors.ts";
import type { Attachment, Inbound, Transfer, TransferFailure } from "../../protocol/inbound.ts";
import { type SizedBody, TransferBroken } from "../../worker/agentcore/space-objects.ts";
import type { OpenChannel } from "../../worker/channels/registry.ts";
import { sha256Hex } from "../../worker/agentcore/signer.ts";
import { errorFields, log } from "../../worker/log.ts";
import { readInbound, rewordInbound } from "./inbox.ts";
import type { SessionContext } from "./session-context.ts";

/** Stores bytes under a name. Throws `StorageError`, or `TransferBroken` when they do not come. */
export type Store = (name: string, file: SizedBody, signal: AbortSignal) => Promise<void>;

/** Longest pause before a file is asked for again; the turn waits for it. */
const PAUSE_MAX_MS = 10_000;
/** Files that are under way at the same time. */
const AT_ONCE = 4;

/**
 * The messages with a transfer noted at each attachment. What was brought in before is not fetched again. A file that cannot
 * be had is noted as such; throws only if the space cannot be written, so that the turn is tried again.
 */
export async function bringIn(
  session: SessionContext,
  messages: readonly Inbound[],
  store: Store,
): Promise<readonly Inbound[]> {
  const signal = AbortSignal.timeout(INBOUND_BOUNDS.attachmentTimeoutMs);
  const brought: Inbound[] = [];
  for (const message of messages) {
    if (message.attachments.every((attachment) => attachment.transfer)) {
      brought.push(message);
      continue;
    }
    brought.push(noteTransfers(session.sql, message, await bringAll(session, message, store, signal)));
  }
  return brought;
}

/** An edit may have come meanwhile: only what was brought in is noted. */
function noteTransfers(sql: SqlStorage, message: Inbound, brought: readonly Attachment[]): Inbound {
  const now = readInbound(sql, [message.id])[0] ?? message;
  const attachments = now.attachments.map(
    (file) => brought.find(({ platformId }) => platformId === file.platformId) ?? file,
  );
  const noted = { ...now, attachments };
  rewordInbound(sql, noted);
  return noted;
}

async function bringAll(
  session: SessionContext,
  message: Inbound,
  store: Store,
  signal: AbortSignal,
): Promise<readonly Attachment[]> {
  const channel = session.channel();
  const done = [...message.attachments];
  const waiting = [...done.keys()];
  const work = async () => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      const attachment = done[index];
      if (!attachment || attachment.transfer) continue;
      const transfer = await bring({ channel, attachment, index, session, message, store, signal });
      const ids = { session: session.key, message: message.id, attachment: index };
      log(transfer.state === "stored" ? "info" : "warn", "attachment_transferred", { ...ids, ...transfer });
      done[index] = { ...attachment, transfer };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return done;
}

type Journey = {
  readonly channel: OpenChannel | null;
  readonly attachment: Attachment;
  readonly index: number;
  readonly session: SessionContext;
  readonly message: Inbound;
  readonly store: Store;
  readonly signal: AbortSignal;
};

async function bring(journey: Journey): Promise<Transfer> {
  const { attachment, index, session, message, signal } = journey;
  if (index >= INBOUND_BOUNDS.attachmentsMax) return failed("refused");
  if (isTooLarge(attachment.bytes)) return failed("too_large");
  const name = await nameOf(`${session.key}/${message.id}/${index}`);
  for (let tries = 1; tries <= INBOUND_BOUNDS.attachmentTriesMax; tries += 1) {
    const error = await attempt(name, journey);
    if (!(error instanceof Error)) return error;
    log("warn", "attachment_tried", { session: session.key, message: message.id, tries, ...errorFields(error) });
    if (error instanceof ChannelError && error.code === "channel_refused") return failed("refused");
    if (signal.aborted) break;
    if (!isOfPlatform(error)) throw error;
    if (tries < INBOUND_BOUNDS.attachmentTriesMax) await pause(tries, error);
  }
  return failed("unreachable");
}

async function attempt(name: string, journey: Journey): Promise<Transfer | Error> {
  const { channel, session } = journey;
  try {
    FAIL_POINTS && (await reach("attachment.fetching", { session: session.key }));
    return channel ? await inTime(carry(channel, name, journey), journey.signal) : failed("refused");
  } catch (error) {
    return error instanceof Error ? error : new Error("not an error", { cause: error });
  }
}

/** What is wrong with the platform is told to the agent; what is wrong with the store may be right the next time. */
function isOfPlatform(error: unknown): boolean {
  return error instanceof ChannelError || error instanceof TransferBroken;
}

/** One try: from the platform straight into the store. */
async function carry(
  channel: OpenChannel,
  name: string,
  { attachment, store, signal }: Pick<Journey, "attachment" | "store" | "signal">,
): Promise<Transfer> {
  const download = await channel.download(attachment);
  if (isTooLarge(download.bytes)) {
    await download.body.cancel();
    return failed("too_large");
  }
  const bytes = download.bytes ?? attachment.bytes ?? null;
  if (bytes === null) {
    await download.body.cancel();
    return failed("refused"); // the store must know how much comes
  }
  await store(name, { body: download.body, bytes }, signal);
  return { state: "stored", name, bytes };
}

function failed(why: TransferFailure): Transfer {
  return { state: "failed", why };
}

function isTooLarge(bytes: number | null | undefined): boolean {
  return (bytes ?? 0) > INBOUND_BOUNDS.attachmentMaxBytes;
}

async function pause(failures: number, error: unknown): Promise<void> {
  const wanted = error instanceof ChannelError ? error.retryAfterMs : undefined;
  const pauseMs = Math.min(wanted ?? backoffMs(failures, OUTBOUND_BOUNDS), PAUSE_MAX_MS);
  await new Promise((wake) => setTimeout(wake, pauseMs));
}

/** Gives up waiting when the signal says so; what is under way has an end of its own. */
async function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(new TransferBroken(signal.reason));
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp, { once: true });
  return await Promise.race([work, late]).finally(() => signal.removeEventListener("abort", giveUp));
}

/** The same for the same file each time, so that a second try overwrites the first. */
async function nameOf(file: string): Promise<string> {
  return (await sha256Hex(new TextEncoder().encode(file))).slice(0, 40);
}
