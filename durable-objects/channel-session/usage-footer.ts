/** The line below an answer that says what it took. Pure. */
import type { Language, UsageFooter } from "../../protocol/access.ts";
import { inlineCode } from "../../protocol/texts/inline-code.ts";
import { formatCost, formatCount, textsFor } from "../../protocol/texts/language.ts";
import type { Usage } from "../../protocol/turn-event.ts";

/** The Markdown of the line; null: there is none. */
export function renderUsage(usage: Usage, footer: UsageFooter, language: Language): string | null {
  if (footer === "off") return null;
  const texts = textsFor(language).footer;
  const { inputTokens, outputTokens, cacheReadTokens, costUsd, model } = usage;
  const count = (tokens: number) => formatCount(tokens, language);
  const tokens = texts.tokens(count(inputTokens), count(outputTokens));
  if (footer === "tokens") return tokens;
  const cached = cacheReadTokens > 0 ? [texts.cached(count(cacheReadTokens))] : [];
  return [[tokens, ...cached].join(", "), `💵 ${formatCost(costUsd, language)}`, `🧠 ${inlineCode(model)}`].join(" · ");
}
