/** What Discord's CDN holds: files by signed links that expire. */
import { createHash, createHmac } from "node:crypto";
import type { Json } from "./json.ts";

export type StoredFile = {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly content: Uint8Array;
};

/** A file as it comes in. */
export type GivenFile = { readonly name: string; readonly mimeType?: string; readonly content: Uint8Array | string };

/** Links are good for a day. */
const LINK_MS = 86_400_000;
const LINK_KEY = "links of the emulated CDN";
const MIME_TYPES: Readonly<Record<string, string>> = {
  gif: "image/gif",
  jpg: "image/jpeg",
  json: "application/json",
  md: "text/markdown; charset=utf-8",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  ogg: "audio/ogg",
  pdf: "application/pdf",
  png: "image/png",
  txt: "text/plain; charset=utf-8",
};

export class Files {
  readonly #now: () => number;
  readonly #nextId: () => string;
  readonly #origin: () => string;
  readonly #files = new Map<string, StoredFile>();

  constructor(now: () => number, nextId: () => string, origin: () => string) {
    this.#now = now;
    this.#nextId = nextId;
    this.#origin = origin;
  }

  add({ name, mimeType, content }: GivenFile): StoredFile {
    const bytes = Buffer.from(content);
    const file = {
      id: this.#nextId(),
      // Discord keeps no other characters in the names of files.
      name: name.replaceAll(/[^\w.-]+/gu, "_"),
      mimeType: mimeType ?? MIME_TYPES[name.split(".").at(-1) ?? ""] ?? "application/octet-stream",
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      content: new Uint8Array(bytes),
    };
    this.#files.set(file.id, file);
    return file;
  }

  get(id: string): StoredFile | null {
    return this.#files.get(id) ?? null;
  }

  /** A link that is good from now on. */
  urlOf(channelId: string, { id, name }: StoredFile): string {
    const path = `/attachments/${channelId}/${id}/${encodeURIComponent(name)}`;
    const issued = hexSeconds(this.#now());
    const expires = hexSeconds(this.#now() + LINK_MS);
    return `${this.#origin()}${path}?ex=${expires}&is=${issued}&hm=${sign(path, expires, issued)}&`;
  }

  /** The file that a link leads to; null when the link is wrong or over. */
  open(path: string, query: URLSearchParams): StoredFile | null {
    const [, id] = /^\/attachments\/\d+\/(\d+)\/[^/]+$/u.exec(path) ?? [];
    const file = this.#files.get(id ?? "");
    const [expires, issued] = [query.get("ex") ?? "", query.get("is") ?? ""];
    const isSigned = query.get("hm") === sign(path, expires, issued);
    return file && isSigned && Number.parseInt(expires, 16) * 1000 > this.#now() ? file : null;
  }

  /** `POST /attachments/refresh-urls`: fresh links in the place of old ones; null where there is no such file. */
  refresh(urls: readonly string[]): Json {
    const refreshed = urls.map((original) => {
      const [, channelId = "", id = ""] = /\/attachments\/(\d+)\/(\d+)\//u.exec(original) ?? [];
      const file = this.#files.get(id);
      return { original, refreshed: file ? this.urlOf(channelId, file) : null };
    });
    return { refreshed_urls: refreshed };
  }
}

function hexSeconds(ms: number): string {
  return Math.floor(ms / 1000).toString(16);
}

function sign(path: string, expires: string, issued: string): string {
  return createHmac("sha256", LINK_KEY).update(`${path} ${expires} ${issued}`).digest("hex");
}
