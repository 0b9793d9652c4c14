/** Puts texts of strangers into a prompt so that they cannot end the place that they stand in. Pure. */

/**
 * In the headings of all blocks that we put before a message. Nobody can write it into their own words
 * (`withoutMark`), so a block that has it is one of ours.
 */
export const MARK = "(set by the chat platform";

/** A text that claims to be one of our blocks no longer does. */
export function withoutMark(text: string): string {
  return text.replaceAll(MARK, "(not set by the chat platform");
}

/** A text as one line in quotation marks, without a fence in it. */
export function quoteLine(text: string): string {
  return oneLine(JSON.stringify(text.toWellFormed()));
}

/** A value as one line of JSON, without a fence in it: line breaks stay inside their strings. */
export function jsonLine(value: unknown): string {
  return oneLine(JSON.stringify(value));
}

/** A text of several lines between two fences that are longer than any in it. */
export function fenced(text: string, language = ""): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
  const fence = "`".repeat(Math.max(3, longest + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}

/** JSON leaves these as they are; some take them for the end of a line. */
const BREAKS = /[\u007F-\u009F\u2028\u2029]/g;

function oneLine(json: string): string {
  return json
    .replace(BREAKS, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replace(/`{3,}/g, (run) => run.split("").join(" "));
}
