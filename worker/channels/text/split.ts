/**
 * Splits an answer into messages. Each part is Markdown by itself: a code block that is divided is closed at the end of
 * a part and opened again, with the same info string, in the next. Pure and linear in the length of the text.
 */
import { isInvisible, showsNothing } from "../../../protocol/visible-text.ts";
import { cutLine } from "./cut.ts";
import { type Fence, type Line, readLines } from "./lines.ts";

/** A part may end between blocks from this share of the limit on, and between lines from `LINE_FILL` on. */
const BLOCK_FILL = 0.3;
const LINE_FILL = 0.5;
/** Lines that open and close a code block. */
const MARK_LINES = 2;
const LINE_END = /\r\n|\n|\r/u;
/** What would read as the mark of a block if a line began with it. */
const BLOCK_MARK =
  /^(\d{1,9}(?=[.)](?:\s|$))|(?=[-+*](?:\s|$)|#{1,6}(?:\s|$)|[>|]|`{3}|~{3}|=+\s*$|(?:[-*_]\s*){3,}$))/u;

/** One part while it is filled; `continued` is the code block that goes on from the part before. */
type Part = {
  readonly limit: Limit;
  readonly continued: Fence | undefined;
  readonly lines: Line[];
  size: number;
};

/** Of one part: UTF-16 units, and lines, those included that close a code block and open it again. */
type Limit = { readonly size: number; readonly lines: number };

/**
 * Parts of at most `limit` UTF-16 units and `linesMax` lines (null: as many as fit), in order, each of which shows something.
 * Breaks, best first: between blocks, lines, sentences, words, characters. Code blocks and tables stay whole if they fit
 * into one part.
 */
export function splitMarkdown(markdown: string, size: number, linesMax: number | null = null): string[] {
  const limit = { size, lines: linesMax ?? Infinity };
  if (!isLimit(size) || !isLimit(linesMax ?? 1)) throw new RangeError(`not a limit: ${size}, ${linesMax}`);
  const lines = readLines(markdown);
  if (!lines.some((line) => isContent(line))) return [];
  if (markdown.length <= size && countLines(markdown) <= limit.lines) return [markdown];
  const source = fitFences(lines, limit).reverse(); // a stack: the next line is its last element
  const parts: string[] = [];
  while (skipBlank(source)) {
    const part = fillPart(source, limit);
    if (part.lines.some((line) => isContent(line))) parts.push(write(part));
  }
  return parts;
}

function isLimit(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

/** Empty lines at the end are shown nowhere. */
function countLines(markdown: string): number {
  return markdown.trimEnd().split(LINE_END).length;
}

/**
 * Makes sure that the marks of a divided code block leave half of each part for code; else they go. The info string goes
 * first: it becomes a line of the code, so that it is still shown, once.
 */
function fitFences(lines: readonly Line[], limit: Limit): Line[] {
  const fitted = new Map<Fence, Fence | null>();
  return lines.flatMap((line): Line[] => {
    if (!line.fence) return [line];
    const known = fitted.get(line.fence);
    const fence = known === undefined ? fitFence(line.fence, limit) : known;
    fitted.set(line.fence, fence);
    const isLongOpen = line.role === "open" && fence?.info !== line.fence.info;
    const info = isLongOpen ? infoLine(line, line.fence) : null;
    if (!fence) return [info ?? line].flatMap(withoutFence);
    if (!info) return [{ ...line, fence }];
    return [
      { ...line, fence, text: fence.prefix + fence.marker },
      { ...info, fence },
    ];
  });
}

/** The info string of a block as a line of its code. Four spaces keep it from closing the block. */
function infoLine(line: Line, { info, prefix }: Fence): Line {
  const code = /^[`~]/u.test(info) ? `    ${info}` : info;
  return { ...line, role: "code", text: prefix + code, code, startsBlock: false };
}

function withoutFence({ role, code = "" }: Line): Line[] {
  return role === "code" ? [{ text: code, role: "text", startsBlock: false }] : [];
}

function fitFence(fence: Fence, limit: Limit): Fence | null {
  if (limit.lines < 2 * MARK_LINES) return null;
  const short = fence.prefix.length + 2 * fence.marker.length + 3;
  if (short + fence.info.length <= limit.size / 2) return fence;
  return short <= limit.size / 2 ? { ...fence, info: "" } : null;
}

/** Drops what must not begin a part: blank lines, and the end of a code block that the part before has closed. */
function skipBlank(source: Line[]): boolean {
  for (let line = source.at(-1); line; line = source.at(-1)) {
    if (line.role === "open" || isContent(line)) return true;
    source.pop();
  }
  return false;
}

/** Whether a line shows something by itself. */
function isContent({ role, text, fence }: Line): boolean {
  if (role === "code") return !isInvisible(text);
  if (role === "open") return !isInvisible(fence?.info ?? "");
  // Marks in a line of this role are text: those of code blocks have other roles.
  return role === "text" && !showsNothing(text.replace(/[`~]/gu, "x"));
}

/** Takes the lines of one part from the source: at least a piece of a line, so that splitting ends. */
function fillPart(source: Line[], limit: Limit): Part {
  const first = source.at(-1);
  const continued = first?.role === "code" ? first.fence : undefined;
  const part: Part = { limit, continued, lines: [], size: continued ? openMark(continued).length : 0 };
  for (let line = source.pop(); line; line = source.pop()) {
    const text = shown(line, part);
    if (text.length > roomFor(line, part)) {
      endPart(part, line, source);
      break;
    }
    part.size += separator(part) + text.length;
    part.lines.push(line);
  }
  return part;
}

