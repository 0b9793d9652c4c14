/** Stretches of a text that no marker alone makes up: from the one that opens them to the one that closes them. Pure. */
import type { Family, Marker } from "./markers.ts";

export type Stretch =
  /** Tags of one family can stand in each other. */
  | { readonly kind: "tags"; readonly family: Family; readonly depth: number }
  /** Calls between special tokens, which can stand in each other too. */
  | { readonly kind: "calls"; readonly depth: number }
  /** Up to the token that ends it. */
  | { readonly kind: "tokens"; readonly ends: readonly string[] }
  | { readonly kind: "brackets"; readonly ends: readonly string[] };

/** A message of somebody else, or on a channel that is not the answer's, ends so; another one may begin at once. */
const MESSAGE_BEGINS = ["start", "im_start", "start_header_id", "channel"];
/** Tokens that are a role by themselves: a turn that the model made up for somebody else. */
const FOREIGN_ROLES = ["user", "system", "tool", "observation"];
const MESSAGE_ENDS = [
  ["end", "call", "return", "eom_id", "eot_id", "im_end", "python_end", "assistant"],
  [...MESSAGE_BEGINS, ...FOREIGN_ROLES],
].flat();
const TURN_ENDS = new Set(["return", "eot_id", "im_end"]);
/** Whose words the answer can be. */
const OURS = new Set(["", "assistant", "model"]);
const HIDES = /^(?:begin_of|start)_(thinking|thought|reasoning|action|tool_result)$/;
/** `<|channel>` up to `<channel|>`, as Gemma writes it. */
const HALF = /^(.+)>$/;
const CALLS = /^tool_(?:calls?|calls_section|outputs?)_(begin|end)$/;

/** The stretch that a marker opens in text; null: it stands for itself. */
export function stretchOf(marker: Marker): Stretch | null {
  switch (marker.kind) {
    case "tag":
      return marker.move === "opens" ? { kind: "tags", family: marker.family, depth: 1 } : null;
    case "token":
      return stretchOfToken(marker.name, marker.word);
    case "bracket":
      return marker.name === "INST" || isClosing(marker.name)
        ? null
        : { kind: "brackets", ends: [`/${marker.name}`, `END_${marker.name}`] };
    case "directive":
    case "single":
    case "heading":
      return null;
  }
}

/** What of a stretch is left after a marker inside of it; null: it is over. `isText`: the marker counts outside as well. */
export function after(stretch: Stretch, marker: Marker): Stretch | null {
  switch (stretch.kind) {
    case "tags":
      return marker.kind === "tag" && marker.family === stretch.family ? deeper(stretch, marker.move) : stretch;
    case "calls": {
      const [, move] = (marker.kind === "token" && CALLS.exec(marker.name)) || [];
      return move === undefined ? stretch : deeper(stretch, move === "begin" ? "opens" : "closes");
    }
    case "tokens":
      return marker.kind === "token" && stretch.ends.includes(marker.name) ? null : stretch;
    case "brackets":
      return marker.kind === "bracket" && stretch.ends.includes(marker.name) ? null : stretch;
  }
}

/**
 * Whether a marker in a block closes what the block before left open. What ends a whole turn ends the answer of this one,
 * too: it tells nothing.
 */
export function closesLeftOpen(stretch: Stretch, marker: Marker): boolean {
  if (marker.kind === "token" && TURN_ENDS.has(marker.name)) return false;
  const left = after(stretch, marker);
  return left === null || ("depth" in left && "depth" in stretch && left.depth < stretch.depth);
}

function stretchOfToken(name: string, word: string): Stretch | null {
  if (isForeign(name, word)) return { kind: "tokens", ends: MESSAGE_ENDS };
  if (CALLS.exec(name)?.[1] === "begin") return { kind: "calls", depth: 1 };
  const ends = endsOf(name, word);
  return ends.length === 0 ? null : { kind: "tokens", ends };
}

/** Whether it begins what is not for people, up to any other message. */
function isForeign(name: string, word: string): boolean {
  if (name === "channel") return word !== "final";
  if (MESSAGE_BEGINS.includes(name)) return !OURS.has(word);
  return FOREIGN_ROLES.includes(name) || name === "python_tag" || name === "python_start";
}

/** The tokens that end what one begins; none: it begins nothing. */
function endsOf(name: string, word: string): readonly string[] {
  if (name === "tool_call" || name === "tool_calls") return [`/${name}`];
  if (name === "turn>") return OURS.has(word) ? [] : ["turn|", "turn>"];
  const [, half] = HALF.exec(name) ?? [];
  if (half !== undefined) return [`${half}|`];
  const [, what] = HIDES.exec(name) ?? [];
  return what === undefined ? [] : [`end_of_${what}`, `end_${what}`];
}

function deeper<S extends { readonly depth: number }>(stretch: S, move: "opens" | "closes" | "isEmpty"): S | null {
  const depth = stretch.depth + { opens: 1, closes: -1, isEmpty: 0 }[move];
  return depth === 0 ? null : { ...stretch, depth };
}

function isClosing(name: string): boolean {
  return name.startsWith("/") || name.startsWith("END_");
}
