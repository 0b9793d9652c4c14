/**
 * A rich message ("RichMessage", Bot API 10.1) as plain text, with the entities that say whom it is meant for. Reads any
 * JSON: blocks that it does not know give what text they have. Pure.
 */
import { INBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import type { Entity } from "./update-parts.ts";

export type FlatText = { readonly text: string; readonly entities: readonly Entity[] };

/** Nesting beyond this is left out: nobody could read it, and walking it would need a deep stack. Levels of JSON. */
const DEPTH_MAX = 64;
/** Blocks that show something that is no text. */
const MEDIA: ReadonlySet<string> = new Set(["animation", "audio", "map", "photo", "video", "voice_note"]);
/** What a block or a piece of text consists of, in reading order. */
const INLINE = ["label", "summary", "text", "alternative_text", "expression"] as const;
const BLOCKS = ["blocks", "items"] as const;
const FOOTERS = ["caption", "credit"] as const;

/** The text of rich blocks, one line each. */
export function flattenRich(blocks: readonly unknown[]): FlatText {
  const flat = new FlatWriter();
  flat.lines(blocks, 0);
  return { text: flat.text.trimEnd(), entities: flat.entities };
}

class FlatWriter {
  readonly entities: Entity[] = [];
  #text = "";

  get text(): string {
    return this.#text;
  }

  lines(values: readonly unknown[], depth: number): void {
    for (const value of values) {
      this.#add(value, depth);
      this.#endLine();
    }
  }

  #add(value: unknown, depth: number): void {
    if (depth > DEPTH_MAX || this.#text.length >= INBOUND_BOUNDS.textMax) return;
    if (typeof value === "string") this.#text += value;
    else if (Array.isArray(value)) for (const inner of value) this.#add(inner, depth + 1);
    else if (typeof value === "object" && value !== null) this.#addObject({ ...value }, depth);
  }

  #addObject(object: Readonly<Record<string, unknown>>, depth: number): void {
    const { type, cells } = object;
    const offset = this.#text.length;
    if (typeof type === "string" && MEDIA.has(type)) this.#text += `(${type.replace("_", " ")})`;
    for (const key of INLINE) this.#add(object[key], depth + 1);
    if (typeof object["label"] === "string") this.#text += " ";
    this.#mark(object, offset);
    if (Array.isArray(cells)) this.#addRows(cells, depth + 1);
    for (const key of BLOCKS) this.#addBlocks(object[key], depth + 1);
    for (const key of FOOTERS) if (object[key] !== undefined) this.#addBlocks([object[key]], depth + 1);
  }

  /** Below what was written so far, but beside the label of a list's item. */
  #addBlocks(blocks: unknown, depth: number): void {
    if (!Array.isArray(blocks)) return;
    if (!this.#text.endsWith(" ")) this.#endLine();
    this.lines(blocks, depth);
  }

  #addRows(rows: readonly unknown[], depth: number): void {
    for (const row of rows) {
      for (const [column, cell] of (Array.isArray(row) ? row : [row]).entries()) {
        if (column > 0) this.#text += " | ";
        this.#add(cell, depth + 1);
      }
      this.#endLine();
    }
  }

  /** Keeps what names somebody: mentions by name or by id, and commands. */
  #mark({ type, user }: Readonly<Record<string, unknown>>, offset: number): void {
    const length = this.#text.length - offset;
    if (type === "mention" || type === "bot_command") this.entities.push({ type, offset, length });
    if (type !== "text_mention" || typeof user !== "object" || user === null || !("id" in user)) return;
    if (typeof user.id === "number") this.entities.push({ type, offset, length, user: { id: user.id } });
  }

  #endLine(): void {
    if (this.#text !== "" && !this.#text.endsWith("\n")) this.#text += "\n";
  }
}
