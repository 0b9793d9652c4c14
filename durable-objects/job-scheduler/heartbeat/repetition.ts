/** Whether a beat says again what was told a short while ago. Pure, but for the hash. */
import { createHash } from "node:crypto";
import { HEARTBEAT_BOUNDS } from "../../../protocol/own-work-bounds.ts";
import type { Told } from "./state.ts";

/** A hash that does not change with marks of Markdown, the case of letters, punctuation or white space. */
export function hashOf(text: string): string {
  const words = text
    .normalize("NFKC")
    .toLowerCase()
    .match(/[\p{L}\p{M}\p{N}\p{So}]+/gu) ?? [text];
  return createHash("sha256").update(words.join(" ")).digest("hex");
}

/** Null: it was told already. Else all that is remembered once it is told. */
export function toldWith(told: readonly Told[], text: string, at: number): readonly Told[] | null {
  const recent = told.filter((one) => at - one.at < HEARTBEAT_BOUNDS.duplicateMs);
  const hash = hashOf(text);
  if (recent.some((one) => one.hash === hash)) return null;
  return [...recent, { hash, at }].slice(-HEARTBEAT_BOUNDS.toldKept);
}
