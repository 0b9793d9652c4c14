/** Numbers and lengths of time as people say them: `an hour and a half`, `anderthalb Stunden`. Pure. */

/** Whose clock it is, and what it shows. Epoch ms. */
export type Clock = { readonly now: number; readonly timezone: string };

const WORDS: readonly (readonly [RegExp, number])[] = [
  [/^(?:an?|one|eins?|eine[rmn]?)$/iu, 1],
  [/^(?:two|zwei)$/iu, 2],
  [/^(?:three|drei)$/iu, 3],
  [/^(?:four|vier)$/iu, 4],
  [/^(?:five|fünf)$/iu, 5],
  [/^(?:six|sechs)$/iu, 6],
  [/^(?:seven|sieben)$/iu, 7],
  [/^(?:eight|acht)$/iu, 8],
  [/^(?:nine|neun)$/iu, 9],
  [/^(?:ten|zehn)$/iu, 10],
  [/^(?:eleven|elf)$/iu, 11],
  [/^(?:twelve|zwölf)$/iu, 12],
  [/^(?:fifteen|fünfzehn)$/iu, 15],
  [/^(?:twenty|zwanzig)$/iu, 20],
  [/^(?:thirty|dreißig|dreissig)$/iu, 30],
  [/^(?:anderthalb|eineinhalb)$/iu, 1.5],
  [/^(?:zweieinhalb)$/iu, 2.5],
  [/^(?:dreieinhalb)$/iu, 3.5],
];

/** One number, in digits or as a word. */
export const NUMBER = `(?:\\d{1,9}|${words(WORDS)})`;

/** One that an hour can have; articles are none. */
export const HOUR = `(?:\\d{1,2}|eins|one(?!\\s+(?:of|or|more))|${words(WORDS.slice(1))})`;

function words(some: typeof WORDS): string {
  return some.map(([word]) => word.source.slice(4, -2)).join("|");
}

/** NaN: it is none. */
export function numberOf(said: string): number {
  if (/^\d/u.test(said)) return Number(said.replace(",", "."));
  return WORDS.find(([word]) => word.test(said))?.[1] ?? Number.NaN;
}

const COUNT = `(\\d{1,6}[.,]\\d{1,2}|${NUMBER})`;
const UNIT = "(minutes?|minuten?|hours?|stunden?|h|days?|tage?n?|weeks?|wochen?)(?!\\p{L})";
const LEAD = "^(in|every|each|alle)\\s+";
const OTHER = /^(?:every|each)\s+(?:other|second)\s+(?=\p{L})|^jede[nrs]?\s+zweiten?\s+(?=\p{L})/iu;
const SET_LENGTHS: readonly (readonly [RegExp, string])[] = [
  [/^in (?:half an hour|einer halben stunde)(?!\p{L})/iu, "in 30 minutes"],
  [/^in (?:a quarter of an hour|einer viertelstunde)(?!\p{L})/iu, "in 15 minutes"],
  [/^in (?:three quarters of an hour|einer dreiviertelstunde)(?!\p{L})/iu, "in 45 minutes"],
];
const AND_HALF = [
  new RegExp(`${LEAD}${COUNT}\\s+${UNIT}\\s+and a half(?!\\p{L})`, "iu"),
  new RegExp(`${LEAD}${COUNT}\\s+and a half\\s+${UNIT}`, "iu"),
];
const COUNTED = new RegExp(`${LEAD}${COUNT}\\s*${UNIT}`, "iu");

/** A length of time with its number in digits, as the reader of typed times wants it. */
export function lengthInDigits(text: string): string {
  const said = text.replace(OTHER, "every 2 ");
  const [pattern, length] = SET_LENGTHS.find(([one]) => one.test(said)) ?? [];
  if (pattern !== undefined && length !== undefined) return said.replace(pattern, length);
  for (const pattern of AND_HALF) {
    const half = pattern.exec(said);
    if (half) return withLength(said, half, 0.5);
  }
  const counted = COUNTED.exec(said);
  return counted === null ? said : withLength(said, counted, 0);
}

/** Half a unit is said in seconds. */
function withLength(text: string, [found = "", lead = "", count = "", unit = ""]: readonly string[], more: number) {
  const number = numberOf(count) + more;
  if (Number.isInteger(number)) return `${lead} ${number} ${unit}${text.slice(found.length)}`;
  const seconds = number * secondsOf(unit.toLowerCase());
  return Number.isInteger(seconds) ? `${lead} ${seconds}s${text.slice(found.length)}` : text;
}

function secondsOf(unit: string): number {
  if (unit.startsWith("m")) return 60;
  if (unit.startsWith("h") || unit.startsWith("s")) return 3_600;
  return unit.startsWith("w") ? 7 * 86_400 : 86_400;
}
