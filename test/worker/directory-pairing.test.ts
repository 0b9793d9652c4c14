import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChannelSession } from "../../durable-objects/channel-session/object.ts";
import { ACCESS_BOUNDS } from "../../protocol/bounds.ts";
import { formatConversationKey, formatSessionKey } from "../../protocol/session-key.ts";
import { isTurnId } from "../../protocol/ids.ts";
import { WEB_SESSION } from "../../worker/channels/registry.ts";
import {
  ask,
  codeOfStranger,
  countRows,
  directory,
  dm,
  guess,
  letIn,
  OWNER_DM,
  pass,
  PATIENCE,
  roleIn,
  rows,
  said,
  session,
  set,
} from "./directory-world.ts";
import { emptyObjects } from "./empty-objects.ts";
import { directMessage } from "./inbound.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  await emptyObjects();
});

const approve = (code: string, place: "admin" | typeof OWNER_DM = "admin") =>
  directory().approvePairing({ code, place });

describe("asking to be let in", () => {
  it("gives three strangers of a channel a code, a fourth none, and one of another channel its own", async () => {
    const codes = [await codeOfStranger("1"), await codeOfStranger("2"), await codeOfStranger("3")];
    expect(new Set(codes).size).toBe(3);
    expect(await ask("4")).toEqual({ kind: "full" });
    expect(await ask("4", "discord")).toMatchObject({ kind: "code" });
    expect((await directory().listPairings()).map(({ peer, name }) => [peer, name])).toEqual([
      ["telegram:1", "Person 1"],
      ["telegram:2", "Person 2"],
      ["telegram:3", "Person 3"],
      ["discord:4", "Person 4"],
    ]);
  });

  it("gives the same code again while it is open, wherever the same person asks, and another one afterwards", async () => {
    const first = await ask("1");
    await pass(ACCESS_BOUNDS.pairingLifeMs - 1);
    expect(await ask("1")).toEqual(first);
    const topic = { agent: "main", channel: "telegram", chatKind: "direct", chatId: "1" } as const;
    const elsewhere = formatSessionKey({ ...topic, thread: { kind: "topic", id: "5" } });
    expect(await directory().askPairing({ session: elsewhere, peer: "telegram:1", name: "Ada" })).toEqual(first);
    await pass(1);
    const second = await ask("1");
    expect(second).toMatchObject({ kind: "code", expiresAt: Date.now() + ACCESS_BOUNDS.pairingLifeMs });
    expect(second).not.toMatchObject({ code: first.kind === "code" && first.code });
  });

  it("is for strangers only: whoever is let in, or cannot be, gets no code", async () => {
    expect(await ask("7")).toEqual({ kind: "full" });
    await set({ "access.dmPolicy": "allowlist" });
    expect(await ask("1")).toEqual({ kind: "full" });
    await set({ "access.dmPolicy": "open" });
    expect(await ask("1")).toEqual({ kind: "full" });
    expect(await countRows("codes")).toBe(0);
  });

  it("leaves as many rows for 10,000 strangers as for three", async () => {
    const kinds = await runInDurableObject(directory(), (object) => {
      const counts = { code: 0, full: 0 };
      for (let id = 1; id <= 10_000; id += 1) {
        const peer = `telegram:${id + 100}` as const;
        counts[object.askPairing({ session: dm(String(id + 100)), peer, name: "x".repeat(1_000) }).kind] += 1;
      }
      return counts;
    });
    expect(kinds).toEqual({ code: 3, full: 9_997 });
    expect(await Promise.all(["codes", "errands", "people", "peers", "sessions", "lanes"].map(countRows))).toEqual([
      3, 3, 0, 0, 0, 0,
    ]);
    await pass(ACCESS_BOUNDS.pairingLifeMs);
    expect(await Promise.all(["codes", "errands"].map(countRows))).toEqual([0, 0]);
  });
});

