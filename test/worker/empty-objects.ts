/**
 * Empties all objects after a test. `reset` leaves everything that belongs to an object which is not awake at that moment, or
 * whose work is just under way; so those that tests write to are looked at, and emptied again until nothing is left.
 */
import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { WEB_SESSION } from "../../worker/channels/registry.ts";
import { GROUP_SESSION } from "./group-inbound.ts";
import { directMessage } from "./inbound.ts";

/** The owner, and those who are strangers in most tests. */
const PEOPLE = ["7", "8", "1", "2", "3"];
const SESSIONS = [...PEOPLE.map((id) => directMessage(1, id).session), WEB_SESSION, GROUP_SESSION];
/** One look wakes whoever slept, so the next `reset` reaches it. More are for those who begin to work when they wake. */
const ROUNDS_MAX = 20;

export async function emptyObjects(): Promise<void> {
  for (let round = 1; round <= ROUNDS_MAX; round += 1) {
    await reset();
    const left = await Promise.all([
      hasRows(env.AGENT_DIRECTORY.getByName("main")),
      ...SESSIONS.map((session) => hasRows(env.CHANNEL_SESSION.getByName(session))),
    ]);
    if (!left.includes(true)) return;
  }
  throw new Error("something writes into an object again and again");
}

function hasRows(stub: DurableObjectStub): Promise<boolean> {
  return runInDurableObject(stub, (_object, { storage: { sql } }) => {
    const tables = sql.exec<{ name: string }>(
      `SELECT name FROM sqlite_master
       WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*' AND name <> 'schema_version'`,
    );
    return tables.toArray().some(({ name }) => sql.exec(`SELECT 1 FROM ${name} LIMIT 1`).toArray().length > 0);
  });
}
