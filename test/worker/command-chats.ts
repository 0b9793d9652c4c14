/** Chats in which commands are given, as their people see them: what they write, and what they are answered. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, vi } from "vitest";
import type { Inbound } from "../../protocol/inbound.ts";
import type { Button } from "../../protocol/outbound.ts";
import { parseCommand } from "../../worker/channels/text/command.ts";
import { directMessage } from "./inbound.ts";

export const directory = () => env.AGENT_DIRECTORY.getByName("main");
export const sessionOf = ({ session }: Pick<Inbound, "session">) => env.CHANNEL_SESSION.getByName(session);
type Stub = DurableObjectStub<undefined>;

let number = 1_000;

/** A private message of somebody, whose app may be in a language; a slash word in it is a command. */
export function says(text: string, from = "7", language?: string): Inbound {
  number += 1;
  const message = directMessage(number, from, text);
  const command = parseCommand(text);
  return {
    ...message,
    sender: { ...message.sender, ...(language !== undefined && { language }) },
    ...(command && { command }),
  };
}

export function rows<T extends Record<string, SqlStorageValue>>(
  stub: Stub,
  query: string,
  ...values: string[]
): Promise<T[]> {
  return runInDurableObject(stub, (_object, { storage }) => storage.sql.exec<T>(query, ...values).toArray());
}

type Shown = { readonly text: string; readonly buttons: readonly Button[] };

/** What a message was answered with, once it is there. */
export async function answersTo(message: Inbound): Promise<readonly Shown[]> {
  const query = `SELECT markdown, buttons FROM outbox
    WHERE EXISTS (SELECT 1 FROM json_each(inbound_ids) WHERE value = ?) ORDER BY seq`;
  return await vi.waitFor(async () => {
    const found = await rows<{ markdown: string; buttons: string | null }>(sessionOf(message), query, message.id);
    expect(found.length).toBeGreaterThan(0);
    return found.map(({ markdown, buttons }) => {
      const shown: readonly (readonly Button[])[] = JSON.parse(buttons ?? "[]");
      return { text: markdown, buttons: shown.flat() };
    });
  });
}

/** Writes a message and waits for its one answer. */
export async function ask(message: Inbound): Promise<Shown> {
  await sessionOf(message).accept(message);
  const [answer, ...others] = await answersTo(message);
  expect(others).toEqual([]);
  if (!answer) throw new Error("no answer");
  return answer;
}

/** The text that a message is answered with. */
export async function said(message: Inbound): Promise<string> {
  return (await ask(message)).text;
}

/** Somebody new writes; the code that waits for them. */
export async function strangerAsks(from: string): Promise<string> {
  await sessionOf(says("", from)).accept(says("hello", from));
  const waiting = (await directory().listPairings()).find(({ peer }) => peer === `telegram:${from}`);
  if (!waiting) throw new Error("nobody waits");
  return waiting.code;
}

/** Lets somebody in, and tells their session. */
export async function letIn(from: string): Promise<void> {
  await directory().approvePairing({ code: await strangerAsks(from), place: "admin" });
  await runDurableObjectAlarm(directory());
}

/** From now on an object cannot write the rows that `when` names; returns how to make it well again. */
export async function breakWrites(stub: DurableObjectStub<undefined>, when: string): Promise<() => Promise<unknown>> {
  const exec = (query: string) => runInDurableObject(stub, (_object, { storage }) => void storage.sql.exec(query));
  await exec(`CREATE TRIGGER full_disk BEFORE INSERT ON ${when} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`);
  return () => exec("DROP TRIGGER full_disk");
}
