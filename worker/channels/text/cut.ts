/** Where a text may be cut: never inside what a reader sees as one character, at the end of a sentence or word if possible. */

/** A grapheme rarely has more units than this (a family emoji has 11); a longer one is cut between code points. */
const GRAPHEME_MAX = 64;
const SENTENCE_END = /[.!?…。！？](?=\s)|[。！？]/gu;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * The last place in `text` at or before `max` that is not inside a character: UTF-16 units from the start.
 * At least 1, so that cutting always makes progress; inside a character only if it does not fit otherwise.
 */
export function cutBefore(text: string, max: number): number {
  if (text.length <= max) return text.length;
  const whole = graphemeBoundary(text, max);
  if (whole > 0) return whole;
  const split = isInsidePair(text, max) ? max - 1 : max;
  return Math.max(1, split);
}

/**
 * Where a long line is best cut so that its head has at most `max` units: after a sentence, else between words, else
 * between characters. Sentences and words count only in the second half, so that parts stay large.
 */
export function cutLine(text: string, max: number): number {
  if (text.length <= max) return text.length;
  const hard = cutBefore(text, max);
  const half = Math.floor(max / 2);
  const late = text.slice(half, hard + 1);
  const sentence = lastMatchEnd(late, SENTENCE_END);
  if (sentence > 0 && half + sentence <= hard) return half + sentence;
  const space = late.search(/\s\S*$/u);
  return space > 0 && half + space <= hard ? half + space : hard;
}

/** `text` if it has at most `max` units, else its head with `mark` at the end, together at most `max` units. */
export function cutText(text: string, max: number, mark = "…"): string {
  if (text.length <= max) return text;
  return text.slice(0, cutBefore(text, Math.max(1, max - mark.length))) + mark;
}

function graphemeBoundary(text: string, max: number): number {
  // A window is enough: boundaries depend on a few neighbours, and segmenting all of a long text would be quadratic.
  let from = Math.max(0, max - 4 * GRAPHEME_MAX);
  if (isInsidePair(text, from)) from -= 1;
  let last = from;
  for (const { index } of graphemes.segment(text.slice(from, max + GRAPHEME_MAX))) {
    if (from + index > max) break;
    last = from + index;
  }
  // The start of the window may itself be inside a character; only a boundary found after it counts.
  return last === from && from > 0 ? 0 : last;
}

function isInsidePair(text: string, at: number): boolean {
  const low = text.charCodeAt(at);
  const high = text.charCodeAt(at - 1);
  return low >= 0xdc00 && low <= 0xdfff && high >= 0xd800 && high <= 0xdbff;
}

function lastMatchEnd(text: string, pattern: RegExp): number {
  let end = 0;
  for (const match of text.matchAll(pattern)) end = match.index + match[0].length;
  return end;
}
