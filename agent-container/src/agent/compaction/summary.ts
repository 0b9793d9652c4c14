/** Sums up a conversation piece by piece: each summary goes on from the one before. */
import { COMPACTION_BOUNDS } from "./bounds.ts";
import { hasHeadings, strictFocus, summaryFocus } from "./instructions.ts";
import { halves, type Piece } from "./pieces.ts";
import type { SilentModel } from "./silent-model.ts";

/** The summary of all pieces; null when the model gave none. `custom`: what the person wants to be looked at. */
export async function sumUp(
  model: Pick<SilentModel, "sumUp">,
  pieces: readonly Piece[],
  before: string | undefined,
  custom: string | undefined,
): Promise<string | null> {
  let summary = before;
  for (const piece of pieces) {
    const next = await sumUpPiece(model, piece, {
      before: summary,
      custom,
      halvingsLeft: COMPACTION_BOUNDS.halvingsMax,
    });
    if (next === null) return null;
    summary = next;
  }
  return summary ?? null;
}

type Step = {
  readonly before: string | undefined;
  readonly custom: string | undefined;
  readonly halvingsLeft: number;
};

async function sumUpPiece(model: Pick<SilentModel, "sumUp">, piece: Piece, step: Step): Promise<string | null> {
  const { before, custom, halvingsLeft } = step;
  const said = await model.sumUp(piece, before, summaryFocus(custom));
  if (said.kind === "said") {
    if (hasHeadings(said.text)) return said.text;
    const again = await model.sumUp(piece, before, strictFocus(custom));
    return again.kind === "said" ? again.text : said.text;
  }
  const both = said.kind === "too_long" && halvingsLeft > 0 ? halves(piece) : null;
  if (both === null) return null;
  let summary = before;
  for (const half of both) {
    const next = await sumUpPiece(model, half, { before: summary, custom, halvingsLeft: halvingsLeft - 1 });
    if (next === null) return null;
    summary = next;
  }
  return summary ?? null;
}
