import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { addSpent, NOTHING_SPENT, type Spent, type TurnSpend } from "../../protocol/budget.ts";
import { isTurnId, type TurnId } from "../../protocol/ids.ts";
import { type ConversationKey, formatConversationKey } from "../../protocol/session-key.ts";
import { countRows, directory, dm, letIn, OWNER_DM, PATIENCE, rows, said, session, set } from "./directory-world.ts";
import { payerOf } from "../../durable-objects/agent-directory/budget-desk.ts";
import { forgetPayer } from "../../durable-objects/agent-directory/spend-rows.ts";
import { WEB_SESSION } from "../../worker/channels/registry.ts";
import { emptyObjects } from "./empty-objects.ts";
import { command, directMessage } from "./inbound.ts";

const MAIN = formatConversationKey({ kind: "main", agent: "main" });
const MODEL = "anthropic/claude-sonnet-5";
const CALL: Spent = { calls: 1, tokens: 1_290, microUsd: 4_542 };
/** The least that the emulated containers take for a call, which then costs more. */
const LEAST = { microUsd: 3_000, tokens: 1_000 };

function turnId(text: string): TurnId {
  const id = `turn-budget-${text}`;
  if (!isTurnId(id)) throw new Error(id);
  return id;
}

const spendOf = (turn: string, total: Spent, conversation: ConversationKey = MAIN): TurnSpend => ({
  turnId: turnId(turn),
  conversation,
  kind: "chat",
  parts: [{ model: MODEL, ...total }],
});
const times = (count: number): Spent => ({
  calls: count,
  tokens: count * CALL.tokens,
  microUsd: count * CALL.microUsd,
});
const begin = (turn: string, needs: { microUsd: number; tokens: number } | null = null, spends: TurnSpend[] = []) =>
  directory().beginTurn(MAIN, turnId(turn), OWNER_DM, 0, [], { needs, spends });

