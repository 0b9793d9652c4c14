/** Lists of any length, kept within one message. Pure. */

/** Room for a list: Telegram's messages have 4,096 UTF-16 units, and what stands around the list needs some. */
const LIST_MAX = 3_000;

/** As many lines as fit, as a Markdown list; `more` says how many there are besides. */
export function boundedList(lines: readonly string[], more: (count: string) => string): string {
  let size = 0;
  const shown = lines.filter((line) => (size += line.length + 3) <= LIST_MAX);
  const left = lines.length - shown.length;
  return [...shown, ...(left > 0 ? [more(String(left))] : [])].map((line) => `- ${line}`).join("\n");
}
