/** Takes what a hook asks for: its runs or events and its idempotency key are one transaction, so that 2xx means that all of it is stored. */
import { assertNever } from "../../protocol/assert.ts";
import { type HookEvent, type HookIntake, type HookOutcome, type HookRun, jobIdOfHook } from "../../protocol/hooks.ts";
import { HOOK_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { formatConversationKey, type SessionKey } from "../../protocol/session-key.ts";
import type { Destination } from "../../protocol/tasks.ts";
import { hasRoomForEvents } from "./heartbeat/events.ts";
import { wakeHeartbeat } from "./heartbeat/wake.ts";
import { forgetHookKeys, insertHookKey, readHookKey } from "./hook-keys.ts";
import { findPlace } from "./job-place.ts";
import { insertRun } from "./runs.ts";
import type { SchedulerContext } from "./scheduler-context.ts";

/** What a request brings from outside of its transaction. */
export type HookSurroundings = {
  readonly isKnown: (session: SessionKey) => Promise<boolean>;
  readonly newId: () => string;
  readonly now: number;
};

/** `key`: what the same item was known by before; null: each is a new one. */
type Keyed = { readonly key: string | null };
/** A run with the chat that its answer goes to; null: none. */
type PlacedRun = Omit<HookRun, "to" | "id"> & Keyed & { readonly to: Destination | null };
type Wakes = Extract<HookIntake["work"], { kind: "wake" }>;
type KeyedEvent = Keyed & Omit<HookEvent, "id">;

type PlacedWork =
  | (Omit<Wakes, "events"> & { readonly events: readonly KeyedEvent[] })
  | { readonly kind: "runs"; readonly runs: readonly PlacedRun[] };

/** Stores the work of a request, once per key. Throws when it cannot be stored; then nothing is. */
export async function takeHook(
  scheduler: SchedulerContext,
  intake: HookIntake,
  { isKnown, newId, now }: HookSurroundings,
): Promise<HookOutcome> {
  const work = await placeWork(scheduler.agent(), intake, isKnown);
  if (work === null) return { kind: "unknown_chat" };
  return scheduler.transact((): HookOutcome => {
    const { sql } = scheduler;
    const key = intake.key && { key: `${intake.hook}/key/${intake.key.name}`, digest: intake.key.digest };
    const known = key && readHookKey(sql, key.key, now);
    if (known && known.digest !== intake.key?.digest) return { kind: "other_body" };
    if (known) return { kind: "taken", runIds: known.runIds, isRepeat: true };
    const fresh = freshOf(sql, work, now);
    if (!hasRoom(sql, fresh)) return { kind: "busy", retryAfterMs: HOOK_BOUNDS.busyRetryMs };
    const runIds = storeWork(scheduler, intake.hook, fresh, { newId, now });
    if (key) insertHookKey(sql, { ...key, runIds }, now);
    forgetHookKeys(sql, intake.hook, now);
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
      for (const { text, key } of work.events) {
        if (key !== null) insertHookKey(scheduler.sql, { key, digest: "", runIds: [] }, now);
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
  { key, ...run }: PlacedRun,
  fresh: { readonly id: string; readonly now: number },
): readonly string[] {
  if (key === null) return [planRun(scheduler, hook, run, fresh)];
  const known = readHookKey(scheduler.sql, key, fresh.now);
  if (known) return known.runIds;
  const runIds = [planRun(scheduler, hook, run, fresh)];
  insertHookKey(scheduler.sql, { key, digest: "", runIds }, fresh.now);
  return runIds;
}

/** Without the events that came before. (A run that came before is answered with: `planOnce`.) */
function freshOf(sql: SqlStorage, work: PlacedWork, now: number): PlacedWork {
  if (work.kind === "runs") return work;
  const seen = new Set<string>();
  const events = work.events.filter(({ key }) => {
    if (key === null) return true;
    const isKnown = seen.has(key) || readHookKey(sql, key, now) !== null;
    seen.add(key);
    return !isKnown;
  });
  return { ...work, events };
}

/** What was taken with a 2xx is not thrown away for what comes after it. */
function hasRoom(sql: SqlStorage, work: PlacedWork): boolean {
  if (work.kind === "runs") return countOpenRuns(sql) < HOOK_BOUNDS.runsWaitingMax;
  return hasRoomForEvents(sql, work.isTrusted, work.events.length);
}

function countOpenRuns(sql: SqlStorage): number {
  const query = "SELECT count(*) AS n FROM runs WHERE kind = 'hook' AND phase <> 'ended'";
  return sql.exec<{ n: number }>(query).one().n;
}

function planRun(
  { sql, agent }: SchedulerContext,
  hook: string,
  { name, to, ...asked }: Omit<PlacedRun, "key">,
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
  { hook, work }: Pick<HookIntake, "hook" | "work">,
  isKnown: HookSurroundings["isKnown"],
): Promise<PlacedWork | null> {
  if (work.kind === "wake") {
    const events = work.events.map(async ({ text, id }) => ({ text, key: await itemKey(hook, id) }));
    return { ...work, events: await Promise.all(events) };
  }
  const places = new Map<string | null, Destination | null>([
    [null, null],
    ["owner", "owner"],
  ]);
  const runs: PlacedRun[] = [];
  for (const { id, ...run } of work.runs) {
    const place = places.get(run.to) ?? (run.to === null ? null : await findPlace(agent, run.to, isKnown));
    if (place === null && run.to !== null) return null;
    places.set(run.to, place);
    runs.push({ ...run, to: place, key: await itemKey(hook, id) });
  }
  return { kind: "runs", runs };
}

/** What an item is known by, once it was taken: its id, or a digest of one that is long. */
async function itemKey(hook: string, id: string | undefined): Promise<string | null> {
  if (id === undefined) return null;
  if (id.length <= HOOK_BOUNDS.keyMax) return `${hook}/item/${id}`;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(id));
  return `${hook}/digest/${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}
