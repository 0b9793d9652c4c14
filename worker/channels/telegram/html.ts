/** Telegram's HTML as text: escaping, and what it is once the entities are parsed. */

const NAMED: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' };

/** Escapes what Telegram's parser would read as markup. */
export function escapeText(text: string): string {
  return text.replace(/&/gu, "&amp;").replace(/</gu, "&lt;").replace(/>/gu, "&gt;");
}

/** Escapes a value that is put between double quotes. */
export function escapeAttribute(text: string): string {
  return escapeText(text).replace(/"/gu, "&quot;");
}

/** The text that a message of `html` has after entity parsing; right for text escaped by this file only. */
export function parsedText(html: string): string {
  const text = html.replace(/<[^>]*>/gu, "").replace(/&(?:amp|lt|gt|quot);/gu, (reference) => NAMED[reference] ?? "");
  return text.trim(); // Telegram trims messages
}
