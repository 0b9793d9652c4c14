/**
 * Reads multipart/form-data as Telegram's own server does: names and file names quoted or bare, ended by a semicolon and
 * percent-decoded. Files are hashed as they stream by; only the bytes of small ones are kept.
 */
import { createHash, type Hash } from "node:crypto";
import { ApiFailure, badRequest } from "./failure.ts";

/** A file as it was uploaded. */
export type Upload = {
  readonly name: string;
  /** Of the part; clients that know nothing better say "application/octet-stream". */
  readonly mimeType: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Null for files larger than `KEPT_MAX_BYTES`. */
  readonly content: Uint8Array | null;
};
/** The files of one call by the names of their parts. */
export type Uploads = ReadonlyMap<string, Upload>;
export type Form = { readonly fields: readonly (readonly [string, string])[]; readonly files: Uploads };

const KEPT_MAX_BYTES = 4_194_304;
/** "Sending files": 50 MB. That all files of one call share them is not documented; the cloud's server counts requests. */
const FILES_MAX_BYTES = 52_428_800;
const FIELDS_MAX_BYTES = 1_048_576;
const HEADERS_MAX_BYTES = 16_384;
/** What Telegram takes in one call. */
const FILES_MAX = 50;

/** Reads a whole body. Throws `ApiFailure` for one that is malformed or too large, after all of it has been read. */
export async function readMultipart(body: AsyncIterable<Uint8Array>, boundary: string): Promise<Form> {
  const reader = new MultipartReader(boundary);
  let failure: unknown = null;
  for await (const chunk of body) {
    if (failure !== null) continue; // a client that still writes would not read the refusal
    try {
      reader.write(chunk);
    } catch (error) {
      failure = error;
    }
  }
  if (failure !== null) throw failure;
  return reader.end();
}

/** The boundary of a content type, or null when it names none. */
export function boundaryOf(contentType: string): string | null {
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/iu.exec(contentType) ?? [];
  return quoted ?? bare ?? null;
}

type OpenPart = {
  readonly field: string;
  readonly chunks: Buffer[];
  /** Null: an ordinary value. */
  readonly file: { readonly name: string; readonly mimeType: string; readonly hash: Hash } | null;
  bytes: number;
};

class MultipartReader {
  readonly #delimiter: Buffer;
  readonly #fields: [string, string][] = [];
  readonly #files = new Map<string, Upload>();
  // A body may begin with the boundary, so the line end that belongs to every other one is put before it.
  #rest: Buffer = Buffer.from("\r\n");
  #state: "content" | "after delimiter" | "headers" | "end" = "content";
  #part: OpenPart | null = null;
  #fieldBytes = 0;
  #fileBytes = 0;

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
  }

  write(chunk: Uint8Array): void {
    this.#rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    while (this.#step());
  }

  end(): Form {
    if (this.#state !== "end") throw badRequest("unexpected end of multipart/form-data");
    return { fields: this.#fields, files: this.#files };
  }

  /** Reads one thing out of what has come so far; false when more must come first. */
  #step(): boolean {
    switch (this.#state) {
      case "content":
        return this.#readContent();
      case "after delimiter": {
        if (this.#rest.length < 2) return false;
        const mark = this.#rest.toString("latin1", 0, 2);
        if (mark !== "--" && mark !== "\r\n") throw badRequest("boundary expected in multipart/form-data");
        this.#state = mark === "--" ? "end" : "headers";
        this.#rest = this.#rest.subarray(2);
        return true;
      }
      case "headers": {
        const end = this.#rest.indexOf("\r\n\r\n");
        if (end < 0 && this.#rest.length <= HEADERS_MAX_BYTES) return false;
        if (end < 0 || end > HEADERS_MAX_BYTES) throw new ApiFailure(431, "Request Header Fields Too Large");
        this.#part = openPart(this.#rest.toString("utf8", 0, end));
        this.#rest = this.#rest.subarray(end + 4);
        this.#state = "content";
        return true;
      }
      default:
        this.#rest = Buffer.alloc(0);
        return false;
    }
  }

  #readContent(): boolean {
    const end = this.#rest.indexOf(this.#delimiter);
    // The last bytes may be the beginning of a delimiter.
    const safe = end < 0 ? Math.max(0, this.#rest.length - this.#delimiter.length + 1) : end;
    if (this.#part) this.#take(this.#part, this.#rest.subarray(0, safe));
    this.#rest = this.#rest.subarray(end < 0 ? safe : end + this.#delimiter.length);
    if (end < 0) return false;
    if (this.#part) this.#close(this.#part);
    this.#part = null;
    this.#state = "after delimiter";
    return true;
  }

  #take(part: OpenPart, piece: Buffer): void {
    part.bytes += piece.length;
    if (part.file) this.#fileBytes += piece.length;
    else this.#fieldBytes += piece.length;
    const isTooLarge = this.#fileBytes > FILES_MAX_BYTES || this.#fieldBytes > FIELDS_MAX_BYTES;
    if (isTooLarge) throw new ApiFailure(413, "Request Entity Too Large");
    part.file?.hash.update(piece);
    if (part.file && part.bytes > KEPT_MAX_BYTES) part.chunks.length = 0;
    else part.chunks.push(Buffer.from(piece));
  }

  #close({ field, chunks, file, bytes }: OpenPart): void {
    const content = Buffer.concat(chunks);
    if (!file) {
      this.#fields.push([field, content.toString("utf8")]);
      return;
    }
    if (this.#files.size >= FILES_MAX) throw new ApiFailure(413, "Request Entity Too Large: too many files attached");
    const { name, mimeType, hash } = file;
    const sha256 = hash.digest("hex");
    this.#files.set(field, { name, mimeType, bytes, sha256, content: bytes > KEPT_MAX_BYTES ? null : content });
  }
}

function openPart(headers: string): OpenPart {
  const lines = headers.split("\r\n").map((line) => /^\s*([^:]*?)\s*:\s*(.*?)\s*$/su.exec(line));
  const headerOf = (name: string) => lines.find((line) => line?.[1]?.toLowerCase() === name)?.[2];
  const disposition = headerOf("content-disposition") ?? "";
  if (!disposition.startsWith("form-data;")) throw badRequest("expected form-data content disposition");
  const values = readDisposition(disposition.slice("form-data;".length));
  const field = values.get("name") ?? "";
  if (field === "") throw badRequest("field name in multipart/form-data not found");
  const name = values.get("filename");
  const mimeType = headerOf("content-type") ?? "application/octet-stream";
  const file = name === undefined ? null : { name, mimeType, hash: createHash("sha256") };
  return { field, chunks: [], file, bytes: 0 };
}

/** `name=value` and `name="value"`, between semicolons. */
function readDisposition(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const pair = /\s*([^=;]+?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))\s*(?:;|$)/gsuy;
  for (const [, key = "", quoted, bare = ""] of text.matchAll(pair)) {
    values.set(key, decodePercent(quoted === undefined ? bare.trim() : quoted.replace(/\\(.)/gsu, "$1")));
  }
  return values;
}

/** Decodes `%41`; a percent sign that begins no such pair stays. */
function decodePercent(text: string): string {
  const bytes = text.replace(/(?:%[\da-f]{2})+/giu, (run) => Buffer.from(run.replaceAll("%", ""), "hex").toString());
  return bytes.toWellFormed();
}
