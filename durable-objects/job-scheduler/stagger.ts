/** Jobs that all say "at the full hour" would begin at once: each has a delay of its own, always the same one. Pure. */

/** The delay of a job within a window, in whole seconds; both in milliseconds. */
export function staggerOf(jobId: string, windowMs: number): number {
  const seconds = Math.floor(windowMs / 1000);
  return (hash(jobId) % (seconds + 1)) * 1000;
}

/** Whether an expression means each full hour, or each few of them; fixed hours are meant exactly. */
export function isEveryFullHour(expr: string): boolean {
  if (expr.trim().toLowerCase() === "@hourly") return true;
  const fields = expr.trim().split(/\s+/);
  const [seconds = "", minutes = "", hours = ""] = fields.length === 6 ? fields : ["0", ...fields];
  return /^0+$/.test(seconds) && /^0+$/.test(minutes) && /^[*?]/.test(hours);
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}
