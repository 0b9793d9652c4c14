import { reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { formatConversationKey } from "../../protocol/session-key.ts";
import { directMessage, webMessage } from "./inbound.ts";
import { makeRows } from "./open-rows.ts";
import { beginSilentTurn, readTurn } from "./running-turn.ts";

const MAIN = formatConversationKey({ kind: "main", agent: "main" });
const telegram = () => env.CHANNEL_SESSION.getByName(directMessage(1).session);
const web = () => env.CHANNEL_SESSION.getByName(webMessage(1).session);
const directory = () => env.AGENT_DIRECTORY.getByName("main");
const stop = { ...webMessage(1, "/stop"), command: { name: "stop", rest: "" } };

type Stub = DurableObjectStub<undefined>;

/** From now on an object cannot write the rows that `when` names; returns how to make it well again. */
async function breakWrites(stub: Stub, when: string): Promise<() => Promise<unknown>> {
  const exec = (query: string) => runInDurableObject(stub, (_object, { storage }) => void storage.sql.exec(query));
  await exec(`CREATE TRIGGER full_disk BEFORE INSERT ON ${when} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`);
  return () => exec("DROP TRIGGER full_disk");
}

const messagesOf = async (stub: ReturnType<typeof web>) =>
  (await stub.ledger(10)).messages.map(({ id, state }) => [id, state]);

let warnings: string[];

beforeEach(() => {
  warnings = [];
  vi.spyOn(console, "log").mockReturnValue();
  vi.spyOn(console, "warn").mockImplementation((line) => void warnings.push(String(line)));
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

describe("/stop from another session of the conversation", () => {
  it.each([
    ["the other session cannot store it", telegram, "turns"],
    ["the lane cannot be revoked after that", directory, "lanes WHEN NEW.turn_id IS NULL"],
    ["the session itself cannot store the end", web, "outbox"],
  ] as const)("stops the turn when it is repeated because %s", async (_why, broken, when) => {
    await beginSilentTurn();
    await makeRows(web());
    const heal = await breakWrites(broken(), when);
    await web().accept(stop);
    await vi.waitFor(() => expect(warnings.join()).toContain('"step":"command_failed"'));
    expect(await messagesOf(web())).toEqual([[stop.id, "accepted"]]);
    await heal();
    await runDurableObjectAlarm(web());

    await vi.waitFor(async () => expect(await messagesOf(web())).toEqual([[stop.id, "delivered"]]));
    expect(await messagesOf(telegram())).toEqual([[directMessage(1).id, "stopped"]]);
    expect((await telegram().ledger(10)).parts).toHaveLength(1);
    expect(await readTurn()).toBeNull();
    await vi.waitFor(async () => expect(await directory().laneHolder(MAIN)).toBeNull());
  });
});
