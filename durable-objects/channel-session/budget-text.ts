/** The budget in words: what is used up, what the owner can do about it, and what was used. Pure. */
import type { Language } from "../../protocol/access.ts";
import {
  type AllowOutcome,
  type Amount,
  type BudgetOffer,
  type LimitUse,
  MICRO_USD,
  type Spent,
  type UsageReport,
} from "../../protocol/budget.ts";
import type { OwnerNews } from "../../protocol/owner-news.ts";
import { inlineCode } from "../../protocol/texts/inline-code.ts";
import { formatCount, formatTime, textsFor } from "../../protocol/texts/language.ts";
import type { ButtonRows } from "./edge-button.ts";

/** In whose words: a language, and the clock of the agent. */
export type Wording = { readonly language: Language; readonly timezone: string };

/** What a chat is told whose message waits. Only the owner, whom more is offered, is told amounts. */
export function renderParked(use: LimitUse, offer: BudgetOffer | null, wording: Wording, hasButtons: boolean): string {
  const { budget } = textsFor(wording.language);
  const words = wordsOf(use, wording);
  if (offer === null) return budget.parkedElsewhere(words.until);
  return hasButtons ? budget.parked(words) : `${budget.parked(words)} ${budget.type(allowLine(offer))}`;
}

/** What the owner is told of others who wait. */
export function renderOthersWait(news: Extract<OwnerNews, { kind: "budget_spent" }>, wording: Wording): string {
  const { payer, title, use } = news;
  const { budget } = textsFor(wording.language);
  const words = wordsOf(use, wording);
  return payer === "owner"
    ? budget.workLeftOut(words)
    : budget.otherWaits({ ...words, who: inlineCode(title ?? payer) });
}

/** Allow more, or wait. */
export function offerButtons(offer: BudgetOffer, language: Language): ButtonRows {
  const { budget } = textsFor(language);
  const label = budget.allow(amountsText(offer, language));
  return [
    [
      { label, value: `/budget allow ${offer.id}`, isCommand: true },
      { label: budget.wait, value: "/budget wait", isCommand: true },
    ],
  ];
}

/** What the owner types where they see no buttons. */
function allowLine(offer: BudgetOffer): string {
  const [{ microUsd, tokens }, cent] = [offer, MICRO_USD / 100];
  return microUsd > 0 ? `/budget allow ${Math.ceil(microUsd / cent) / 100}` : `/budget allow ${tokens} tokens`;
}

/** What was allowed, what may be used now, and which limit still lets nothing through. */
export function renderAllowed(
  { amount, left, usedUp, timezone }: Extract<AllowOutcome, { readonly kind: "allowed" }>,
  language: Language,
): string {
  const { budget } = textsFor(language);
  const now = {
    microUsd: amount.microUsd > 0 ? (left.microUsd ?? 0) : 0,
    tokens: amount.tokens > 0 ? (left.tokens ?? 0) : 0,
  };
  const said = budget.allowed(amountsText(amount, language), amountsText(now, language));
  return `${said} ${usedUp === null ? budget.goesOn : budget.stillUsedUp(wordsOf(usedUp, { language, timezone }))}`;
}

/** The units that there is something of. */
function amountsText({ microUsd, tokens }: Amount, language: Language): string {
  const money = microUsd > 0 || tokens === 0 ? [amountText(microUsd, "microUsd", language)] : [];
  return [...money, ...(tokens > 0 ? [amountText(tokens, "tokens", language)] : [])].join(" + ");
}

/** What was used; `sees`: the owner sees everybody, others only themselves. */
export function renderReport(report: UsageReport, sees: "all" | "own", wording: Wording): string {
  const { language } = wording;
  const { report: texts } = textsFor(language).budget;
  const used = (spent: Spent) => {
    const [cost, tokens] = [spent.microUsd, spent.tokens] as const;
    const calls = formatCount(spent.calls, language);
    return texts.used(amountText(cost, "microUsd", language), amountText(tokens, "tokens", language), calls);
  };
  const limits = report.limits.map((use) => {
    const held = use.reserved > 0 ? [texts.held(amountText(use.reserved, use.unit, language))] : [];
    return `- ${[texts.limit(wordsOf(use, wording)), ...held].join("; ")}`;
  });
  const lines = report.lines.slice(0, LINES_SHOWN).map((line) => {
    const what = [texts.kind[line.kind], inlineCode(line.model)];
    const who = sees === "all" ? [payerText(line.payer, language)] : [];
    return `- ${[...who, ...what].join(" · ")}: ${used(line)}`;
  });
  return [
    texts.title,
    [`${texts.today}: ${used(report.today)}`, `${texts.month}: ${used(report.month)}`].join("\n"),
    ...(limits.length > 0 ? [[texts.limits, ...limits].join("\n")] : sees === "all" ? [texts.noLimits] : []),
    ...(lines.length > 0 ? [[texts.lines, ...lines].join("\n")] : []),
    ...(sees === "all" && report.waiting > 0 ? [texts.waiting(formatCount(report.waiting, language))] : []),
    ...(sees === "all" ? [texts.hint] : []),
  ].join("\n\n");
}

/** Lines of a report in a chat. */
const LINES_SHOWN = 15;

function payerText(payer: string, language: Language): string {
  const { payer: texts } = textsFor(language).budget.report;
  if (payer === "owner") return texts.owner;
  return payer === "forgotten" ? texts.forgotten : inlineCode(payer);
}

function wordsOf({ whose, period, unit, spent, limit, until }: LimitUse, { language, timezone }: Wording) {
  const { from, name } = textsFor(language).budget;
  return {
    name: name[whose][period],
    spent: amountText(spent, unit, language),
    limit: amountText(limit, unit, language),
    until: from(formatTime(until, timezone, language)),
  };
}

function amountText(value: number, unit: keyof Amount, language: Language): string {
  if (unit === "tokens") return textsFor(language).budget.tokens(formatCount(value, language));
  // Less than a cent is not nothing.
  const digits = value > 0 && value < MICRO_USD / 100 ? 4 : 2;
  const usd = value / MICRO_USD;
  return `$${usd.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}
