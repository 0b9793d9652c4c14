/** Judges a run by the platform's own record of what was shown, and asks the ledger only to excuse a second showing. */
import type { Written } from "./chats.ts";
import { FILLER, HALF_FILLER, readAnswer } from "./model.ts";

/** What the oracle needs of the platform: the texts that the bot showed in a chat, in order. */
export type Shown = (chat: number) => readonly string[];

export type Judgement = {
  /** Acknowledged, and no complete answer was shown. */
  readonly lost: readonly Written[];
  /** Shown more than once, however many times. */
  readonly doubled: readonly Written[];
};

/** Whether an answer to the message was shown from end to end, in one text or in several in order. */
export function isAnswered({ chat, id }: Written, shown: Shown): boolean {
  const texts = [...new Set(shown(chat))];
  const parts = texts.map(readAnswer);
  const ends = [...parts.keys()].filter((index) => parts[index]?.ended.includes(id));
  return [...parts.keys()].some(
    (first) =>
      parts[first]?.begun.includes(id) &&
      ends.some((last) => first <= last && isWhole(texts.slice(first, last + 1), id)),
  );
}

/** A growing answer shows both ends before it is whole, so what is between them counts. */
function isWhole(texts: readonly string[], id: string): boolean {
  const text = [FILLER, HALF_FILLER]
    .reduce((left, filler) => left.replaceAll(filler, " "), `${texts.join(" ")} `.replaceAll(/\s+/g, " "))
    .replaceAll(/ +/g, " ");
  return [...text.matchAll(/begin ((?:ID\S+ )+)end \1/g)].some(([, ids = ""]) => ids.split(" ").includes(id));
}

/** Judges messages that were acknowledged. */
export function judge(written: readonly Written[], shown: Shown): Judgement {
  return {
    lost: written.filter((message) => !isAnswered(message, shown)),
    doubled: written.filter((message) => timesShown(message, shown) > 1),
  };
}

/** How often the beginning or the end of an answer to the message was shown, whichever is more. */
function timesShown({ chat, id }: Written, shown: Shown): number {
  const parts = shown(chat).map(readAnswer);
  const begun = parts.filter((part) => part.begun.includes(id)).length;
  const ended = parts.filter((part) => part.ended.includes(id)).length;
  return Math.max(begun, ended);
}
