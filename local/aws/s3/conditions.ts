/** Conditional requests and ranges, as S3 reads their headers. Pure. */
import type { ObjectFacts } from "./object-file.ts";

export type Conditions = { readonly ifMatch: string | undefined; readonly ifNoneMatch: string | undefined };
export type ByteRange = { readonly start: number; readonly end: number };

/** Tells whether an object may be written over what is there now. */
export function mayWrite({ ifMatch, ifNoneMatch }: Conditions, now: ObjectFacts | null): boolean {
  if (ifNoneMatch !== undefined && now !== null && names(ifNoneMatch, now.etag)) return false;
  return ifMatch === undefined || (now !== null && names(ifMatch, now.etag));
}

/** What a read is answered with: the object, or 304, or 412. */
export function judgeRead({ ifMatch, ifNoneMatch }: Conditions, now: ObjectFacts): 200 | 304 | 412 {
  if (ifMatch !== undefined && !names(ifMatch, now.etag)) return 412;
  return ifNoneMatch !== undefined && names(ifNoneMatch, now.etag) ? 304 : 200;
}

/** The bytes that a Range header asks for, end exclusive; null: all of them; `unsatisfiable`: none that exist. */
export function readRange(range: string | undefined, bytes: number): ByteRange | null | "unsatisfiable" {
  const suffix = /^bytes=-(\d+)$/.exec(range ?? "")?.[1];
  if (suffix !== undefined) return satisfy(Math.max(0, bytes - Number(suffix)), bytes);
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
  if (first === undefined) return null; // absent, or several ranges, or none that HTTP knows: ignored
  const end = last ? Number(last) + 1 : bytes;
  return Number(first) < end || !last ? satisfy(Number(first), Math.min(end, bytes)) : null;
}

function satisfy(start: number, end: number): ByteRange | "unsatisfiable" {
  return start < end ? { start, end } : "unsatisfiable";
}

function names(list: string, etag: string): boolean {
  const bare = etag.replaceAll('"', "");
  return list.split(",").some((one) => one.trim() === "*" || one.trim().replaceAll('"', "") === bare);
}
