/** Takes what a hook asks for: its runs or events and its idempotency key are one transaction, so that 2xx means that all of it is stored. */
import { assertNever } from "../../protocol/assert.ts";
import { type HookIntake, type HookOutcome, type HookRun, jobIdOfHook } from "../../protocol/hooks.ts";
import { HOOK_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { formatConversationKey, type SessionKey } from "../../protocol/session-key.ts";
import type { Destination } from "../../protocol/tasks.ts";
import { wakeHeartbeat } from "./heartbeat/wake.ts";
import { insertHookKey, readHookKey } from "./hook-keys.ts";
import { findPlace } from "./job-place.ts";
import { insertRun } from "./runs.ts";
import type { SchedulerContext } from "./scheduler-context.ts";

/** What a request brings from outside of its transaction. */
export type HookSurroundings = {
  readonly isKnown: (session: SessionKey) => Promise<boolean>;
  readonly newId: () => string;
  readonly now: number;
};

/** A run with the chat that its answer goes to; null: none. */
type PlacedRun = Omit<HookRun, "to"> & { readonly to: Destination | null };

type PlacedWork = Exclude<HookIntake["work"], { kind: "runs" }> | { kind: "runs"; runs: readonly PlacedRun[] };

/** Stores the work of a request, once per key. Throws when it cannot be stored; then nothing is. */
export async function takeHook(
  scheduler: SchedulerContext,
  intake: HookIntake,
  { isKnown, newId, now }: HookSurroundings,
): Promise<HookOutcome> {
  const work = await placeWork(scheduler.agent(), intake.work, isKnown);
  if (work === null) return { kind: "unknown_chat" };
  return scheduler.transact((): HookOutcome => {
    const { sql } = scheduler;
    const key = intake.key && { key: `${intake.hook}/key/${intake.key.name}`, digest: intake.key.digest };
    const known = key && readHookKey(sql, key.key, now);
    if (known && known.digest !== intake.key?.digest) return { kind: "other_body" };
    if (known) return { kind: "taken", runIds: known.runIds, isRepeat: true };
    if (work.kind === "runs" && countOpenRuns(sql) >= HOOK_BOUNDS.runsWaitingMax) {
      return { kind: "busy", retryAfterMs: HOOK_BOUNDS.busyRetryMs };
    }
    const runIds = storeWork(scheduler, intake.hook, work, { newId, now });
    if (key) insertHookKey(sql, { ...key, runIds }, now);
    return { kind: "taken", runIds, isRepeat: false };
  });
}

function storeWork(
  scheduler: SchedulerContext,
  hook: string,
  work: PlacedWork,
  { newId, now }: Pick<HookSurroundings, "newId" | "now">,
): readonly string[] {
  switch (work.kind) {
    case "wake":
      for (const text of work.texts) {
        wakeHeartbeat(scheduler, { text, mode: work.mode, isTrusted: work.isTrusted }, now);
      }
      return [];
    case "runs": {
      scheduler.stir(now);
      return work.runs.flatMap((run) => planOnce(scheduler, hook, run, { id: newId(), now }));
    }
    default:
      return assertNever(work);
  }
}

/** The run of an item that came before is the one that it has. */
function planOnce(
  scheduler: SchedulerContext,
  hook: string,
  { id, ...run }: PlacedRun,
  fresh: { readonly id: string; readonly now: number },
): readonly string[] {
  if (id === undefined) return [planRun(scheduler, hook, run, fresh)];
  const key = `${hook}/item/${id}`;
  const known = readHookKey(scheduler.sql, key, fresh.now);
  if (known) return known.runIds;
  const runIds = [planRun(scheduler, hook, run, fresh)];
  insertHookKey(scheduler.sql, { key, digest: "", runIds }, fresh.now);
  return runIds;
}

function countOpenRuns(sql: SqlStorage): number {
  const query = "SELECT count(*) AS n FROM runs WHERE kind = 'hook' AND phase <> 'ended'";
  return sql.exec<{ n: number }>(query).one().n;
}

function planRun(
  { sql, agent }: SchedulerContext,
  hook: string,
  { name, to, ...asked }: Omit<PlacedRun, "id">,
  { id, now }: { readonly id: string; readonly now: number },
): string {
  const runId = `hook:${id}`;
  const jobId = jobIdOfHook(hook);
  const conversation = formatConversationKey({ kind: "job", agent: agent(), jobId, runId: id });
  const delivery = to === null ? ({ mode: "none" } as const) : ({ mode: "announce", to } as const);
  const plan = { name, delivery, work: { kind: "ask", ...asked } } as const;
  insertRun(sql, { runId, jobId, kind: "hook", slot: now, conversation, plan }, now);
  return runId;
}

/** Null: one of the chats is not known. All runs of a request go to the same one. */
async function placeWork(
  agent: string,
  work: HookIntake["work"],
  isKnown: HookSurroundings["isKnown"],
): Promise<PlacedWork | null> {
  if (work.kind !== "runs") return work;
  const places = new Map<string | null, Destination | null>([
    [null, null],
    ["owner", "owner"],
  ]);
  const runs: PlacedRun[] = [];
  for (const run of work.runs) {
    const place = places.get(run.to) ?? (run.to === null ? null : await findPlace(agent, run.to, isKnown));
    if (place === null && run.to !== null) return null;
    places.set(run.to, place);
    runs.push({ ...run, to: place });
  }
  return { kind: "runs", runs };
}
