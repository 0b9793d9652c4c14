/** Puts a run's verdict together: what was lost, what was shown twice, and which of that the databases excuse. */
import type { Written } from "./chats.ts";
import { readAnswer } from "./model.ts";
import { judge, type Shown } from "./oracle.ts";

export type Verdict = {
  readonly lost: readonly Written[];
  readonly doubled: readonly Written[];
  /** Shown twice by a resend after an unknown outcome, which the ledger says: allowed. */
  readonly excused: readonly Written[];
  /** Shown whole, below a beginning of it whose outcome was unknown, which the database says: allowed. */
  readonly stale: readonly Written[];
};

/** What may excuse a second showing. */
export type Excuses = {
  /** How many parts that answer a message the ledger has marked as resent. */
  resentFor(message: Written): Promise<number>;
  /** The texts of a chat's previews that were given up because they may have been shown. */
  deadPreviews(chat: number): readonly string[];
};

/** Judges messages that were acknowledged. A beginning that is excused is no part of any answer. */
export async function verdictOf(written: readonly Written[], shown: Shown, excuses: Excuses): Promise<Verdict> {
  const chats = new Set(written.map(({ chat }) => chat));
  const left = new Map([...chats].map((chat) => [chat, withoutStale(shown(chat), excuses.deadPreviews(chat))]));
  const present: Shown = (chat) => left.get(chat) ?? [];
  const { lost, doubled } = judge(written, present);
  const stale = judge(written, shown).doubled.filter((message) => !doubled.includes(message));
  const excused: Written[] = [];
  for (const message of doubled) {
    if (isOneAnswerResent(message, present, await excuses.resentFor(message))) excused.push(message);
  }
  return { lost, doubled: doubled.filter((message) => !excused.includes(message)), excused, stale };
}

/** Without one text for each dead preview: the same text, and the beginning of one that came later. */
function withoutStale(texts: readonly string[], deadPreviews: readonly string[]): readonly string[] {
  const left = [...texts];
  for (const preview of deadPreviews.map(spaced)) {
    const isGrown = (text: string) => text !== preview && text.startsWith(preview);
    const stale = left.findIndex(
      (text, index) =>
        spaced(text) === preview &&
        left
          .slice(index + 1)
          .map(spaced)
          .some(isGrown),
    );
    if (stale >= 0) left.splice(stale, 1);
  }
  return left;
}

/** Platforms show white space as they like. */
function spaced(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** What was shown again is the same text, once more, and for each such text of this message there is a marked part. */
function isOneAnswerResent({ chat, id }: Written, shown: Shown, marked: number): boolean {
  const times = new Map<string, number>();
  for (const text of shown(chat)) {
    const { begun, ended } = readAnswer(text);
    if (begun.includes(id) || ended.includes(id)) times.set(text, (times.get(text) ?? 0) + 1);
  }
  const again = [...times.values()].filter((count) => count > 1);
  const isOneAnswer = judge([{ chat, id }], () => [...times.keys()]).doubled.length === 0;
  return isOneAnswer && again.every((count) => count === 2) && again.length <= marked;
}
