/** Which language somebody is spoken to in, and its texts. */
import { LANGUAGES, type Language } from "../access.ts";
import { DE } from "./de.ts";
import { EN } from "./en.ts";
import type { Texts } from "./texts.ts";

const CATALOGUE: Readonly<Record<Language, Texts>> = { en: EN, de: DE };

/** The language of a preference: itself, or for `auto` that of a BCP 47 tag (`de-AT`); English if we do not speak it. */
export function languageOf(preference: Language | "auto", tag: string | undefined): Language {
  if (preference !== "auto") return preference;
  const [primary] = (tag ?? "").toLowerCase().split(/[-_]/u);
  return LANGUAGES.find((language) => language === primary) ?? "en";
}

/** All texts of a language. */
export function textsFor(language: Language): Texts {
  return CATALOGUE[language];
}

/** Formats a whole number as the language writes it. */
export function formatCount(count: number, language: Language): string {
  return count.toLocaleString(language, { maximumFractionDigits: 0 });
}

/** Formats a part of a whole, between 0 and 1, as the language writes it. */
export function formatShare(share: number, language: Language): string {
  return share.toLocaleString(language, { style: "percent", maximumFractionDigits: 0 });
}

/** Formats an amount of US dollars, which may be a fraction of a cent. */
export function formatCost(usd: number, language: Language): string {
  const digits = { minimumFractionDigits: 4, maximumFractionDigits: 4 };
  return `$${usd.toLocaleString(language, digits)}`;
}

/** Formats a time for a list, in an IANA time zone. */
export function formatTime(at: number, timezone: string, language: Language): string {
  const style = { dateStyle: "medium", timeStyle: "short", timeZone: timezone } as const;
  return new Intl.DateTimeFormat(language, style).format(at);
}
