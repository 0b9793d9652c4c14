/** Checks a call's parameters against the Bot API's schema: required, known, of the right type. Stricter than Telegram. */
import { readFileSync } from "node:fs";

export type Field = { readonly name: string; readonly types: readonly string[]; readonly required: boolean };
export type Entry = { readonly fields?: readonly Field[]; readonly subtypes?: readonly string[] };
/** The form of PaulSonOfLars/telegram-bot-api-spec, as far as it is used. */
export type Schema = {
  readonly methods: Readonly<Record<string, Entry>>;
  readonly types: Readonly<Record<string, Entry>>;
};

const NESTING_MAX = 20;
const ARRAY = "Array of ";

/** Reads a schema file. Throws when it is absent or not JSON. */
export function readSchema(path: string | URL): Schema {
  const parsed: Schema = JSON.parse(readFileSync(path, "utf8"));
  return parsed;
}

/** What is wrong with the parameters of a call; empty when nothing is. */
export function checkCall(schema: Schema, method: string, params: Readonly<Record<string, unknown>>): string[] {
  const entry = schema.methods[method];
  return entry ? checkFields(schema, entry, params, method, 0) : [`${method}: no such method`];
}

/** What is wrong with `value` as one of the Bot API's types; empty when nothing is. */
export function checkType(schema: Schema, type: string, value: unknown): string[] {
  const entry = schema.types[type];
  if (!entry?.fields || !isObject(value)) return [`${type}: not one`];
  return checkFields(schema, entry, value, type, 0);
}

/** A parameter of a call that came as text: a number, a flag or JSON where the parameter can be no text. */
export function readParameter(schema: Schema, method: string, name: string, text: string): unknown {
  const types = schema.methods[method]?.fields?.find((field) => field.name === name)?.types ?? ["String"];
  if (types.some((type) => type === "Integer" || type === "Float") && /^-?\d+(?:\.\d+)?$/u.test(text))
    return Number(text);
  if (types.includes("String")) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function checkFields(
  schema: Schema,
  { fields = [] }: Entry,
  value: Readonly<Record<string, unknown>>,
  at: string,
  depth: number,
): string[] {
  const missing = fields.filter((field) => field.required && value[field.name] === undefined);
  const problems = missing.map((field) => `${at}.${field.name}: missing`);
  for (const [name, inner] of Object.entries(value)) {
    const field = fields.find((candidate) => candidate.name === name);
    if (!field) problems.push(`${at}.${name}: unknown`);
    else if (!matchesAny(schema, field.types, inner, depth)) {
      problems.push(`${at}.${name}: not ${field.types.join(" or ")}`);
    }
  }
  return problems;
}

function matchesAny(schema: Schema, types: readonly string[], value: unknown, depth: number): boolean {
  // "Array of A, Array of B" means an array whose elements are each one of them.
  const inner = types.filter((type) => type.startsWith(ARRAY)).map((type) => type.slice(ARRAY.length));
  if (Array.isArray(value) && inner.length > 1) {
    return value.every((element) => matchesAny(schema, inner, element, depth + 1));
  }
  return types.some((type) => matches(schema, type, value, depth));
}

function matches(schema: Schema, type: string, value: unknown, depth: number): boolean {
  if (depth > NESTING_MAX) return false;
  if (type.startsWith(ARRAY)) {
    const inner = type.slice(ARRAY.length);
    return Array.isArray(value) && value.every((element) => matches(schema, inner, element, depth + 1));
  }
  switch (type) {
    case "Integer":
      return Number.isSafeInteger(value);
    case "Float":
      return typeof value === "number";
    case "String":
      return typeof value === "string";
    case "Boolean":
      return typeof value === "boolean";
    case "RichText":
      // A text or an array of texts as well, which its list of subtypes leaves out.
      if (typeof value === "string") return true;
      if (Array.isArray(value)) return value.every((element) => matches(schema, type, element, depth + 1));
      return isObject(value) && matchesType(schema, type, value, depth);
    default:
      return isObject(value) && matchesType(schema, type, value, depth);
  }
}

function matchesType(schema: Schema, type: string, value: Readonly<Record<string, unknown>>, depth: number): boolean {
  const entry = schema.types[type];
  if (!entry) return false;
  if (entry.subtypes) return entry.subtypes.some((subtype) => matches(schema, subtype, value, depth + 1));
  return checkFields(schema, entry, value, type, depth + 1).length === 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
