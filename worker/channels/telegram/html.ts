/** Telegram's HTML as text: escaping, and how long it is once the entities are parsed. */

/** Escapes what Telegram's parser would read as markup. */
export function escapeText(text: string): string {
  return text.replace(/&/gu, "&amp;").replace(/</gu, "&lt;").replace(/>/gu, "&gt;");
}

/** Escapes a value that is put between double quotes. */
export function escapeAttribute(text: string): string {
  return escapeText(text).replace(/"/gu, "&quot;");
}

/** The UTF-16 units that a message of `html` has after entity parsing; right for text escaped by this file only. */
export function visibleLength(html: string): number {
  const text = html.replace(/<[^>]*>/gu, "").replace(/&(?:amp|lt|gt|quot);/gu, "&");
  return text.trim().length; // Telegram trims messages, and refuses one that is then empty
}