/** `next` does not fit: goes back to a better place to end, or fills the part with a piece of it. */
function endPart(part: Part, next: Line, source: Line[]): void {
  const { lines, limit } = part;
  const end = groupStart(part, next, source) ?? blockStart(part, next);
  const room = roomFor(next, part);
  const isFilled = lines.length > 0 && (part.size >= limit.size * LINE_FILL || room < 1 || next.role === "open");
  if (end === null && !isFilled) {
    const [head, rest] = divide(next, shown(next, part), room);
    lines.push(head);
    source.push(rest);
    return;
  }
  source.push(next, ...lines.splice(end ?? lines.length).reverse());
  // The beginning of a code block moves on to where its code is.
  const last = lines.at(-1);
  if (last?.role === "open" && lines.length > 1) source.push(...lines.splice(-1));
}

/** Where the code block or table of `next` begins in this part, if it does not begin the part and fits into one. */
function groupStart({ lines, limit }: Part, next: Line, source: readonly Line[]): number | null {
  if (next.group === undefined) return null;
  const start = lines.findIndex((line) => line.group === next.group);
  if (start <= 0) return null;
  let size = lines.slice(start).reduce((sum, line) => sum + line.text.length + 1, next.text.length);
  let count = lines.length - start + 1;
  const fits = () => size <= limit.size && count <= limit.lines;
  for (let index = source.length - 1; source[index]?.group === next.group && fits(); index -= 1) {
    size += 1 + (source[index]?.text.length ?? 0);
    count += 1;
  }
  return fits() ? start : null;
}

/** The last place between two blocks that leaves the part full enough. */
function blockStart(part: Part, next: Line): number | null {
  const { limit } = part;
  let size = part.size;
  const isFull = (lines: number) => size >= limit.size * BLOCK_FILL || lines >= limit.lines * BLOCK_FILL;
  for (let end = part.lines.length; end > 0 && isFull(end); end -= 1) {
    const below = end === part.lines.length ? next : part.lines[end];
    if (below?.startsBlock) return end;
    const above = part.lines[end - 1];
    size -= above ? shown(above, part).length + 1 : 0;
  }
  return null;
}

/** Cuts a line in two. The rest of a text must not read as a heading, a list or a quote of its own. */
function divide(line: Line, text: string, room: number): readonly [Line, Line] {
  const at = cutLine(text, room);
  const head = text.slice(0, at);
  const tail = text.slice(at);
  if (line.role === "code")
    return [
      { ...line, text: head, code: head },
      { ...line, text: tail, code: tail },
    ];
  // A mark put before the rest needs a head of two units or more: else cutting one unit at a time would not end.
  const rest = at > 1 ? tail.trimStart().replace(BLOCK_MARK, "$1\\") : tail.trimStart();
  return [
    { ...line, text: head },
    { role: "text", text: rest, startsBlock: false },
  ];
}

/** Units left for `line`, less what closes the code block that it leaves open; below 0 when there is no line left. */
function roomFor(line: Line, part: Part): number {
  const { limit, continued, lines, size } = part;
  const open = line.role === "close" ? undefined : line.fence;
  const count = lines.length + (continued ? 1 : 0) + (open ? 1 : 0);
  if (count >= limit.lines) return -1;
  return limit.size - size - separator(part) - (open ? closeMark(open, part).length + 1 : 0);
}

function separator({ lines, size }: Part): number {
  return lines.length > 0 || size > 0 ? 1 : 0;
}

/** A line as it stands in this part. */
function shown(line: Line, part: Part): string {
  if (line.role === "close" && line.fence) return closeMark(line.fence, part);
  return line.role === "code" && line.fence === part.continued ? (line.code ?? line.text) : line.text;
}

/** What follows the marker must not make it longer. */
function openMark({ marker, info }: Fence): string {
  return info.startsWith("~") ? `${marker} ${info}` : marker + info;
}

function closeMark(fence: Fence, part: Part): string {
  return fence === part.continued ? fence.marker : fence.prefix + fence.marker;
}

function write(part: Part): string {
  const last = part.lines.at(-1);
  const body = part.lines.map((line) => shown(line, part));
  if (last?.fence && last.role !== "close") body.push(closeMark(last.fence, part));
  const inner = part.continued ? part.lines.findIndex((line) => line.fence !== part.continued) : 0;
  const kept = inner < 0 ? body.length : inner;
  const indent = part.continued ? part.continued.prefix : (/^\s*/u.exec(body[0] ?? "")?.[0] ?? "");
  const head = part.continued ? [openMark(part.continued)] : [];
  return [...head, ...body.slice(0, kept), ...dedent(body.slice(kept), indent)].join("\n").trimEnd();
}

/** Takes the indent of the list that the part begins in from all its lines: four spaces would make them code. */
function dedent(lines: readonly string[], indent: string): string[] {
  const most = indent.includes(">") ? 0 : indent.length;
  const end = lines.findIndex((line) => line.trim() !== "" && indentOf(line) < most);
  return lines.map((line, index) => (end < 0 || index < end ? line.slice(Math.min(most, indentOf(line))) : line));
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
