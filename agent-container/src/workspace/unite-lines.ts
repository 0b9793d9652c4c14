/** Unites two versions of a note line by line. Pure, linear in the length of the texts. */

/**
 * Applies both sides' changes to `base`. Changes in different places are both made where they were made. Where both
 * changed the same place, lines that either side added are kept (theirs first), lines that either side took away go,
 * and a change that both made counts once.
 */
export function uniteLines(base: string, mine: string, theirs: string): string {
  if (mine === theirs || mine === base) return theirs;
  if (theirs === base) return mine;
  const [baseLines, mineLines, theirLines] = [toLines(base), toLines(mine), toLines(theirs)];
  const my = changedRegion(baseLines, mineLines);
  const their = changedRegion(baseLines, theirLines);
  const start = Math.min(my.start, their.start);
  const end = Math.max(my.end, their.end);
  const inRegion = (lines: readonly string[]) => lines.slice(start, lines.length - (baseLines.length - end));
  const [older, mineNow, theirsNow] = [inRegion(baseLines), inRegion(mineLines), inRegion(theirLines)];
  const united =
    my.end < their.start
      ? splice(mineNow, theirsNow, { from: my.end - start, untouched: end - my.end })
      : their.end < my.start
        ? splice(theirsNow, mineNow, { from: their.end - start, untouched: end - their.end })
        : uniteRegion(older, mineNow, theirsNow);
  const lines = [...baseLines.slice(0, start), ...united, ...baseLines.slice(end)];
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** Half-open range of base lines that one side replaced. */
type Region = { readonly start: number; readonly end: number };

function toLines(text: string): readonly string[] {
  if (text === "") return [];
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}

function changedRegion(base: readonly string[], changed: readonly string[]): Region {
  const shorter = Math.min(base.length, changed.length);
  let start = 0;
  while (start < shorter && base[start] === changed[start]) start += 1;
  let kept = 0;
  while (kept < shorter - start && base[base.length - 1 - kept] === changed[changed.length - 1 - kept]) kept += 1;
  return { start, end: base.length - kept };
}

/** Two changes with an untouched line between them: `first` up to its own end, `second` from there on. */
function splice(
  first: readonly string[],
  second: readonly string[],
  { from, untouched }: { readonly from: number; readonly untouched: number },
): readonly string[] {
  return [...first.slice(0, first.length - untouched), ...second.slice(from)];
}

function uniteRegion(older: readonly string[], mine: readonly string[], theirs: readonly string[]): readonly string[] {
  const [before, my, their] = [countLines(older), countLines(mine), countLines(theirs)];
  const left = new Map<string, number>();
  for (const line of new Set([...mine, ...theirs])) {
    const old = before.get(line) ?? 0;
    left.set(line, old + joinChanges((my.get(line) ?? 0) - old, (their.get(line) ?? 0) - old));
  }
  return [...theirs, ...mine].filter((line) => {
    const remaining = left.get(line) ?? 0;
    left.set(line, remaining - 1);
    return remaining > 0;
  });
}

/** How often a line is to be added or taken away: the same change by both counts once. */
function joinChanges(mine: number, theirs: number): number {
  if (mine >= 0 && theirs >= 0) return Math.max(mine, theirs);
  if (mine <= 0 && theirs <= 0) return Math.min(mine, theirs);
  return mine + theirs;
}

function countLines(lines: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}
