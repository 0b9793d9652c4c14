import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ACCESS_BOUNDS } from "../../protocol/bounds.ts";
import { CODE_ALPHABET, CODE_LENGTH } from "../../protocol/pairing.ts";
import { emptyObjects } from "./empty-objects.ts";
import { edited } from "./group-inbound.ts";
import { directMessage } from "./inbound.ts";

const START = 1_800_000_000_000;
const CODE = new RegExp(`\\b[${CODE_ALPHABET}]{${CODE_LENGTH}}\\b`, "u");

const session = (chatId: string) => env.CHANNEL_SESSION.getByName(directMessage(1, chatId).session);
const directory = () => env.AGENT_DIRECTORY.getByName("main");

type Stub = ReturnType<typeof session>;

function rows<T extends Record<string, SqlStorageValue>>(stub: Stub, query: string): Promise<T[]> {
  return runInDurableObject(stub, (_object, { storage }) => storage.sql.exec<T>(query).toArray());
}

/** Everything that is stored in an object, as names of tables. */
async function tablesOf(stub: Stub): Promise<readonly string[]> {
  const query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'";
  return (await rows<{ name: string }>(stub, query)).map(({ name }) => name);
}

async function textsOf(stub: Stub): Promise<readonly string[]> {
  if (!(await tablesOf(stub)).includes("outbox")) return [];
  const query = "SELECT markdown FROM outbox ORDER BY seq";
  return (await rows<{ markdown: string }>(stub, query)).map(({ markdown }) => markdown);
}

async function codeOf(stub: Stub): Promise<string> {
  const [code] = CODE.exec((await textsOf(stub)).join("\n")) ?? [];
  if (code === undefined) throw new Error("the stranger was told no code");
  return code;
}

/** What the directory has to tell the sessions is told by its alarm. */
const errands = () => runDurableObjectAlarm(directory());

async function approve(code: string) {
  const outcome = await directory().approvePairing({ code, place: "admin" });
  await errands();
  return outcome;
}

const statesOf = async (stub: Stub) => (await stub.ledger(100)).messages.map(({ state }) => state);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START });
  vi.spyOn(console, "log").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await emptyObjects();
});

describe("a stranger", () => {
  it("is told a code once in its hour, whatever they write, and no message of theirs is kept", async () => {
    await session("8").accept(directMessage(1, "8", "secret words"));
    await session("8").accept(directMessage(2, "8", "more secret words"));
    await session("8").accept(directMessage(1, "8", "secret words"));
    expect(await textsOf(session("8"))).toEqual([expect.stringMatching(CODE)]);
    expect(await statesOf(session("8"))).toEqual([]);
    const stored = await Promise.all(
      (await tablesOf(session("8"))).map((table) => rows(session("8"), `SELECT * FROM ${table}`)),
    );
    expect(JSON.stringify(stored)).not.toContain("secret words");
  });

  it("leaves nothing of what they do besides", async () => {
    await session("8").accept(directMessage(1, "8", "hello"));
    const before = await rows(session("8"), "SELECT key FROM dedupe");
    for (let n = 0; n < 5; n += 1) {
      const message = directMessage(1, "8", `hello ${n}`);
      expect(await session("8").hear(edited(message, message.text))).toBe("ignored");
    }
    expect(await rows(session("8"), "SELECT key FROM dedupe")).toEqual(before);
  });

  it("gets the same code when the object died before it knew that it had one", async () => {
    const request = { session: directMessage(1, "8").session, peer: "telegram:8", name: "Ada" } as const;
    const answer = await directory().askPairing(request);
    await session("8").accept(directMessage(1, "8"));
    expect(answer).toMatchObject({ kind: "code", code: await codeOf(session("8")) });
  });

  it("who is the fourth of a channel is told nothing and leaves nothing at all", async () => {
    for (const id of ["11", "12", "13"]) await session(id).accept(directMessage(1, id));
    await session("14").accept(directMessage(1, "14"));
    expect(await textsOf(session("13"))).toHaveLength(1);
    expect(await tablesOf(session("14"))).toEqual([]);
  });

  it("leaves nothing at all when the code is over, and then may ask again", async () => {
    await session("8").accept(directMessage(1, "8"));
    const first = await codeOf(session("8"));
    vi.setSystemTime(START + ACCESS_BOUNDS.pairingLifeMs);
    await runDurableObjectAlarm(session("8"));
    expect(await tablesOf(session("8"))).toEqual([]);
    expect(await runInDurableObject(session("8"), (_object, { storage }) => storage.getAlarm())).toBeNull();
    await session("8").accept(directMessage(2, "8"));
    expect(await codeOf(session("8"))).not.toBe(first);
  });

  it("is forgotten by the alarm that is set when the code is given", async () => {
    await session("8").accept(directMessage(1, "8"));
    await runInDurableObject(session("8"), (_object, { storage }) =>
      storage.sql.exec("UPDATE outbox SET state = 'sent'"),
    );
    await abortAllDurableObjects();
    await runInDurableObject(session("8"), async (_object, { storage }) => {
      expect(await storage.getAlarm()).toBeLessThanOrEqual(START + ACCESS_BOUNDS.pairingLifeMs);
    });
  });
});

