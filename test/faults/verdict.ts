/** Puts a run's verdict together: what was lost, what was shown twice, and which of that the ledger excuses. */
import type { Written } from "./chats.ts";
import { judge, type Shown } from "./oracle.ts";
import type { LedgerView } from "./rig.ts";

export type Verdict = {
  readonly lost: readonly Written[];
  readonly doubled: readonly Written[];
  /** Shown twice by a resend after an unknown outcome, which the ledger says: the one case that is allowed. */
  readonly excused: readonly Written[];
};

/** `ledgers` are needed of chats with doubled messages only. */
export async function verdictOf(
  written: readonly Written[],
  shown: Shown,
  ledgers: (chat: number) => Promise<LedgerView>,
): Promise<Verdict> {
  const { lost, doubled } = judge(written, shown);
  const excused: Written[] = [];
  for (const chat of new Set(doubled.map((message) => message.chat))) {
    const ledger = await ledgers(chat);
    excused.push(...doubled.filter((message) => message.chat === chat && isExcused(message, shown, ledger)));
  }
  return { lost, doubled: doubled.filter((message) => !excused.includes(message)), excused };
}

/** What was shown again is the same text, once more, and the ledger has a part that says why for each such text. */
function isExcused({ chat, id }: Written, shown: Shown, ledger: LedgerView): boolean {
  const times = new Map<string, number>();
  for (const text of shown(chat)) times.set(text, (times.get(text) ?? 0) + 1);
  const again = [...times].filter(([, count]) => count > 1);
  const marked = ledger.parts.filter((part) => part.resentAfterUnknown).length;
  const isOneAnswer = judge([{ chat, id }], () => [...times.keys()]).doubled.length === 0;
  return isOneAnswer && again.every(([, count]) => count === 2) && again.length <= marked;
}
