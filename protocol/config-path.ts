/**
 * Names of settings in a configuration document: keys with dots between them, `access.dm.telegram`. A key that holds
 * anything but letters, digits and `_ - : @ +` is quoted as in JSON: `access.groups."whatsapp:120@g.us".senders`. Lists
 * are values as a whole. Pure.
 */
import type { ConfigValue } from "./configuration.ts";

/** Any JSON object; documents are read as such before they are checked. */
export type Section = Readonly<Record<string, unknown>>;

const BARE_KEY = /^[\w:@+-]+$/;
/** The next key, and what comes after it: a dot or the end. */
const NEXT_KEY = /(?:([\w:@+-]+)|("(?:[^"\\]|\\.)*"))(\.|$)/y;

/** The keys of a path; null: it is none. */
export function parsePath(text: string): readonly string[] | null {
  const keys: string[] = [];
  const next = new RegExp(NEXT_KEY);
  for (let hasMore = true; hasMore;) {
    const match = next.exec(text);
    const key = match?.[1] ?? readQuoted(match?.[2]);
    if (match === null || key === null) return null;
    keys.push(key);
    hasMore = match[3] === ".";
  }
  return keys;
}

/** The path of some keys; `parsePath` gives them back. */
export function formatPath(keys: readonly string[]): string {
  return keys.map((key) => (BARE_KEY.test(key) ? key : JSON.stringify(key))).join(".");
}

/** What is at a path; undefined: nothing. */
export function valueAt(document: Section, keys: readonly string[]): unknown {
  let value: unknown = document;
  for (const key of keys) {
    if (!isSection(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** The document with a value at a path. What is on the way and no section becomes one. */
export function setAt(document: Section, [key, ...below]: readonly string[], value: unknown): Section {
  if (key === undefined) return isSection(value) ? value : document;
  if (below.length === 0) return { ...document, [key]: value };
  const section = Object.hasOwn(document, key) ? document[key] : {};
  return { ...document, [key]: setAt(isSection(section) ? section : {}, below, value) };
}

/** The document without what is at a path, and without sections that are empty then. */
export function unsetAt(document: Section, [key, ...below]: readonly string[]): Section {
  if (key === undefined || !Object.hasOwn(document, key)) return document;
  const { [key]: gone, ...others } = document;
  if (below.length === 0) return others;
  if (!isSection(gone)) return document;
  const section = unsetAt(gone, below);
  return Object.keys(section).length > 0 ? { ...document, [key]: section } : others;
}

/** The document without sections that hold nothing: they say nothing. */
export function withoutEmpty(document: Section): Section {
  const entries = Object.entries(document).flatMap(([key, value]): [string, unknown][] => {
    if (!isSection(value)) return [[key, value]];
    const section = withoutEmpty(value);
    return Object.keys(section).length > 0 ? [[key, section]] : [];
  });
  return Object.fromEntries(entries);
}

/** Every setting of a document by its path. */
export function settingsOf(document: Section): ReadonlyMap<string, ConfigValue> {
  return new Map(settingsBelow(document, []));
}

function settingsBelow(section: Section, above: readonly string[]): readonly [string, ConfigValue][] {
  return Object.entries(section).flatMap(([key, value]): readonly [string, ConfigValue][] => {
    const keys = [...above, key];
    if (isSection(value)) return settingsBelow(value, keys);
    return isConfigValue(value) ? [[formatPath(keys), value]] : [];
  });
}

/** Whether a value can hold others by name. */
export function isSection(value: unknown): value is Section {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isConfigValue(value: unknown): value is ConfigValue {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return true;
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function readQuoted(quoted: string | undefined): string | null {
  if (quoted === undefined) return null;
  try {
    const key: unknown = JSON.parse(quoted);
    return typeof key === "string" ? key : null;
  } catch {
    return null; // a control character, or an escape that JSON does not have
  }
}
