/** Tables as fixed-width text, for platforms that have none: columns are aligned with spaces. Pure. */

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** Characters that a monospaced font draws two columns wide: CJK, Hangul, full-width forms and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\ufe0f/u;

export type Alignment = "left" | "center" | "right" | null;

/** Rows of equal column widths; the first row is the head and gets a rule below. No row ends in spaces. */
export function alignTable(rows: readonly (readonly string[])[], alignments: readonly Alignment[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(1, ...rows.map((row) => displayWidth(row[column] ?? ""))),
  );
  const lines = rows.map((row) =>
    widths.map((width, column) => pad(row[column] ?? "", width, alignments[column] ?? "left")).join(" | "),
  );
  const rule = widths.map((width) => "-".repeat(width)).join("-|-");
  return lines
    .flatMap((line, index) => (index === 0 ? [line, rule] : [line]))
    .map((line) => line.trimEnd())
    .join("\n");
}

function pad(text: string, width: number, alignment: "left" | "center" | "right"): string {
  const missing = Math.max(0, width - displayWidth(text));
  const left = alignment === "right" ? missing : alignment === "center" ? Math.floor(missing / 2) : 0;
  return " ".repeat(left) + text + " ".repeat(missing - left);
}

function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}
