/** What events tell of guilds: their threads, and the role that stands for us. Pure. */
import * as v from "valibot";

export type Thread = {
  readonly threadId: string;
  readonly guildId: string;
  readonly parentId: string;
  /** Who opened it; null: it is not said. */
  readonly ownerId: string | null;
};

export type WorldChange = {
  readonly threads?: readonly Thread[];
  /** Threads that are gone. */
  readonly endedThreads?: readonly string[];
  /** Null: we have none. */
  readonly botRole?: { readonly guildId: string; readonly roleId: string | null };
  /** One that is gone, if it was ours. */
  readonly endedRole?: string;
};

const id = v.pipe(v.string(), v.regex(/^\d{1,20}$/u));
const thread = v.object({
  id,
  parent_id: id,
  guild_id: v.nullish(id, null),
  owner_id: v.nullish(id, null),
});
const role = v.object({ id, tags: v.nullish(v.object({ bot_id: v.nullish(id, null) }), null) });
/** Some may be of a form that we do not know: those are left out. */
const each = <T>(item: v.GenericSchema<unknown, T>) =>
  v.fallback(
    v.pipe(
      v.array(v.fallback(v.nullable(item), null)),
      v.transform((all) => all.filter((one) => one !== null)),
    ),
    [],
  );
const guild = v.object({ id, roles: v.optional(each(role)), threads: each(thread) });
const synced = v.object({ guild_id: id, threads: each(thread) });
const ended = v.object({ id });
const guildRole = v.object({ guild_id: id, role });
const endedRole = v.object({ guild_id: id, role_id: id });

/** Null: nothing of that kind is told. */
export function readWorldEvent(name: string, data: unknown, botId: string): WorldChange | null {
  switch (name) {
    case "GUILD_CREATE":
    case "GUILD_UPDATE":
      return read(guild, data, ({ id: guildId, roles, threads }) => ({
        threads: threads.map((one) => threadOf(one, guildId)),
        // A guild that is not available, or its update, may come without roles.
        ...(roles && { botRole: { guildId, roleId: roles.find((one) => one.tags?.bot_id === botId)?.id ?? null } }),
      }));
    case "THREAD_CREATE":
    case "THREAD_UPDATE":
      return read(thread, data, (one) => (one.guild_id === null ? null : { threads: [threadOf(one, one.guild_id)] }));
    case "THREAD_LIST_SYNC":
      return read(synced, data, (list) => ({ threads: list.threads.map((one) => threadOf(one, list.guild_id)) }));
    case "THREAD_DELETE":
      return read(ended, data, (one) => ({ endedThreads: [one.id] }));
    case "GUILD_ROLE_CREATE":
    case "GUILD_ROLE_UPDATE":
      return read(guildRole, data, (of) =>
        of.role.tags?.bot_id === botId ? { botRole: { guildId: of.guild_id, roleId: of.role.id } } : null,
      );
    case "GUILD_ROLE_DELETE":
      return read(endedRole, data, (of) => ({ endedRole: of.role_id }));
    default:
      return null;
  }
}

function threadOf(one: v.InferOutput<typeof thread>, guildId: string): Thread {
  return { threadId: one.id, guildId, parentId: one.parent_id, ownerId: one.owner_id };
}

function read<T>(
  schema: v.GenericSchema<unknown, T>,
  data: unknown,
  changeOf: (value: T) => WorldChange | null,
): WorldChange | null {
  const parsed = v.safeParse(schema, data);
  return parsed.success ? changeOf(parsed.output) : null;
}
