/** The directory and its sessions, for tests of who may speak. */
import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect, vi } from "vitest";
import type { AgentDirectory } from "../../durable-objects/agent-directory/object.ts";
import type { ConfigOutcome } from "../../protocol/configuration.ts";
import { CODE_ALPHABET, CODE_LENGTH, type PairingAnswer } from "../../protocol/pairing.ts";
import { type ChannelId, formatSessionKey, type SessionKey } from "../../protocol/session-key.ts";

/** How long a busy machine may take for a step. */
export const PATIENCE = { timeout: 5_000, interval: 20 } as const;

export const directory = () => env.AGENT_DIRECTORY.getByName("main");
export const session = (key: SessionKey) => env.CHANNEL_SESSION.getByName(key);

/** The direct chat of somebody; `ALLOW_FROM` of the Worker under test is `telegram:7`. */
export function dm(chatId: string, channel: ChannelId = "telegram"): SessionKey {
  return formatSessionKey({ agent: "main", channel, chatKind: "direct", chatId });
}
export const OWNER_DM = dm("7");

export function ask(chatId: string, channel: ChannelId = "telegram"): Promise<PairingAnswer> {
  const peer = `${channel}:${chatId}` as const;
  return directory().askPairing({ session: dm(chatId, channel), peer, name: `Person ${chatId}` });
}

/** The code of a stranger. */
export async function codeOfStranger(chatId: string, channel: ChannelId = "telegram"): Promise<string> {
  const answer = await ask(chatId, channel);
  return answer.kind === "code" ? answer.code : expect.fail(`${chatId} has no code`);
}

/** Lets somebody in. */
export async function letIn(chatId: string, channel: ChannelId = "telegram"): Promise<void> {
  const approved = await directory().approvePairing({ code: await codeOfStranger(chatId, channel), place: "admin" });
  expect(approved.kind).toBe("approved");
}

/** The guess with this number; all are different. */
export function guess(n: number): string {
  return Array.from({ length: CODE_LENGTH }, (_, at) => CODE_ALPHABET[Math.floor(n / 32 ** at) % 32]).join("");
}

/** In one word who somebody is. */
export async function roleIn(key: SessionKey): Promise<string> {
  const { access } = await directory().policyFor(key);
  if (access.kind === "admitted") return access.role === "owner" ? "owner" : access.personId;
  return access.kind;
}

/** Sets what must be right. */
export async function set(values: Readonly<Record<string, unknown>>): Promise<void> {
  const outcome: ConfigOutcome = await directory().changeConfiguration({ kind: "set", by: "admin", values, unset: [] });
  expect(outcome).toMatchObject({ kind: "done", changed: true });
}

export function rows(query: string): Promise<Record<string, SqlStorageValue>[]> {
  return runInDurableObject(directory(), (_object: AgentDirectory, { storage }) => storage.sql.exec(query).toArray());
}

export async function countRows(table: string): Promise<number> {
  return Number((await rows(`SELECT count(*) AS n FROM ${table}`))[0]?.["n"]);
}

/** What a session is to say, oldest first. */
export function said(key: SessionKey): Promise<readonly string[]> {
  return runInDurableObject(session(key), (_object, { storage: { sql } }) => {
    const isThere = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'outbox'").toArray().length > 0;
    const query = "SELECT markdown FROM outbox ORDER BY seq";
    return isThere
      ? sql
          .exec<{ markdown: string }>(query)
          .toArray()
          .map(({ markdown }) => markdown)
      : [];
  });
}

/** Lets time pass for everybody; what was due meanwhile is done, whether or not an alarm is under way. */
export async function pass(ms: number): Promise<void> {
  vi.setSystemTime(Date.now() + ms);
  await runInDurableObject(directory(), (object) => object.alarm());
}

export type Answered = { readonly status: number; readonly body: unknown; readonly headers: Headers };

/** Asks the admin API as the owner. */
export async function api(method: string, path: string, body?: unknown): Promise<Answered> {
  const response = await exports.default.fetch(`https://claw.test/admin/api${path}`, {
    method,
    headers: { authorization: "Bearer admin-token-for-tests" },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json(), headers: response.headers };
}