describe("approving", () => {
  it("lets the stranger in as a person of their own, once", async () => {
    const code = await codeOfStranger("1");
    expect(await roleIn(dm("1"))).toBe("stranger");
    expect(await approve(code)).toEqual({
      kind: "approved",
      peer: "telegram:1",
      name: "Person 1",
      personId: "telegram-1",
      role: "person",
    });
    expect(await roleIn(dm("1"))).toBe("telegram-1");
    expect(await roleIn(dm("1", "discord"))).toBe("stranger");
    expect(await approve(code)).toEqual({ kind: "refused", code: "unknown_code" });
    expect(await directory().listPairings()).toEqual([]);
  });

  it("takes the code however it is typed, but not after its hour", async () => {
    const code = await codeOfStranger("1");
    const other = await codeOfStranger("2");
    const typed = ` ${code.slice(0, 4)}-${code.slice(4)} `.toLowerCase();
    expect(await approve(typed)).toMatchObject({ kind: "approved" });
    await pass(ACCESS_BOUNDS.pairingLifeMs);
    expect(await approve(other)).toEqual({ kind: "refused", code: "unknown_code" });
    expect(await roleIn(dm("2"))).toBe("stranger");
  });

  it("makes the owner of the first one if the configuration names none, and of nobody else", async () => {
    await set({ "access.allowFrom": [] });
    expect(await ask("1")).toMatchObject({ hasOwner: false });
    expect(await approve(await codeOfStranger("1"))).toMatchObject({ role: "owner" });
    expect(await ask("2")).toMatchObject({ hasOwner: true });
    expect(await approve(await codeOfStranger("2"))).toMatchObject({ role: "person" });
    expect([await roleIn(dm("1")), await roleIn(dm("2"))]).toEqual(["owner", "telegram-2"]);
  });

  it("never makes an owner of somebody whom an owner let in, though the list is emptied later", async () => {
    await letIn("1");
    await set({ "access.allowFrom": [] });
    expect(await roleIn(dm("1"))).toBe("telegram-1");
    await letIn("2");
    expect(await roleIn(dm("2"))).toBe("owner");
  });

  it("is refused when there are as many people as may be, and can be repeated", async () => {
    await runInDurableObject(directory(), (_object, { storage: { sql } }) => {
      for (let id = 0; id < ACCESS_BOUNDS.peopleMax; id += 1) {
        sql.exec("INSERT INTO people (person, name, is_first, known_at) VALUES (?, 'x', 0, 0)", `slack-${id}`);
      }
    });
    await abortAllDurableObjects();
    const code = await codeOfStranger("1");
    expect(await approve(code)).toEqual({ kind: "refused", code: "too_many_people" });
    expect(await directory().removePerson("slack-0")).toMatchObject({ kind: "removed" });
    expect(await approve(code)).toMatchObject({ kind: "approved" });
    expect(await countRows("people")).toBe(ACCESS_BOUNDS.peopleMax);
  });

  it("does not let in on a channel that takes only whom its list names", async () => {
    await letIn("1");
    await set({ "access.dm.telegram": "allowlist" });
    expect(await roleIn(dm("1"))).toBe("ignored");
    expect(await roleIn(OWNER_DM)).toBe("owner");
  });

  it("all or nothing: what cannot be stored has let nobody in", async () => {
    const code = await codeOfStranger("1");
    await runInDurableObject(directory(), (object, { storage: { sql } }) => {
      sql.exec("CREATE TRIGGER full BEFORE INSERT ON peers BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
      expect(() => object.approvePairing({ code, place: "admin" })).toThrow("the disk is full");
      sql.exec("DROP TRIGGER full");
    });
    expect([await roleIn(dm("1")), await countRows("people")]).toEqual(["stranger", 0]);
    expect(await approve(code)).toMatchObject({ kind: "approved" });
  });
});

describe("dismissing", () => {
  it("ends a code and frees its place, without a word to the stranger", async () => {
    await session(dm("1")).accept(directMessage(1, "1"));
    const told = await said(dm("1"));
    const [, , code] = [await codeOfStranger("2"), await codeOfStranger("3"), await codeOfStranger("1")];
    expect(await ask("4")).toEqual({ kind: "full" });
    expect(await directory().dismissPairing({ code, place: "admin" })).toEqual({
      kind: "dismissed",
      peer: "telegram:1",
      name: "Ada",
    });
    expect(await approve(code)).toEqual({ kind: "refused", code: "unknown_code" });
    expect(await ask("4")).toMatchObject({ kind: "code" });
    await pass(60_000);
    expect(await said(dm("1"))).toEqual(told);
  });
});

describe("guessing", () => {
  it("1,000 times looks at as many as may be, and at the right one only when the window is over", async () => {
    const code = await codeOfStranger("1");
    const outcomes: string[] = [];
    for (let n = 0; n < 1_000; n += 1) {
      const outcome = await approve(guess(n));
      outcomes.push(outcome.kind === "refused" ? outcome.code : outcome.kind);
    }
    expect(outcomes.filter((one) => one === "unknown_code")).toHaveLength(ACCESS_BOUNDS.codeTriesMax);
    expect(outcomes.filter((one) => one === "too_many_tries")).toHaveLength(1_000 - ACCESS_BOUNDS.codeTriesMax);
    const retryAt = Date.now() + ACCESS_BOUNDS.codeTriesWindowMs;
    const late = await approve(code);
    expect(late).toMatchObject({ kind: "refused", code: "too_many_tries" });
    expect(late.kind === "refused" && late.code === "too_many_tries" && late.retryAt).toBeLessThanOrEqual(retryAt);
    await pass(ACCESS_BOUNDS.codeTriesWindowMs);
    expect(await approve(code)).toMatchObject({ kind: "approved" });
  });

  it("is counted by place, and an eviction does not begin anew", async () => {
    const code = await codeOfStranger("1");
    for (let n = 0; n < ACCESS_BOUNDS.codeTriesMax; n += 1) await approve(guess(n));
    await abortAllDurableObjects();
    expect(await approve(code)).toMatchObject({ code: "too_many_tries" });
    expect(await approve(code, OWNER_DM)).toMatchObject({ kind: "approved" });
  });

  it("does not count the right code", async () => {
    for (let n = 0; n <= ACCESS_BOUNDS.codeTriesMax; n += 1) {
      expect(await approve(await codeOfStranger(String(100 + n)))).toMatchObject({ kind: "approved" });
    }
    expect(await countRows("code_tries")).toBe(0);
  });

  it("from everywhere has an end too, which keeps nobody from letting somebody in, and leaves few rows", async () => {
    const link = await directory().askLink(OWNER_DM);
    const code = await codeOfStranger("1");
    const outcomes = await runInDurableObject(directory(), (object) => {
      const counts = new Map<string, number>();
      for (let n = 0; n < 1_000; n += 1) {
        const outcome = object.takeLink(dm(String(100 + n)), guess(n), "Eve");
        const name = outcome.kind === "refused" ? outcome.code : outcome.kind;
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      return Object.fromEntries(counts);
    });
    const { codeTriesAllMax } = ACCESS_BOUNDS;
    expect(outcomes).toEqual({ unknown_code: codeTriesAllMax, too_many_tries: 1_000 - codeTriesAllMax });
    expect(await countRows("code_tries")).toBe(codeTriesAllMax + 1);
    expect(await approve(code)).toMatchObject({ kind: "approved" });
    await pass(ACCESS_BOUNDS.codeTriesWindowMs);
    expect(await countRows("code_tries")).toBe(0);
    expect(link.kind).toBe("code");
  });
});

describe("the stranger's session", () => {
  it("is told that they are let in, though it was evicted, and their next message is for the agent", async () => {
    await session(dm("1")).accept(directMessage(1, "1"));
    const before = (await said(dm("1"))).length;
    expect(before).toBe(1);
    const code = await codeOfStranger("1");
    await abortAllDurableObjects();
    await approve(code);
    await vi.waitFor(async () => expect(await said(dm("1"))).toHaveLength(before + 1), PATIENCE);
    await session(dm("1")).accept(directMessage(2, "1"));
    const { messages } = await session(dm("1")).ledger(5);
    expect(messages.map(({ id }) => id)).toEqual(["telegram:77:2"]);
  });

  it("is told later if it could not be told at once, and then no more", async () => {
    await session(dm("1")).accept(directMessage(1, "1"));
    const code = await codeOfStranger("1");
    await vi.waitFor(async () => expect(await countRows("errands")).toBe(0), PATIENCE);
    const welcome = vi.spyOn(ChannelSession.prototype, "welcome").mockImplementation(() => {
      throw new Error("out of reach");
    });
    await approve(code);
    await vi.waitFor(() => expect(welcome).toHaveBeenCalled(), PATIENCE);
    expect(await roleIn(dm("1"))).toBe("telegram-1");
    expect(await said(dm("1"))).toEqual([expect.stringContaining(code)]);
    welcome.mockRestore();
    await pass(60_000);
    await vi.waitFor(async () => expect(await said(dm("1"))).toHaveLength(2), PATIENCE);
    await vi.waitFor(async () => expect(await countRows("errands")).toBe(0), PATIENCE);
  });
});

describe("the owner", () => {
  /** The owner has written there, so the directory knows the chat. */
  async function wrote(key: typeof OWNER_DM): Promise<void> {
    const id = "turn-of-the-owner";
    if (!isTurnId(id)) throw new Error(id);
    const { access } = await directory().policyFor(key);
    if (access.kind !== "admitted") throw new Error("not let in");
    await directory().beginTurn(access.conversation, id, key, 0);
  }
  const isAsked = (key: typeof OWNER_DM, peer: string) =>
    vi.waitFor(async () => expect((await said(key)).join("\n")).toContain(peer), PATIENCE);

  it("is asked in their own chat, and in the web chat as long as they have never written there", async () => {
    await ask("1");
    await isAsked(WEB_SESSION, "telegram:1");
    await wrote(OWNER_DM);
    await ask("2");
    await isAsked(OWNER_DM, "telegram:2");
    expect((await said(WEB_SESSION)).join("\n")).not.toContain("telegram:2");
  });

  it("is asked where they were let in, if they came by a code", async () => {
    await set({ "access.allowFrom": [] });
    await letIn("5");
    await wrote(dm("5"));
    await ask("6");
    await isAsked(dm("5"), "telegram:6");
  });

  it("is asked once, and later if it could not be at once, but not of a code that is over", async () => {
    const tell = vi.spyOn(ChannelSession.prototype, "tellOfStranger").mockImplementation(() => {
      throw new Error("out of reach");
    });
    await ask("1");
    await vi.waitFor(() => expect(tell).toHaveBeenCalledTimes(1), PATIENCE);
    tell.mockRestore();
    await pass(60_000);
    await isAsked(WEB_SESSION, "telegram:1");
    await pass(60_000);
    expect((await said(WEB_SESSION)).filter((text) => text.includes("telegram:1"))).toHaveLength(1);
    expect(await rows("SELECT * FROM errands")).toEqual([]);
  });
});

describe("a stranger whom the configuration lets in", () => {
  it("waits no more, and keeps no place from others", async () => {
    for (const id of ["1", "2", "3"]) await ask(id);
    expect(await ask("4")).toEqual({ kind: "full" });
    await set({ "access.allowFrom": ["telegram:7", "telegram:1"] });
    expect((await directory().listPairings()).map(({ peer }) => peer)).toEqual(["telegram:2", "telegram:3"]);
    expect(await ask("4")).toMatchObject({ kind: "code" });
  });
});

describe("beginTurn", () => {
  const conversation = (personId: string) => formatConversationKey({ kind: "person", agent: "main", personId });
  const turn = () => {
    const id = "turn-of-somebody";
    return isTurnId(id) ? id : expect.fail(id);
  };

  it("grants no turn to a chat that may not speak, and leaves nothing of it", async () => {
    const refused = await directory().beginTurn(conversation("telegram-1"), turn(), dm("1"), 0);
    expect(refused).toMatchObject({ kind: "refused", policy: { access: { kind: "stranger" } } });
    expect([await countRows("lanes"), await countRows("sessions")]).toEqual([0, 0]);
  });

  it("grants a turn with the policy that counts now, and none after its person was removed", async () => {
    await letIn("1");
    await set({ timezone: "Asia/Kathmandu" });
    expect(await directory().beginTurn(conversation("telegram-1"), turn(), dm("1"), 0)).toMatchObject({
      kind: "granted",
      policy: { version: 1, behaviour: { timezone: "Asia/Kathmandu" } },
    });
    await directory().removePerson("telegram-1");
    expect(await directory().beginTurn(conversation("telegram-1"), turn(), dm("1"), 0)).toMatchObject({
      kind: "refused",
    });
  });
});
