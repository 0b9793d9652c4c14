/** What tests of hooks ask of the Worker, and what they look at afterwards. */
import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { listRuns } from "../../durable-objects/job-scheduler/runs.ts";
import type { RunView } from "../../protocol/jobs.ts";

export const TOKEN = "hooks-token-for-tests";
export const scheduler = () => env.JOB_SCHEDULER.getByName("main");

export type Answered = { readonly status: number; readonly body: Record<string, unknown>; readonly headers: Headers };

/** Posts JSON with the right token, but for what `init` says. */
export async function hook(
  path: string,
  body: unknown,
  init: Omit<RequestInit, "headers"> & { readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Answered> {
  const { headers, ...rest } = init;
  const response = await exports.default.fetch(`https://claw.test/hooks/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...rest,
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : JSON.parse(text), headers: response.headers };
}

/** The runs of hooks, the newest first. */
export function runs(): Promise<readonly RunView[]> {
  return runInDurableObject(scheduler(), (_object, { storage }) => listRuns(storage.sql, { limit: 1_000 }));
}

/** The plans of all runs, the oldest first. */
export function plans(): Promise<readonly unknown[]> {
  return runInDurableObject(scheduler(), (_object, { storage }) =>
    storage.sql
      .exec<{ plan: string }>("SELECT plan FROM runs ORDER BY seq")
      .toArray()
      .map(({ plan }): unknown => JSON.parse(plan)),
  );
}

/** All that hooks can have written. */
export function written(): Promise<Readonly<Record<string, number>>> {
  return runInDurableObject(scheduler(), (_object, { storage }) => {
    const count = (table: string) => storage.sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).one().n;
    return { runs: count("runs"), events: count("events"), keys: count("hook_keys") };
  });
}

export const NOTHING = { runs: 0, events: 0, keys: 0 };
