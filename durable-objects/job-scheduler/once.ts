/**
 * What the owner asks for by a command or over the admin API is carried out once, however often it is asked: a command is
 * repeated after a crash, a request by whoever did not hear the answer. Its row is of the `calls` table.
 */
import { storeCall } from "./calls.ts";
import type { Refused } from "./jobs.ts";
import { digestOf } from "./digest.ts";
import type { SchedulerContext } from "./scheduler-context.ts";

/** `id`: the same for the same wish. */
export type Wish = { readonly by: "chat" | "admin"; readonly id: string };
type Done<T> = ({ readonly ok: true } & T) | Refused;

/** Carries a deed out, or answers as it was answered. `deed` is called within the transaction; what it refuses is not kept. */
export async function carryOutOnce<T extends object>(
  scheduler: SchedulerContext,
  wish: Wish | null,
  asked: unknown,
  prepare: () => Promise<(now: number) => Done<T>>,
): Promise<Done<T>> {
  if (wish === null) return (await prepare())(Date.now());
  const call = { callId: `${wish.by}:${wish.id}`, turnId: wish.by, digest: await digestOf(asked) };
  const before = readAnswer<T>(scheduler.sql, call);
  if (before) return before;
  const deed = await prepare();
  return scheduler.transact(() => {
    // Another copy of it may have been faster.
    const answered = readAnswer<T>(scheduler.sql, call);
    if (answered) return answered;
    const now = Date.now();
    const done = deed(now);
    if (done.ok) storeCall(scheduler.sql, call, { ok: true, result: done }, now);
    return done;
  });
}

function readAnswer<T extends object>(
  sql: SqlStorage,
  { callId, digest }: { readonly callId: string; readonly digest: string },
): Done<T> | null {
  const query = "SELECT digest, reply FROM calls WHERE call = ?";
  const [row] = sql.exec<{ digest: string; reply: string }>(query, callId).toArray();
  if (!row) return null;
  if (row.digest !== digest) return KEY_USED;
  const reply: { readonly result: Done<T> } = JSON.parse(row.reply); // only `carryOutOnce` writes it
  return reply.result;
}

const KEY_USED: Refused = {
  ok: false,
  refusal: { code: "key_used", message: "That key was used for something else." },
};
