/** Whether HEARTBEAT.md asks for anything. A heartbeat with nothing to do must not start a container. Pure. */
import { sha256 } from "./manifest.ts";
import { workspacePath } from "./path.ts";

/** Where the checklist is in the owner's tree. */
export const HEARTBEAT_PATH = workspacePath("HEARTBEAT.md");

const HTML_COMMENT = /<!--[\s\S]*?(?:-->|$)/g;
/** Lines that ask for nothing: headings, list items that have no text or are done, fences, Markdown comments. */
const IDLE_LINE =
  /^(?:#{1,6}(?:\s.*)?|[-*+]\s*(?:\[[ xX]?\])?|[-*+]\s*\[[xX]\].*|`{3,}.*|~{3,}.*|\[(?:\/\/|comment)\]:.*)$/;

/** Tells whether a checklist is effectively empty: only headings, comments, blank lines, and items that are empty or done. */
export function isEffectivelyEmpty(text: string): boolean {
  const lines = text.replace(HTML_COMMENT, "").split(/\r?\n/);
  return lines.every((line) => line.trim() === "" || IDLE_LINE.test(line.trim()));
}

/** What the edge keeps of a checklist: null when there is nothing to do, else a hash that changes with the text. */
export function heartbeatHash(text: string | null): string | null {
  return text === null || isEffectivelyEmpty(text) ? null : sha256(text);
}
