/** Who a session is and what it reaches: passed to every part of the object instead of the object itself. */
import type { Language, SessionPolicy } from "../../protocol/access.ts";
import type { Sender } from "../../protocol/inbound.ts";
import { StorageError } from "../../protocol/errors.ts";
import { isSessionKey, parseSessionKey, type SessionKey, type SessionRef } from "../../protocol/session-key.ts";
import { type OpenChannel, sessionChannel, type WebSink } from "../../worker/channels/registry.ts";
import { type Config, readConfig } from "../../worker/config.ts";
import { languageOf } from "../../protocol/texts/language.ts";
import { lastLanguage } from "./language-row.ts";
import type { Policies } from "./policies.ts";

export type SessionName = { readonly key: SessionKey; readonly ref: SessionRef };

export type SessionContext = SessionName & {
  readonly env: Env;
  readonly storage: DurableObjectStorage;
  /** Throws `StorageError` once the session is over: its rows are gone, and those of the next one are not its own. */
  readonly sql: SqlStorage;
  /** The deployment's settings. Throws `ConfigError`. */
  readonly config: () => Config;
  /** What the directory said last of who may speak here and how the agent behaves. Throws `StorageError`. */
  readonly policy: () => SessionPolicy;
  /** The same, from the directory by the way. */
  readonly learnPolicy: (policy: SessionPolicy) => void;
  /** The channel that the session answers through; null while it is not configured. */
  readonly channel: () => OpenChannel | null;
  /** In which language somebody is talked to here; null: nobody in particular. */
  readonly languageOf: (sender: Sender | null) => Language;
  /** All that is stored is about to go. */
  readonly end: () => void;
};

/** Puts a session's context together. Its name is stored the first time. */
export function openSession(
  { storage }: DurableObjectState,
  env: Env,
  name: SessionName,
  sink: WebSink,
  policies: Policies,
): SessionContext {
  const { sql } = storage;
  sql.exec("INSERT INTO identity (session) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM identity)", name.key);
  const config = () => readConfig(env);
  let isOver = false;
  return {
    ...name,
    env,
    storage,
    get sql() {
      if (isOver) throw new StorageError("storage_unavailable", "the session is forgotten");
      return sql;
    },
    config,
    policy: () => policies.current(),
    learnPolicy: (policy) => policies.learn(policy, Date.now()),
    channel: () => sessionChannel(name.ref.channel, config(), sink),
    languageOf: (sender) =>
      languageOf(policies.latest?.behaviour.language ?? "auto", sender?.language ?? lastLanguage(sql)),
    end: () => {
      isOver = true;
    },
  };
}

/** Whether background work is done there, of which `JobScheduler` is told instead of a chat. */
export function isTaskSession({ ref }: SessionName): boolean {
  return ref.channel === "job";
}

/** Whether there is a database. */
export function isBorn(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'identity'").toArray().length > 0;
}

/** What the object was made with. One that an alarm wakes is not always told its name, so it is written down. */
export function nameOf({ id, storage: { sql } }: DurableObjectState): SessionName {
  const [row] = isBorn(sql) ? sql.exec<{ session: string }>("SELECT session FROM identity").toArray() : [];
  const key = row?.session ?? id.name ?? "";
  const ref = parseSessionKey(key);
  if (!isSessionKey(key) || !ref.ok) {
    throw new StorageError("storage_unavailable", "the object's name is not a session key");
  }
  return { key, ref: ref.value };
}
