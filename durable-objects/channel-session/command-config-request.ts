/** Reads what follows `/config`. Pure. */

export type ConfigRequest =
  /** What was set. */
  | { readonly what: "overview" }
  /** All settings, or those at a path. */
  | { readonly what: "get"; readonly path: string | null }
  | { readonly what: "set"; readonly path: string; readonly value: unknown }
  | { readonly what: "unset"; readonly path: string }
  | { readonly what: "history" }
  /** Null: the version before the newest, and the newest. */
  | { readonly what: "diff"; readonly from: number | null; readonly to: number | null }
  | { readonly what: "rollback"; readonly to: number }
  /** Undefined: what is set. */
  | { readonly what: "validate"; readonly document: unknown }
  | { readonly what: "malformed"; readonly why: "unknown" | "no_json" };

const UNKNOWN: ConfigRequest = { what: "malformed", why: "unknown" };

/** Reads a request. What cannot be one is `malformed`. */
export function readConfigRequest(rest: string): ConfigRequest {
  const [, verb = "", after = ""] = /^(\S*)\s*(.*)$/s.exec(rest.trim()) ?? [];
  switch (verb.toLowerCase()) {
    case "":
      return { what: "overview" };
    case "get":
      return isWord(after) || after === "" ? { what: "get", path: after === "" ? null : after } : UNKNOWN;
    case "set":
      return readSet(after);
    case "unset":
      return isWord(after) ? { what: "unset", path: after } : UNKNOWN;
    case "history":
      return after === "" ? { what: "history" } : UNKNOWN;
    case "diff":
      return readDiff(after);
    case "rollback":
      return readNumber(after) === null ? UNKNOWN : { what: "rollback", to: Number(after) };
    case "validate":
      return readValidate(after);
    default:
      return UNKNOWN;
  }
}

function readSet(after: string): ConfigRequest {
  const [, path, value] = /^(\S+)\s+(\S.*)$/s.exec(after) ?? [];
  return path === undefined || value === undefined ? UNKNOWN : { what: "set", path, value: readValue(value) };
}

/** JSON if it is some, else the text as it stands: nobody types quotes around a word. */
function readValue(text: string): unknown {
  const json = parseJson(text);
  return json === undefined ? text : json;
}

function readDiff(after: string): ConfigRequest {
  const [from = "", to = "", ...more] = after.split(/\s+/u);
  const numbers = [from, to].map(readNumber);
  const isGiven = (text: string, index: number) => text === "" || numbers[index] !== null;
  if (more.length > 0 || ![from, to].every(isGiven)) return UNKNOWN;
  return { what: "diff", from: numbers[0] ?? null, to: numbers[1] ?? null };
}

function readValidate(after: string): ConfigRequest {
  if (after === "") return { what: "validate", document: undefined };
  const document = parseJson(after);
  return document === undefined ? { what: "malformed", why: "no_json" } : { what: "validate", document };
}

/** Undefined if it is no JSON. Keyboards of phones turn straight quotes into curly ones. */
function parseJson(text: string): unknown {
  for (const candidate of [text, text.replaceAll(/[“”„]/gu, '"')]) {
    try {
      const value: unknown = JSON.parse(candidate);
      return value;
    } catch {
      // the next one
    }
  }
  return undefined;
}

/** A version: versions are counted from 0, which is the one in which nothing is set. */
function readNumber(text: string): number | null {
  return /^\d{1,9}$/u.test(text) ? Number(text) : null;
}

function isWord(text: string): boolean {
  return /^\S+$/u.test(text);
}
