/** One version of an object as a file: a line of JSON about it, then its bytes. */
import { mkdir, open, readFile } from "node:fs/promises";
import * as v from "valibot";
import { NULL_VERSION } from "./kept-versions.ts";

const facts = v.object({
  etag: v.string(),
  contentType: v.string(),
  bytes: v.number(),
  modifiedAt: v.number(),
  metadata: v.record(v.string(), v.string()),
  versionId: v.optional(v.string(), NULL_VERSION),
  /** A version that says that there is no object (any more). */
  isMarker: v.optional(v.boolean(), false),
});

export type ObjectFacts = v.InferOutput<typeof facts>;
export type StoredObject = { readonly facts: ObjectFacts; readonly content: Buffer };
/** Longest first line, in bytes: what `S3_BOUNDS` allows of metadata and content type, as JSON at its longest. */
const HEAD_MAX = 16_384;

/** The bytes of the file. */
export function formatFile(stored: ObjectFacts, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(stored)}\n`), content]);
}

/** Null when there is no such file. */
export async function readObject(path: string): Promise<StoredObject | null> {
  const file = await readFile(path).catch(absent);
  if (!file) return null;
  const lineEnd = file.indexOf(0x0a);
  return { facts: readFacts(file.subarray(0, lineEnd)), content: file.subarray(lineEnd + 1) };
}

/** What the file says about the object, without reading the object. */
export async function readHead(path: string): Promise<ObjectFacts | null> {
  const file = await open(path).catch(absent);
  if (!file) return null;
  try {
    const start = Buffer.alloc(HEAD_MAX);
    const { bytesRead } = await file.read(start, 0, HEAD_MAX, 0);
    return readFacts(start.subarray(0, start.subarray(0, bytesRead).indexOf(0x0a)));
  } finally {
    await file.close();
  }
}

/** Does what needs the folder, making it only when it is missed: it is there nearly always. */
export async function inFolder<T>(folder: string, step: () => Promise<T>): Promise<T> {
  const first = await step().catch(absent);
  if (first !== null) return first;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return step();
}

function readFacts(line: Buffer): ObjectFacts {
  return v.parse(v.pipe(v.string(), v.parseJson(), facts), line.toString());
}

/** For what is not there: null. */
export function absent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
  throw error;
}