describe("whoever is let in", () => {
  it("is told so, and their next message is answered though the object was evicted meanwhile", async () => {
    await session("8").accept(directMessage(1, "8"));
    const code = await codeOf(session("8"));
    await abortAllDurableObjects();
    expect(await approve(code)).toMatchObject({ kind: "approved", peer: "telegram:8", role: "person" });
    expect(await textsOf(session("8"))).toHaveLength(2);
    await session("8").accept(directMessage(2, "8"));
    expect((await session("8").ledger(10)).messages).toMatchObject([{ id: directMessage(2, "8").id }]);
    expect(await rows(session("8"), "SELECT conversation FROM inbox")).toEqual([
      { conversation: "agent:main:person:telegram-8" },
    ]);
  });

  it("keeps their session when the hour is over", async () => {
    await session("8").accept(directMessage(1, "8"));
    await approve(await codeOf(session("8")));
    await session("8").accept(directMessage(2, "8"));
    vi.setSystemTime(START + ACCESS_BOUNDS.pairingLifeMs);
    await runDurableObjectAlarm(session("8"));
    expect((await session("8").ledger(10)).messages).toHaveLength(1);
  });

  it("and is removed again is not heard any more, and what waited is not answered", async () => {
    await session("8").accept(directMessage(1, "8"));
    await approve(await codeOf(session("8")));
    await session("8").accept(directMessage(2, "8"));
    expect(await directory().removePerson("telegram-8")).toMatchObject({ kind: "removed" });
    await errands();
    expect(await statesOf(session("8"))).toEqual(["stopped"]);
    await session("8").accept(directMessage(3, "8"));
    expect(await statesOf(session("8"))).toEqual(["stopped"]);
  });

  it("joins a second chat to themselves with a link code", async () => {
    const asked = await directory().askLink(directMessage(1, "7").session);
    if (asked.kind !== "code") throw new Error(asked.code);
    const link = { name: "link", rest: asked.code };
    await session("8").accept({ ...directMessage(1, "8", `/link ${asked.code}`), command: link });
    await session("8").accept(directMessage(2, "8"));
    expect(await rows(session("8"), "SELECT conversation FROM inbox")).toEqual([{ conversation: "agent:main:main" }]);
  });

  it("cannot be joined with a code that is none: that is a stranger's message like any other", async () => {
    const link = { name: "link", rest: "ABCDEFGH" };
    await session("8").accept({ ...directMessage(1, "8", "/link ABCDEFGH"), command: link });
    expect(await textsOf(session("8"))).toEqual([expect.stringMatching(CODE)]);
  });
});

describe("a session that is forgotten", () => {
  it("has nothing left, and begins anew", async () => {
    await session("7").accept(directMessage(1));
    expect(await session("7").forget()).toEqual({ messages: 1 });
    expect(await tablesOf(session("7"))).toEqual([]);
    expect(await session("7").forget()).toEqual({ messages: 0 });
    expect(await session("7").accept(directMessage(1))).toBe("accepted");
  });
});
