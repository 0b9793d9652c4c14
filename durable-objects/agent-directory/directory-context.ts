/** What every part of the directory works on: its rows, the deployment's settings, and what both say together. */
import { overDefaults } from "../../protocol/agent-config.ts";
import { type Config, readConfig } from "../../worker/config.ts";
import type { Standing } from "./access.ts";
import { readNewest } from "./config-versions.ts";
import { readRoster } from "./people-rows.ts";

export type DirectoryContext = {
  readonly env: Env;
  readonly sql: SqlStorage;
  /** The deployment's settings. Throws `ConfigError`. */
  readonly config: () => Config;
  /** Who may speak and how, now. Throws `ConfigError`, and `StorageError` if the stored document cannot be read. */
  readonly standing: () => Standing;
  readonly transact: <T>(work: () => T) => T;
  /** A transaction that may change people or configuration: what is known of them is read anew in it and afterwards. */
  readonly rewrite: <T>(work: () => T) => T;
  /** Sets the alarm, which does whatever is due. */
  readonly stir: () => void;
};

/** Puts the directory's context together. */
export function openDirectory({ storage }: DurableObjectState, env: Env): DirectoryContext {
  const { sql } = storage;
  let known: { readonly of: Config; readonly standing: Standing } | null = null;
  const config = () => readConfig(env);

  function standing(): Standing {
    const settings = config();
    if (known?.of === settings) return known.standing;
    const { version, document } = readNewest(sql);
    const read = { version, config: overDefaults(document, settings.defaults), roster: readRoster(sql) };
    known = { of: settings, standing: read };
    return read;
  }

  return {
    env,
    sql,
    config,
    standing,
    transact: (work) => storage.transactionSync(work),
    rewrite(work) {
      try {
        known = null;
        return storage.transactionSync(work);
      } finally {
        known = null; // what was read within may have been rolled back
      }
    },
    stir: () => void storage.setAlarm(Date.now()),
  };
}
