/** A code block by itself: in most apps one tap copies it. */

/** Puts a text of ours into a code block. */
export function fenced(text: string): string {
  return `\`\`\`\n${text}\n\`\`\``;
}
