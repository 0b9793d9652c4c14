/**
 * The signs by which a model says that nothing is to be said: what counts as one, alone in an answer and beside other
 * words. Pure.
 */
import { SILENT_REPLY } from "../../../protocol/silent-reply.ts";
import { isBlank, RUNS, seenPart, UNSEEN } from "./blank.ts";
import { OUTPUT_BOUNDS } from "./bounds.ts";

/** What it answers to a heartbeat that found nothing to tell. */
const HEARTBEAT_REPLY = "HEARTBEAT_OK";

const HEARTBEAT = /HEARTBEAT\\?_OK/;
const SIGNS = [SILENT_REPLY, HEARTBEAT_REPLY];
/** As Markdown escapes it, too. */
const WRITTEN = [...SIGNS, ...SIGNS.map((sign) => sign.replace("_", "\\_"))];
const SIGN = WRITTEN.map(escaped).join("|");
const BEGUN_SIGN = [...new Set(WRITTEN.flatMap(prefixes))]
  .toSorted((a, b) => b.length - a.length)
  .map(escaped)
  .join("|");

/** What may stand around a sign that is the whole answer: marks of Markdown, quotes, brackets, tags, punctuation. */
const AROUND = `[${UNSEEN}*_~\`#+=\\-–—"'“”„‘’«»「」『』【】()\\[\\]>.!?…,:;。！？、，：；]|</?[a-z]{1,6}>`;
const ONLY_SIGN = new RegExp(`^(?:${AROUND})*(?:${SIGN})(?:${AROUND}|${SIGN})*$`, "i");
const MAYBE_ONLY_SIGN = new RegExp(`^(?:${AROUND}|${SIGN})*(?:</?[a-z]{0,6}|${BEGUN_SIGN})?$`, "i");

/** What may stand around one beside other words: emphasis and a mark at its end. In code or quotes it is spoken of. */
const BEFORE = "(?:[*_~]|<[a-z]{1,6}>){0,3}";
const BEHIND = "[.:!,。！]?(?:[*_~]|</[a-z]{1,6}>){0,3}[.:!,。！]?";
const SIGN_WORD = new RegExp(`^${BEFORE}(?:${SIGN})${BEHIND}$`);
const MAYBE_SIGN_WORD = new RegExp(`^${BEFORE}(?:<[a-z]{0,6}|${BEGUN_SIGN}|(?:${SIGN})${BEHIND}(?:</?[a-z]{0,6})?)?$`);

/** Whether a text is a sign and nothing else. */
export function isOnlySign(text: string): boolean {
  const trimmed = seenPart(text);
  return trimmed.length <= OUTPUT_BOUNDS.signMax && ONLY_SIGN.test(trimmed);
}

/** Whether a text is a sign and nothing else, or can become that when it grows. */
export function maybeOnlySign(text: string): boolean {
  return text.length <= OUTPUT_BOUNDS.signMax && MAYBE_ONLY_SIGN.test(text);
}

/** Whether a word, what stands between white space, is a sign. It is one at either end of a text only. */
export function isSignWord(word: string): boolean {
  return word.length <= OUTPUT_BOUNDS.signMax && SIGN_WORD.test(word);
}

/** Whether a word is a sign, or can become one when it grows. */
export function maybeSignWord(word: string): boolean {
  return word.length <= OUTPUT_BOUNDS.signMax && MAYBE_SIGN_WORD.test(word);
}

/** A text without the signs at its ends; "" for one that is nothing else. */
export function withoutSigns(text: string): string {
  if (isOnlySign(text)) return "";
  const words = text.match(RUNS) ?? [];
  const first = words.findIndex((word) => !isBlank(word) && !isSignWord(word));
  const last = words.findLastIndex((word) => !isBlank(word) && !isSignWord(word));
  return first === -1 ? "" : words.slice(first, last + 1).join("");
}

/**
 * What the answer to a heartbeat tells its owner; null: nothing. Beside its sign a short remark is worth no message.
 */
export function heartbeatAlert(text: string): string | null {
  const told = withoutSigns(text);
  const at = text.indexOf(told);
  const isFine = [text.slice(0, at), text.slice(at + told.length)].some((end) => HEARTBEAT.test(end));
  return told === "" || (isFine && told.length <= OUTPUT_BOUNDS.heartbeatRestMax) ? null : told;
}

function prefixes(sign: string): readonly string[] {
  return Array.from(sign, (_char, index) => sign.slice(0, index + 1));
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\");
}
