/**
 * A message with files as one form ("Uploading Files"), streamed: each file is opened when its turn comes, and no more of it
 * is held than one chunk.
 */
import { ChannelError } from "../../../protocol/errors.ts";
import type { OutboundFile } from "../../../protocol/outbound.ts";
import type { Upload } from "./rest.ts";

/** workerd's: tells the length of a stream. Elsewhere the body is sent in chunks. */
declare const FixedLengthStream:
  | (new (bytes: number) => {
      readonly readable: ReadableStream<Uint8Array>;
      readonly writable: WritableStream<Uint8Array>;
    })
  | undefined;

/** "filename": up to 1024 characters; file systems take 255 bytes. */
const NAME_MAX = 120;
/** These would end the name or the header that it stands in, or be decoded. */
const NOT_IN_NAME = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}"\\/]+|%(?=[\da-f]{2})/giu;
const AT = { channel: "discord", method: "upload" } as const;
const encoder = new TextEncoder();

/** The form of one call; good for that one. */
export class FormUpload implements Upload {
  readonly contentType: string;
  readonly #boundary = `form-${crypto.randomUUID()}`;
  readonly #payload: unknown;
  readonly #files: readonly OutboundFile[];
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  #failure: ChannelError | null = null;

  constructor(payload: unknown, files: readonly OutboundFile[]) {
    this.contentType = `multipart/form-data; boundary=${this.#boundary}`;
    this.#payload = payload;
    this.#files = files;
  }

  open(): ReadableStream<Uint8Array> {
    const parts = this.#write();
    const body = new ReadableStream<Uint8Array>({
      // One chunk at a time: more is read when this one has left.
      pull: async (controller) => {
        const { done, value } = await parts.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    });
    return typeof FixedLengthStream === "undefined" ? body : body.pipeThrough(new FixedLengthStream(this.#bytes()));
  }

  async close(): Promise<ChannelError | null> {
    // Letting go of a file looks like its end to whoever reads it: what is wrong then is none of its faults.
    const failure = this.#failure;
    await this.#reader?.cancel().catch(() => {});
    return failure;
  }

  async *#write(): AsyncGenerator<Uint8Array, void> {
    yield this.#payloadPart();
    for (const [index, file] of this.#files.entries()) {
      yield this.#head(file, index);
      yield* this.#read(file);
      yield LINE_END;
    }
    yield this.#end();
  }

  async *#read(file: OutboundFile): AsyncGenerator<Uint8Array, void> {
    try {
      this.#reader = (await file.open()).getReader();
      let bytes = 0;
      for (let chunk = await next(this.#reader); chunk; chunk = await next(this.#reader)) {
        bytes += chunk.length;
        if (bytes > file.bytes) throw wrongLength(`more than the ${file.bytes} bytes`);
        yield chunk;
      }
      // Half a file must not be shown. Without its end the call is not carried out.
      if (bytes < file.bytes) throw wrongLength(`${bytes} of the ${file.bytes} bytes`);
    } catch (error) {
      this.#failure = error instanceof ChannelError ? error : unreadable();
      throw this.#failure;
    }
  }

  #bytes(): number {
    const files = this.#files.map((file, index) => this.#head(file, index).length + file.bytes + LINE_END.length);
    return files.reduce((sum, bytes) => sum + bytes, this.#payloadPart().length + this.#end().length);
  }

  #payloadPart(): Uint8Array {
    const head = 'Content-Disposition: form-data; name="payload_json"\r\nContent-Type: application/json';
    return encoder.encode(`--${this.#boundary}\r\n${head}\r\n\r\n${JSON.stringify(this.#payload)}\r\n`);
  }

  #head(file: OutboundFile, index: number): Uint8Array {
    const disposition = `Content-Disposition: form-data; name="files[${index}]"; filename="${nameOf(file)}"`;
    return encoder.encode(`--${this.#boundary}\r\n${disposition}\r\nContent-Type: ${typeOf(file)}\r\n\r\n`);
  }

  #end(): Uint8Array {
    return encoder.encode(`--${this.#boundary}--\r\n`);
  }
}

const LINE_END = encoder.encode("\r\n");

/** A name that cannot break the header it stands in; its end is kept, since that says what the file is. */
export function nameOf({ name }: OutboundFile): string {
  const safe = name.toWellFormed().replace(NOT_IN_NAME, "_").trim();
  return safe === "" ? "file" : safe.slice(-NAME_MAX).toWellFormed();
}

function typeOf({ mimeType }: OutboundFile): string {
  return /^[\w.+-]+\/[\w.+-]+(?:; ?[\w-]+=[\w.+-]+)*$/u.test(mimeType) ? mimeType : "application/octet-stream";
}

async function next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | null> {
  const { done, value } = await reader.read();
  return done ? null : value;
}

function unreadable(): ChannelError {
  return new ChannelError("channel_unreachable", AT, "file not read: it broke off");
}

/** Read again it is as long again. */
function wrongLength(what: string): ChannelError {
  return new ChannelError("channel_refused", AT, `file not sent: ${what} that it was said to have`);
}
