/** What every part of the scheduler works on. */
import { StorageError } from "../../protocol/errors.ts";
import { type Config, readConfig } from "../../worker/config.ts";

export type SchedulerContext = {
  readonly env: Env;
  readonly sql: SqlStorage;
  /** Whose jobs these are: the name of the object, which an alarm does not always tell. Throws `StorageError`. */
  readonly agent: () => string;
  /** The deployment's settings. Throws `ConfigError`. */
  readonly config: () => Config;
  readonly transact: <T>(work: () => T) => T;
  /** Something may be due at `at` (epoch ms): the alarm comes no later. */
  readonly stir: (at: number) => void;
  /** The alarm has gone off, or was given up by the platform: none is set any more. */
  readonly alarmOver: () => void;
};

/** Puts the scheduler's context together. */
export function openScheduler({ id, storage }: DurableObjectState, env: Env): SchedulerContext {
  const { sql } = storage;
  const [row] = sql.exec<{ agent: string }>("SELECT agent FROM identity").toArray();
  if (!row && id.name !== undefined) sql.exec("INSERT INTO identity (agent) VALUES (?)", id.name);
  const name = row?.agent ?? id.name;
  // What an instance before this one has set may be earlier than anything that this one knows of.
  let armedAt: number | null | "unknown" = "unknown";
  return {
    env,
    sql,
    agent: () => {
      if (name === undefined) throw new StorageError("storage_unavailable", "the object does not know its name");
      return name;
    },
    config: () => readConfig(env),
    transact: (work) => {
      try {
        return storage.transactionSync(work);
      } catch (error) {
        // An alarm that was set within it is taken back with it.
        armedAt = "unknown";
        throw error;
      }
    },
    stir: (at) => {
      const soonest = armedAt === "unknown" ? Math.min(at, Date.now()) : at;
      if (typeof armedAt === "number" && armedAt <= soonest) return;
      armedAt = soonest;
      void storage.setAlarm(soonest);
    },
    alarmOver: () => {
      armedAt = null;
    },
  };
}
