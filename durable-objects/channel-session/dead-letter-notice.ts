/** What the owner reads about answers that were given up: where, why, and how to send them again. Pure. */
import type { Language } from "../../protocol/access.ts";
import type { DeadLetter } from "../../protocol/dead-letter.ts";
import { parseSessionKey, type SessionKey } from "../../protocol/session-key.ts";
import { inlineCode } from "../../protocol/texts/inline-code.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import { DEAD_LETTER_CODES, type Texts } from "../../protocol/texts/texts.ts";

/** The Markdown of a notice about at least one dead letter; `more` counts answers that are not named. */
export function renderDeadLetters(deadLetters: readonly DeadLetter[], more: number, language: Language): string {
  const texts = textsFor(language);
  const total = deadLetters.length + more;
  const same = Map.groupBy(
    deadLetters.map((letter) => renderLine(letter, texts)),
    (line) => line,
  );
  const lines = [...same].map(
    ([line, { length }]) => `- ${line}${length > 1 ? `, ${texts.deadLetters.times(String(length))}` : ""}`,
  );
  const rest = more > 0 ? [`- ${texts.more(String(more))}`] : [];
  const body =
    total === 1
      ? texts.deadLetters.one([...same.keys()].join())
      : [texts.deadLetters.many(String(total)), "", ...lines, ...rest].join("\n");
  return `${body}\n\n${texts.deadLetters.hint}`;
}

function renderLine(letter: DeadLetter, texts: Texts): string {
  return `${renderPart(letter, texts)} ${renderPlace(letter.session, texts)}: ${renderWhy(letter, texts)}`;
}

function renderPart({ part, parts }: DeadLetter, texts: Texts): string {
  return parts === 1 ? texts.deadLetters.answer : texts.deadLetters.part(String(part), String(parts));
}

function renderPlace(session: SessionKey, texts: Texts): string {
  const ref = parseSessionKey(session);
  if (!ref.ok) return texts.deadLetters.inSession(inlineCode(session));
  const { channel, chatKind, chatId, thread } = ref.value;
  const chat =
    chatKind === "direct"
      ? texts.deadLetters.toPerson(inlineCode(chatId))
      : texts.deadLetters.inChat[chatKind](inlineCode(chatId));
  const inThread = thread ? `, ${texts.deadLetters.inThread[thread.kind](inlineCode(thread.id))},` : "";
  return `${chat}${inThread} ${texts.on[channel]}`;
}

function renderWhy({ reason }: DeadLetter, texts: Texts): string {
  const known = DEAD_LETTER_CODES.find((code) => code === reason);
  return `${known === undefined ? texts.deadLetters.unknown : texts.deadLetters.reasons[known]} (${inlineCode(reason)})`;
}
