/** Bounds of what of old tool results and pictures a model is shown again. Sources: openclaw's session pruning. */

export const PRUNING_BOUNDS = {
  /** How long a provider's prompt cache lives: what is changed after such a pause costs nothing more. Anthropic: 5 min. */
  cacheTtlMs: 300_000,
  /** Below this share of the window nothing is pruned; above the second one results can be left out altogether. */
  trimShare: 0.3,
  clearShare: 0.5,
  /** Results longer than this are trimmed to their beginning and end. UTF-16 units. */
  trimAbove: 4_000,
  trimEdge: 1_500,
  /** Results are left out altogether only if there is so much of them. UTF-16 units. */
  clearMin: 50_000,
  /** The newest answers of the model whose results stay as they are. */
  stepsKept: 3,
  /** Pictures older than so many turns are only named. */
  pictureTurns: 3,
} as const;

/** Longest text of one result, by the window of the model: the first row whose window is as large. UTF-16 units. */
export const RESULT_CAPS = [
  { windowTokens: 200_000, charsMax: 64_000 },
  { windowTokens: 100_000, charsMax: 32_000 },
  { windowTokens: 0, charsMax: 16_000 },
] as const;
