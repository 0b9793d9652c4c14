/** The words of a Discord message as people see them: its marks for people, roles, channels, emoji and times are replaced. Pure. */
import { INBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { cutText } from "../text/cut.ts";
import type { User } from "./update-parts.ts";

const CUT_MARK = "… (cut)";
/** "Message Formatting": what is marked, its id or time, and the style of a time. */
const MARKS = /<(@!?|@&|#|a?:\w{1,64}:|t:|\/[^\n<>:]{1,100}:)(-?\d{1,20})(?::[a-zA-Z])?>/gu;
const ID = /^[1-9]\d{0,19}$/u;
/** The latest time that a date can have, either way ("Time Values and Time Range" of ECMAScript). */
const TIME_MAX_S = 8.64e12;
/** What may stand between a mention at the start and the words. */
const AFTER_MENTION = /\s*[,:]?\s*/uy;
const BLANKS = /\s*/uy;

/** A name or title as it is kept. */
export function label(text: string): string {
  return cutText(text, INBOUND_BOUNDS.labelMax);
}

/** What a person or a bot is called everywhere, in any case something. */
export function userName({ global_name: name, username, id }: User): string {
  return label(name || username || id);
}

/** A text as it is kept. */
export function bounded(text: string): string {
  return cutText(text, INBOUND_BOUNDS.textMax + CUT_MARK.length, CUT_MARK);
}

/** `content` as people see it; `users` are those whom it mentions. Code stays as it is. */
export function readable(content: string, users: readonly User[]): string {
  const names = new Map(users.map((user) => [user.id, userName(user)]));
  return outsideCode(content, (words) =>
    words.replaceAll(MARKS, (mark: string, kind: string, id: string) => unmarked(kind, id, names) ?? mark),
  );
}

/** `content` without the marks of ours that it begins with: the person, or a role. Linear in the text. */
export function withoutAddress(content: string, ours: readonly string[]): string {
  let at = 0;
  for (;;) {
    const start = endOf(BLANKS, content, at);
    const mark = ours.find((one) => content.startsWith(one, start));
    if (mark === undefined) return content.slice(at);
    at = endOf(AFTER_MENTION, content, start + mark.length);
  }
}

/** Where what a sticky pattern matches at `at` ends; it may match nothing. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}

/** What people see instead of a mark; null: as it is. */
function unmarked(kind: string, id: string, names: ReadonlyMap<string, string>): string | null {
  if (kind === "t:") return writeTime(Number(id));
  if (!ID.test(id)) return null;
  switch (kind) {
    case "@":
    case "@!": {
      const name = names.get(id);
      return name === undefined ? null : `@${name}`;
    }
    case "@&":
      return "@role";
    case "#":
      return `#channel ${id}`;
    default:
      // An emoji `a:name:`, or a command `/name:`.
      return kind.startsWith("/") ? kind.slice(0, -1) : kind.replace(/^a:/u, ":");
  }
}

function writeTime(seconds: number): string | null {
  return Math.abs(seconds) > TIME_MAX_S ? null : new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

/** Replaces what is not between two runs of the same number of backticks, as in Markdown. Linear in the text. */
function outsideCode(text: string, replace: (words: string) => string): string {
  const runs = [...text.matchAll(/`+/gu)].map(({ 0: { length }, index }) => ({ index, length }));
  const closing = closingRuns(runs);
  let written = "";
  let at = 0;
  for (const [number, open] of runs.entries()) {
    const close = open.index < at ? undefined : closing[number];
    if (!close) continue;
    const end = close.index + close.length;
    written += replace(text.slice(at, open.index)) + text.slice(open.index, end);
    at = end;
  }
  return written + replace(text.slice(at));
}

type Run = { readonly index: number; readonly length: number };

/** For each run the next one of the same length. */
function closingRuns(runs: readonly Run[]): readonly (Run | undefined)[] {
  const next = new Map<number, Run>();
  return runs
    .toReversed()
    .map((run) => {
      const close = next.get(run.length);
      next.set(run.length, run);
      return close;
    })
    .toReversed();
}
