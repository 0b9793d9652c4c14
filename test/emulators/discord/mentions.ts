/** Whom a text calls, and who of them is allowed to hear it ("Allowed Mentions Object"). */
import { isObject, type Json, textsOf } from "./json.ts";
import type { Message, Pings } from "./message.ts";
import type { User } from "./wire.ts";

/** Whom a text calls unless rules say otherwise, in a channel and by the token of an interaction. */
export const CHANNEL_MENTIONS: readonly string[] = ["users", "roles", "everyone"];
export const WEBHOOK_MENTIONS: readonly string[] = ["users"];

export type MentionRules = {
  /** Absent: what is the default of its kind of message. */
  readonly allowed: Json | null;
  /** What counts without rules: webhooks call people only. */
  readonly byDefault: readonly string[];
  readonly replied: Message | null;
  readonly userOf: (id: string) => User | null;
};

/** Who is called by a text. */
export function pingsOf(content: string, { allowed, byDefault, replied, userOf }: MentionRules): Pings {
  const parse = allowed ? textsOf(allowed["parse"]) : byDefault;
  const named = (pattern: RegExp) => [...new Set([...content.matchAll(pattern)].map(([, id = ""]) => id))];
  const isAllowed = (kind: "users" | "roles", id: string) =>
    parse.includes(kind) || textsOf(allowed?.[kind]).includes(id);
  const users = named(/<@!?(\d+)>/gu).filter((id) => isAllowed("users", id));
  const repliedId = replied && pingsReplied(allowed) ? [replied.author.id] : [];
  return {
    users: [...new Set([...users, ...repliedId])].flatMap((id) => userOf(id) ?? []),
    roles: named(/<@&(\d+)>/gu).filter((id) => isAllowed("roles", id)),
    everyone: parse.includes("everyone") && /@(?:everyone|here)\b/u.test(content),
  };
}

/** With rules it must be said; without, whoever is answered is called. */
function pingsReplied(allowed: Json | null): boolean {
  return allowed ? allowed["replied_user"] === true : true;
}

/** Rules of a body, or null when it has none. */
export function rulesOf(body: Json): Json | null {
  return isObject(body["allowed_mentions"]) ? body["allowed_mentions"] : null;
}
