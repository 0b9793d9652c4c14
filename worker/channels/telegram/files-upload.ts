/** The files of one call, streamed into its body: each is opened when its turn comes, so that none is held in memory. */
import { InputFile } from "grammy/web";
import { ChannelError } from "../../../protocol/errors.ts";
import type { OutboundFile } from "../../../protocol/outbound.ts";

/** Longest name that is passed on, in UTF-16 units; file systems take 255 bytes. */
const NAME_MAX = 120;
/** grammY writes a name into a header without quotes; these would end it or the header, or be decoded. */
const NOT_IN_NAME = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}";\\/]+|%(?=[\da-f]{2})/giu;

export class Upload {
  readonly #open = new Set<ReadableStreamDefaultReader<Uint8Array>>();

  /** `file` as grammY takes it; good for one call. What goes wrong in reading it ends the call with a `ChannelError`. */
  input(file: OutboundFile): InputFile {
    return new InputFile(this.#read(file), nameOf(file));
  }

  /** Lets go of what the call did not read to its end. Never rejects. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#open].map((reader) => reader.cancel()));
  }

  async *#read(file: OutboundFile): AsyncGenerator<Uint8Array, void> {
    const reader = (await file.open()).getReader();
    this.#open.add(reader);
    let bytes = 0;
    for (let chunk = await next(reader); chunk; chunk = await next(reader)) {
      bytes += chunk.length;
      if (bytes > file.bytes) throw wrongLength(`more than the ${file.bytes} bytes`);
      yield chunk;
    }
    this.#open.delete(reader);
    // Half a file must not be shown. Without its end the call is not carried out.
    if (bytes < file.bytes) throw wrongLength(`${bytes} of the ${file.bytes} bytes`);
  }
}

async function next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | null> {
  try {
    const { done, value } = await reader.read();
    return done ? null : value;
  } catch {
    throw unreadable("it broke off");
  }
}

const AT = { channel: "telegram", method: "upload" } as const;

function unreadable(why: string): ChannelError {
  return new ChannelError("channel_unreachable", AT, `file not read: ${why}`);
}

/** Read again it is as long again. */
function wrongLength(what: string): ChannelError {
  return new ChannelError("channel_refused", AT, `file not sent: ${what} that it was said to have`);
}

/** A name that cannot break the header it stands in; its end is kept, since that says what the file is. */
function nameOf({ name }: OutboundFile): string | undefined {
  const safe = name.toWellFormed().replace(NOT_IN_NAME, "_").trim();
  return safe === "" ? undefined : safe.slice(-NAME_MAX).toWellFormed();
}
