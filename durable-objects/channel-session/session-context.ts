/** Who a session is and what it reaches: passed to every part of the object instead of the object itself. */
import { StorageError } from "../../protocol/errors.ts";
import { isSessionKey, parseSessionKey, type SessionKey, type SessionRef } from "../../protocol/session-key.ts";
import { type OpenChannel, sessionChannel, type WebSink } from "../../worker/channels/registry.ts";
import { type Config, readConfig } from "../../worker/config.ts";

export type SessionContext = {
  readonly key: SessionKey;
  readonly ref: SessionRef;
  readonly env: Env;
  readonly storage: DurableObjectStorage;
  readonly sql: SqlStorage;
  /** The deployment's settings. Throws `ConfigError`. */
  readonly config: () => Config;
  /** The channel that the session answers through; null while it is not configured. */
  readonly channel: () => OpenChannel | null;
};

/** Puts a session's context together. `name` is what the object was made with; it is stored the first time. */
export function openSession(ctx: DurableObjectState, env: Env, sink: WebSink): SessionContext {
  const { storage } = ctx;
  const key = rememberKey(storage.sql, ctx.id.name);
  const ref = parseSessionKey(key);
  if (!ref.ok) throw new StorageError("storage_unavailable", "the object's name is not a session key");
  const config = () => readConfig(env);
  return {
    key,
    ref: ref.value,
    env,
    storage,
    sql: storage.sql,
    config,
    channel: () => sessionChannel(ref.value.channel, config(), sink),
  };
}

/** An object that an alarm wakes is not always told its name, so the first call writes it down. */
function rememberKey(sql: SqlStorage, name: string | undefined): SessionKey {
  const [row] = sql.exec<{ session: string }>("SELECT session FROM identity").toArray();
  const key = row?.session ?? name ?? "";
  if (!isSessionKey(key)) throw new StorageError("storage_unavailable", "the object's name is not a session key");
  if (!row) sql.exec("INSERT INTO identity (session) VALUES (?)", key);
  return key;
}
