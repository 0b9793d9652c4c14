/** Puts a run's verdict together: what was lost, what was shown twice, and which of that the ledger excuses. */
import type { Written } from "./chats.ts";
import { readAnswer } from "./model.ts";
import { judge, type Shown } from "./oracle.ts";

export type Verdict = {
  readonly lost: readonly Written[];
  readonly doubled: readonly Written[];
  /** Shown twice by a resend after an unknown outcome, which the ledger says: the one case that is allowed. */
  readonly excused: readonly Written[];
};

/** `resentFor` counts the parts that answer a message and that the ledger has marked as resent. */
export async function verdictOf(
  written: readonly Written[],
  shown: Shown,
  resentFor: (message: Written) => Promise<number>,
): Promise<Verdict> {
  const { lost, doubled } = judge(written, shown);
  const excused: Written[] = [];
  for (const message of doubled) {
    if (isOneAnswerResent(message, shown, await resentFor(message))) excused.push(message);
  }
  return { lost, doubled: doubled.filter((message) => !excused.includes(message)), excused };
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
