/** Whether a beat says again what was told a short while ago. Pure. */
import { HEARTBEAT_BOUNDS } from "../../../protocol/own-work-bounds.ts";

/** A text that was told, and when. */
export type Told = { readonly hash: string; readonly at: number };

/** A hash that does not change with marks of Markdown, the case of letters, punctuation or white space. */
export function hashOf(text: string): string {
  const words = text
    .normalize("NFKC")
    .toLowerCase()
    .match(/[\p{L}\p{M}\p{N}\p{So}]+/gu) ?? [text];
  const said = words.join(" ");
  const parts = [said.length, fnv(said, 0x81_1c_9d_c5), fnv(`${said}\n`, 0x9e_37_79_b9)];
  return parts.map((part) => part.toString(36)).join("-");
}

/** FNV-1a over UTF-16 units. Nobody gains anything by two texts with one hash, so it need not be a cryptographic one. */
function fnv(text: string, seed: number): number {
  let hash = seed;
  for (let at = text.length - 1; at >= 0; at -= 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93);
  return hash >>> 0;
}

/** Null: it was told already. Else all that is remembered once it is told. */
export function toldWith(told: readonly Told[], text: string, at: number): readonly Told[] | null {
  const recent = told.filter((one) => at - one.at < HEARTBEAT_BOUNDS.duplicateMs);
  const hash = hashOf(text);
  if (recent.some((one) => one.hash === hash)) return null;
  return [...recent, { hash, at }].slice(-HEARTBEAT_BOUNDS.toldKept);
}
