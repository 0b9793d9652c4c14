/** Texts of a policy that are more than their characters: `*`, `?` and `${variables}`. */
import { assertNever } from "../../../protocol/assert.ts";

/** What a request says about itself. An array is a key of several values, even if it has one or none. */
export type ContextValue = string | readonly string[];
export type Context = ReadonlyMap<string, ContextValue>;

/** What a text of a policy is made of. What comes from a variable is a literal, whatever characters it has. */
export type Token =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "any" }
  | { readonly kind: "one" };

/** Names of keys are the same in upper and lower case; their values are not. */
export function createContext(entries: Readonly<Record<string, ContextValue | undefined>>): Context {
  const context = new Map<string, ContextValue>();
  for (const [key, value] of Object.entries(entries)) {
    if (value === undefined) continue;
    if (context.has(key.toLowerCase())) throw new Error(`two values of ${key}`);
    context.set(key.toLowerCase(), value);
  }
  return context;
}

/**
 * Resolves the variables of a text; null when one has no value. `hasWildcards`: `*` and `?` of the policy stand for
 * more than themselves. Throws for a variable with a default, or one of several values: those are not known here.
 */
export function resolve(text: string, context: Context, hasWildcards: boolean): readonly Token[] | null {
  const tokens: Token[] = [];
  for (const part of text.split(/(\$\{[^}]*\})/)) {
    const name = /^\$\{(.*)\}$/s.exec(part)?.[1];
    const literal = name === undefined ? null : valueOf(name, context);
    if (literal === undefined) return null;
    tokens.push(...(literal === null ? readPlain(part, hasWildcards) : [{ kind: "literal" as const, text: literal }]));
  }
  return tokens;
}

/** Undefined: it has no value. */
function valueOf(name: string, context: Context): string | undefined {
  // The way to write these three themselves.
  if (name === "*" || name === "?" || name === "$") return name;
  if (!/^[A-Za-z0-9-]+:[A-Za-z0-9_./:=+@-]+$/.test(name)) throw new Error(`not a variable: ${name}`);
  const value = context.get(name.toLowerCase());
  if (value !== undefined && typeof value !== "string") throw new Error(`a variable of several values: ${name}`);
  return value;
}

function readPlain(text: string, hasWildcards: boolean): readonly Token[] {
  if (text.includes("${")) throw new Error("a variable that does not end");
  if (text === "") return [];
  if (!hasWildcards) return [{ kind: "literal", text }];
  return text
    .split(/([*?])/)
    .filter((part) => part !== "")
    .map((part) => (part === "*" ? { kind: "any" } : part === "?" ? { kind: "one" } : { kind: "literal", text: part }));
}

/** Tells whether the whole of `text` is what the tokens say. */
export function matches(tokens: readonly Token[], text: string): boolean {
  let places: ReadonlySet<number> = new Set([0]);
  for (const token of tokens) places = new Set([...places].flatMap((place) => endsOf(token, text, place)));
  return places.has(text.length);
}

/** Where a token that begins at `place` can end. */
function endsOf(token: Token, text: string, place: number): readonly number[] {
  switch (token.kind) {
    case "literal":
      return text.startsWith(token.text, place) ? [place + token.text.length] : [];
    case "one":
      return place < text.length ? [place + 1] : [];
    case "any":
      return Array.from({ length: text.length - place + 1 }, (_, more) => place + more);
    default:
      return assertNever(token);
  }
}

/** Tells whether a text with wildcards and no variables matches. */
export function matchesPlain(pattern: string, text: string): boolean {
  return /[*?]/.test(pattern) ? matches(readPlain(pattern, true), text) : pattern === text;
}
