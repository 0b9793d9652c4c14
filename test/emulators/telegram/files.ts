/** The files on the emulated Telegram: who has a file's id can send it again, and the bot can download it. */
import { createHash } from "node:crypto";
import { badRequest } from "./failure.ts";
import type { Upload } from "./multipart.ts";
import { stringOf } from "./values.ts";

export type FileKind = "photo" | "document" | "voice" | "audio" | "video" | "video_note" | "animation" | "sticker";

/** A file as messages name it ("PhotoSize", "Document", "Voice" and so on). */
export type FileRef = {
  readonly file_id: string;
  readonly file_unique_id: string;
  readonly file_size?: number;
  readonly file_name?: string;
  readonly mime_type?: string;
  readonly width?: number;
  readonly height?: number;
  readonly duration?: number;
  readonly length?: number;
};

/** What came in, or what a person has. */
export type FileSource = Pick<Upload, "name" | "mimeType" | "bytes" | "sha256" | "content">;

export type StoredFile = FileSource & {
  readonly kind: FileKind;
  readonly fileId: string;
  readonly uniqueId: string;
  readonly path: string;
};

/** "getFile": files of up to 20 MB; the link is valid for at least an hour. */
const DOWNLOAD_MAX_BYTES = 20_971_520;
const LINK_MS = 3_600_000;
const FOLDERS: Readonly<Record<FileKind, string>> = {
  photo: "photos",
  document: "documents",
  voice: "voice",
  audio: "music",
  video: "videos",
  video_note: "video_notes",
  animation: "animations",
  sticker: "stickers",
};
/** The kinds whose messages tell what the file is called. */
const NAMED: ReadonlySet<FileKind> = new Set(["document", "audio", "video", "animation"]);

export class Files {
  readonly #files = new Map<string, StoredFile>();
  /** Until when a path can be opened; only `getFile` makes it so. */
  readonly #links = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(kind: FileKind, source: FileSource): StoredFile {
    const number = this.#files.size;
    const suffix = /\.\w{1,8}$/u.exec(source.name)?.[0] ?? "";
    const file = {
      ...source,
      kind,
      // As long as the real ones, which are opaque.
      fileId: `${kind[0]?.toUpperCase()}gACAgIAAx${idOf(`${kind} ${number}`)}${idOf(source.sha256)}`,
      uniqueId: `AgAD${idOf(`${kind} ${source.sha256}`).slice(0, 12)}`,
      path: `${FOLDERS[kind]}/file_${number}${suffix}`,
    };
    this.#files.set(file.fileId, file);
    return file;
  }

  find(fileId: unknown): StoredFile | null {
    return this.#files.get(stringOf(fileId)) ?? null;
  }

  /** The answer to `getFile`. Throws a 400 for what cannot be downloaded. */
  link(fileId: unknown): object {
    const file = this.find(fileId);
    if (!file) throw badRequest("wrong file_id or the file is temporarily unavailable");
    if (file.bytes > DOWNLOAD_MAX_BYTES) throw badRequest("file is too big");
    this.#links.set(file.path, this.#now() + LINK_MS);
    const size = { file_size: file.bytes };
    return { file_id: file.fileId, file_unique_id: file.uniqueId, ...size, file_path: file.path };
  }

  /** The content behind a link; null when there is none, or none any more. */
  open(path: unknown): Uint8Array | null {
    if ((this.#links.get(stringOf(path)) ?? 0) <= this.#now()) return null;
    return [...this.#files.values()].find((file) => file.path === path)?.content ?? null;
  }
}

/** How a message names a file, with more facts of its kind. */
export function toRef(file: StoredFile, facts: Partial<FileRef> = {}): FileRef {
  const hasName = NAMED.has(file.kind) && file.name !== "";
  const hasType = (NAMED.has(file.kind) || file.kind === "voice") && file.mimeType !== "";
  return {
    file_id: file.fileId,
    file_unique_id: file.uniqueId,
    ...(hasName && { file_name: file.name }),
    ...(hasType && { mime_type: file.mimeType }),
    file_size: file.bytes,
    ...facts,
  };
}

/** The sizes of a photo, the whole one last. Nobody measures it. */
export function photoSizes(file: StoredFile, smaller: readonly StoredFile[] = []): readonly FileRef[] {
  const sizes = [90, 320].map((height, index) => ({ of: smaller[index], height }));
  return [...sizes, { of: file, height: 800 }].flatMap(({ of, height }) =>
    of ? [toRef(of, { width: Math.round(height * 0.8), height })] : [],
  );
}

function idOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 30);
}