beforeEach(() => {
  for (const level of ["log", "warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await emptyObjects();
});

describe("what the directory books", () => {
  it("is what is new in a report, whoever tells it how often, by day, payer, kind and model", async () => {
    await directory().settleSpends([spendOf("a", times(2))]);
    await directory().settleSpends([spendOf("a", times(2)), spendOf("a", times(1))]);
    await begin("a", null, [spendOf("a", times(3))]);
    const report = await directory().usageReport(null);
    expect(report.today).toEqual(times(3));
    expect(report.month).toEqual(times(3));
    expect(report.lines).toEqual([{ payer: "owner", kind: "chat", model: MODEL, ...times(3) }]);
  });

  it("of a guest is shown to them without the rest", async () => {
    const guest = formatConversationKey({ kind: "person", agent: "main", personId: "telegram-71" });
    await directory().settleSpends([spendOf("b1", times(1)), spendOf("b2", times(2), guest)]);
    const { today, lines } = await directory().usageReport(payerOf(guest));
    expect({ today, lines }).toEqual({
      today: times(2),
      lines: [{ payer: "person:telegram-71", kind: "chat", model: MODEL, ...times(2) }],
    });
    expect((await directory().usageReport(null)).today).toEqual(times(3));
  });

  it("stays when somebody is forgotten, without their name", async () => {
    await letIn("72");
    const guest = formatConversationKey({ kind: "person", agent: "main", personId: "telegram-72" });
    await directory().settleSpends([spendOf("c", times(1), guest)]);
    await runInDurableObject(directory(), (_object, { storage: { sql } }) => {
      forgetPayer(sql, "person:telegram-72");
      forgetPayer(sql, "person:telegram-72");
    });
    const { today, lines } = await directory().usageReport(null);
    expect(today).toEqual(times(1));
    expect(lines).toEqual([{ payer: "forgotten", kind: "chat", model: MODEL, ...times(1) }]);
    expect(await rows("SELECT key FROM budget_sums WHERE key LIKE '%telegram-72'")).toEqual([]);
  });
});

describe("a turn that asks for its lane", () => {
  it("has no bound and holds nothing where no limit is set", async () => {
    expect(await begin("d")).toMatchObject({ kind: "granted", budget: null });
    expect(await countRows("reservations")).toBe(0);
  });

  it("gets its lane without a budget where it makes no model call, as a command that only looks something up", async () => {
    await set({ "budget.dailyUsd": 0 });
    const ask = (isFree: boolean, needs: typeof LEAST | null = null) =>
      directory().beginTurn(MAIN, turnId("free"), OWNER_DM, 0, [], { isFree, needs });
    expect(await ask(false)).toMatchObject({ kind: "unpaid" });
    expect(await ask(true)).toMatchObject({ kind: "granted", budget: { microUsd: 0, tokens: 0 } });
    expect(await ask(true, LEAST)).toMatchObject({ kind: "unpaid" });
  });

  it("holds a share until its lane is given back, also by somebody who stops it", async () => {
    await set({ "budget.dailyUsd": 1 });
    expect(await begin("e")).toMatchObject({ kind: "granted", budget: { microUsd: 250_000, tokens: null } });
    expect(await countRows("reservations")).toBe(1);
    await directory().revokeTurn(MAIN);
    expect(await countRows("reservations")).toBe(0);
  });

  it("does not get the lane when nothing is left, so that others can have it", async () => {
    await set({ "budget.dailyUsd": 0.004 });
    const spends = [spendOf("f", times(1))];
    const answer = await begin("f", null, spends);
    expect(answer).toMatchObject({ kind: "unpaid", period: "day", whose: "agent", unit: "microUsd", spent: 4_542 });
    expect(await directory().laneHolder(MAIN)).toBeNull();
    // In the owner's own chat the offer comes with the answer, and asking again makes no second one.
    const again = await begin("f", null, spends);
    expect(again).toEqual(answer);
  });

  it("is given more of its own once it is allowed: an offer is good once", async () => {
    await set({ "budget.dailyUsd": 0.004 });
    const answer = await begin("g", { microUsd: 9_000, tokens: 2_000 }, [spendOf("g", times(1))]);
    if (answer.kind !== "unpaid" || answer.offer === null) return expect.fail("no offer");
    const { id: offer } = answer.offer;
    expect(await directory().allowMore({ offer, by: "press-1" })).toMatchObject({ kind: "allowed" });
    expect(await directory().allowMore({ offer, by: "press-1" })).toMatchObject({ kind: "allowed" });
    expect(await directory().allowMore({ offer, by: "press-2" })).toEqual({ kind: "unknown_offer" });
    const paid = await begin("g", { microUsd: 9_000, tokens: 2_000 });
    expect(paid).toMatchObject({ kind: "granted", budget: { microUsd: 9_000 } });
  });
});

describe("what the owner allows by command", () => {
  const allow = async (number: number, amount: string) => {
    const before = (await said(OWNER_DM)).length;
    await session(OWNER_DM).accept(command(number, "budget", amount));
    return await vi.waitFor(async () => {
      const all = await said(OWNER_DM);
      expect(all).toHaveLength(before + 1);
      return all[before];
    }, PATIENCE);
  };

  it("comes on top each time, and what still lets nothing through is named", async () => {
    await set({ "budget.dailyUsd": 5, "budget.dailyTokens": 1_000 });
    await directory().settleSpends([spendOf("j", times(1))]);
    expect(await allow(910, "allow 2.50")).toMatch(/\$2\.50 more.*\$7\.50 now.*still used up: 1,290 tokens of 1,000/);
    expect(await allow(911, "allow 2.50")).toContain("$10.00 now");
    expect(await allow(912, "allow 500 tokens")).toMatch(/500 tokens more.*500 tokens now\. What waited/);
    const amount = { microUsd: 2_500_000, tokens: 0 };
    const [once, again] = [
      await directory().allowMore({ amount, by: "k" }),
      await directory().allowMore({ amount, by: "k" }),
    ];
    expect(again).toEqual(once);
  });

  it("is the owner's, as all of /budget is", async () => {
    await letIn("74");
    const asked = directMessage(913, "74", "/budget");
    await session(dm("74")).accept({ ...asked, command: { name: "budget", rest: "" } });
    await vi.waitFor(async () => expect((await said(dm("74")))[0]).toContain("Only my owner"), PATIENCE);
  });
});

describe("fifty conversations at a nearly used up budget", () => {
  it("exceed it by one call of each running turn at most, and all run once more is allowed", async () => {
    await set({ "access.dmPolicy": "open", "budget.dailyUsd": 0.05 });
    const limit = 50_000;
    const guests = Array.from({ length: 50 }, (_, index) => String(7_000 + index));
    const done = new Set<string>();
    const totals = new Map<string, Spent>();
    let used = NOTHING_SPENT;
    let running = 0;
    let beyond = 0;
    /** A container: it makes calls while its share covers the least of one, and needs three in all. */
    const run = async (guest: string): Promise<void> => {
      const conversation = formatConversationKey({ kind: "person", agent: "main", personId: `telegram-${guest}` });
      const id = turnId(`guest-${guest}`);
      let total = totals.get(guest) ?? NOTHING_SPENT;
      let needs: typeof LEAST | null = null;
      for (;;) {
        const spends = [{ ...spendOf("x", total, conversation), turnId: id }];
        const reply = await directory().beginTurn(conversation, id, dm(guest), 0, [], { needs, spends });
        if (reply.kind !== "granted") return;
        running += 1;
        const cap = total.microUsd + (reply.budget?.microUsd ?? Number.MAX_SAFE_INTEGER);
        while (total.calls < 3 && total.microUsd + LEAST.microUsd <= cap) {
          await Promise.resolve();
          total = addSpent(total, CALL);
          totals.set(guest, total);
          used = addSpent(used, CALL);
          beyond = Math.max(beyond, used.microUsd - limit - running * CALL.microUsd);
        }
        running -= 1;
        needs = LEAST;
        if (total.calls < 3) continue;
        done.add(guest);
        await directory().endTurn(conversation, id, reply.fence, [
          { ...spendOf("x", total, conversation), turnId: id },
        ]);
        return;
      }
    };
    await Promise.all(guests.map(run));
    // Whoever found all held asks again, as a session does.
    for (let round = 0; round < 5; round += 1) await Promise.all(guests.filter((guest) => !done.has(guest)).map(run));
    expect(done.size).toBeLessThan(50);
    expect(used.microUsd).toBeGreaterThan(limit - LEAST.microUsd);
    expect(beyond).toBeLessThanOrEqual(0);
    expect((await directory().usageReport(null)).running).toBe(0);
    expect(await directory().allowMore({ amount: { microUsd: 5_000_000, tokens: 0 }, by: "fifty" })).toMatchObject({
      kind: "allowed",
    });
    while (done.size < 50) await Promise.all(guests.filter((guest) => !done.has(guest)).map(run));
    const report = await directory().usageReport(null);
    expect(report.today).toEqual(used);
    expect(report.waiting).toBe(0);
  }, 30_000);
});

describe("a message that is not paid for", () => {
  it("waits in its chat, which is told once with buttons; what the owner allows lets it go on", async () => {
    vi.spyOn(globalThis, "fetch").mockImplementation(() => Promise.withResolvers<Response>().promise);
    await set({ "budget.dailyUsd": 0.004 });
    await directory().settleSpends([spendOf("h", times(1))]);
    const stub = session(OWNER_DM);
    const turn = () =>
      runInDurableObject(stub, (_object, { storage: { sql } }) => {
        const [row] = sql.exec<{ state: string }>("SELECT state FROM turn").toArray();
        const state: unknown = JSON.parse(row?.state ?? "null");
        return typeof state === "object" && state !== null && "phase" in state ? state.phase : null;
      });
    await stub.accept(directMessage(901));
    await vi.waitFor(async () => expect(await said(OWNER_DM)).toHaveLength(1), PATIENCE);
    expect((await said(OWNER_DM))[0]).toContain("$0.00");
    expect(await turn()).toBe("parked");
    const buttons = await runInDurableObject(stub, (_object, { storage: { sql } }) =>
      sql.exec<{ value: string }>("SELECT value FROM buttons ORDER BY label").toArray(),
    );
    expect(buttons.map(({ value }) => value.split(" ").slice(0, 2).join(" "))).toEqual([
      "/budget allow",
      "/budget wait",
    ]);
    // Whenever it asks again, nothing more is said.
    await stub.laneFree();
    await vi.waitFor(async () => expect(await turn()).toBe("parked"), PATIENCE);
    expect(await said(OWNER_DM)).toHaveLength(1);
    const allow = buttons[0]?.value.replace("/budget ", "") ?? "";
    await stub.accept(command(902, "budget", allow));
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(directory());
      expect(await turn()).toBe("running");
    }, PATIENCE);
    expect((await said(OWNER_DM))[1]).toContain("$0.25 more");
    await stub.accept(command(903, "budget", allow));
    await vi.waitFor(async () => expect((await said(OWNER_DM))[2]).toContain("taken already"), PATIENCE);
    await stub.accept(command(904, "usage", "cost"));
    await vi.waitFor(async () => expect((await said(OWNER_DM))[3]).toContain("`anthropic/claude-sonnet-5`"), PATIENCE);
    expect((await stub.ledger(5)).messages.map(({ state }) => state)).toContain("leased");
  });

  it("of a web client is told to it at once, also when it sends it again", async () => {
    vi.spyOn(globalThis, "fetch").mockImplementation(() => Promise.withResolvers<Response>().promise);
    await set({ "budget.dailyUsd": 0.004 });
    await directory().settleSpends([spendOf("w", times(1))]);
    const headers = { authorization: "Bearer admin-token-for-tests", upgrade: "websocket" };
    const { webSocket } = await exports.default.fetch("https://claw.test/web/socket", { headers });
    const frames: unknown[] = [];
    webSocket?.addEventListener("message", ({ data }) => void frames.push(JSON.parse(String(data))));
    webSocket?.accept();
    const parked = (id: string) => expect.objectContaining({ type: "error", id, code: "parked" });
    webSocket?.send(JSON.stringify({ type: "send", id: "one", text: "hello" }));
    await vi.waitFor(() => expect(frames).toContainEqual(parked("one")), PATIENCE);
    const notice = expect.objectContaining({ type: "final", text: expect.stringContaining("`/budget allow 0.25`") });
    await vi.waitFor(() => expect(frames).toContainEqual(notice), PATIENCE);
    for (const id of ["two", "one"]) {
      frames.length = 0;
      webSocket?.send(JSON.stringify({ type: "send", id, text: "hello" }));
      await vi.waitFor(() => expect(frames).toContainEqual(parked(id)), PATIENCE);
    }
    webSocket?.close(1000);
  });

  it("of a guest is told to them without amounts, and to the owner with buttons", async () => {
    await letIn("73");
    await set({ "budget.people.dailyTokens": 1_000 });
    const guest = formatConversationKey({ kind: "person", agent: "main", personId: "telegram-73" });
    await begin("i");
    await directory().settleSpends([spendOf("i2", times(1), guest)]);
    const answer = await directory().beginTurn(guest, turnId("i3"), dm("73"), 0, [], { title: "Gus" });
    expect(answer).toMatchObject({ kind: "unpaid", whose: "person", unit: "tokens", offer: null });
    await directory().beginTurn(guest, turnId("i3"), dm("73"), 0, [], { title: "Gus" });
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(directory());
      expect((await said(OWNER_DM)).filter((text) => text.includes("`Gus` waits"))).toHaveLength(1);
    }, PATIENCE);
    expect(await rows("SELECT count(*) AS n FROM budget_offers")).toEqual([{ n: 1 }]);
    // Where there are no buttons they type it.
    const offer = { id: "0a1b2c3d-0a1b", until: 9e12, microUsd: 0, tokens: 250 };
    const use = {
      whose: "person",
      period: "day",
      until: 9e12,
      unit: "tokens",
      limit: 1,
      spent: 2,
      reserved: 0,
    } as const;
    const news = { kind: "budget_spent", payer: "person:x", title: "Gus", timezone: "UTC", use, offer } as const;
    await session(WEB_SESSION).tellOwner({ kind: "news", notice: 900, news });
    await vi.waitFor(
      async () => expect((await said(WEB_SESSION))[0]).toContain("`/budget allow 0a1b2c3d-0a1b`"),
      PATIENCE,
    );
  });
});
