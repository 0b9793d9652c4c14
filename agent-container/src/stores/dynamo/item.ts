/** Items as DynamoDB's JSON has them: only texts and numbers, each read with a check. Pure. */
import { StorageError } from "../../../../protocol/errors.ts";

export type Attribute = { readonly S: string } | { readonly N: string };

/** What comes back is checked attribute by attribute, when it is read. */
export type Item = Readonly<Record<string, unknown>>;
export type NewItem = Readonly<Record<string, Attribute>>;

/** The primary key: whose space, and what in it. */
export type Key = { readonly partition: string; readonly sort: string };

export function text(value: string): { readonly S: string } {
  return { S: value };
}

export function numeral(value: number): { readonly N: string } {
  return { N: String(value) };
}

export function keyAttributes({ partition, sort }: Key): NewItem {
  return { pk: text(partition), sk: text(sort) };
}

/** A text attribute; undefined when the item has none. */
export function optionalText(item: Item, name: string): string | undefined {
  const value = member(item[name], "S");
  return typeof value === "string" ? value : undefined;
}

/** A number attribute; undefined when the item has none. */
export function optionalNumber(item: Item, name: string): number | undefined {
  const value = Number(member(item[name], "N") ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}

/** Throws `storage_damaged` when there is none. */
export function readText(item: Item, name: string): string {
  return optionalText(item, name) ?? damaged(name);
}

/** Throws `storage_damaged` when there is none. */
export function readNumber(item: Item, name: string): number {
  return optionalNumber(item, name) ?? damaged(name);
}

export function isItem(value: unknown): value is Item {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function member(attribute: unknown, kind: "S" | "N"): unknown {
  return isItem(attribute) ? attribute[kind] : undefined;
}

function damaged(name: string): never {
  throw new StorageError("storage_damaged", `an item of the table lacks its ${name}`);
}
