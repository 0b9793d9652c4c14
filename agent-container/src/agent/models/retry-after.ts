/** When a provider wants to be asked again, from the headers of its answer. Pure. */

/** Milliseconds from `now` that a `retry-after-ms` or `retry-after` header asks for; undefined when there is none. */
export function retryAfterOf(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const exact = numberOf(headers["retry-after-ms"]);
  if (exact !== undefined) return exact;
  const text = headers["retry-after"];
  const seconds = numberOf(text);
  if (seconds !== undefined) return seconds * 1_000;
  const at = text?.endsWith("GMT") === true ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(at - now, 0);
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
