/** What a job is called that nobody has named: the beginning of what it says or asks. Pure. */
import type { Payload } from "./jobs.ts";

/** Longest name that is made of a text; people can give a longer one. UTF-16 units. */
const NAME_MAX = 40;

/** The beginning of a text, in whole words. */
export function jobName(text: string): string {
  const [line = ""] = text.trim().split("\n");
  const clean = line.replaceAll(/[\p{C}\p{Z}]+/gu, " ").trim();
  if (clean.length <= NAME_MAX) return clean === "" ? "job" : clean;
  const cut = clean.slice(0, NAME_MAX + 1).replace(/\s+\S*$/u, "");
  return cut.slice(0, NAME_MAX).toWellFormed().trim();
}

/** What a job says or asks. */
export function payloadText(payload: Payload): string {
  return payload.kind === "agentTurn" ? payload.message : payload.text;
}
