import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { INBOUND_BOUNDS } from "../../protocol/bounds.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import { emptyObjects } from "./empty-objects.ts";
import { ADA, BEN, edited, GROUP, GROUP_SESSION, groupKey, groupMessage, happening, mention } from "./group-inbound.ts";
import { directMessage } from "./inbound.ts";

const group = () => env.CHANNEL_SESSION.getByName(GROUP_SESSION);
const ada = () => env.CHANNEL_SESSION.getByName(directMessage(1).session);
type Stub = ReturnType<typeof group>;

function rows<T extends Record<string, SqlStorageValue>>(stub: Stub, query: string): Promise<T[]> {
  return runInDurableObject(stub, (_object, state) => state.storage.sql.exec<T>(query).toArray());
}

async function stored(stub: Stub, id: string): Promise<Inbound> {
  const [row] = await rows<{ body: string }>(stub, `SELECT body FROM inbox WHERE inbound_id = '${id}'`);
  return JSON.parse(row?.body ?? "null");
}

const said = async (stub: Stub, id: string) =>
  (await stored(stub, id)).context?.map((item) => (item.kind === "said" ? `${item.from}: ${item.text}` : item.text));
const notices = async (stub: Stub) =>
  (await rows<{ markdown: string }>(stub, "SELECT markdown FROM outbox ORDER BY seq")).map((row) => row.markdown);
const asCommand = (message: Inbound, name: string, rest = ""): Inbound => ({ ...message, command: { name, rest } });

afterEach(emptyObjects);

describe("what is said in a group to others", () => {
  it("begins no turn, and goes along with the next message that is for us, once", async () => {
    await group().accept(groupMessage(1, "the deadline is Friday"));
    await group().accept(groupMessage(2, "", { sender: ADA, attachments: [{ kind: "image", platformId: "p" }] }));
    expect((await group().ledger(10)).messages).toEqual([]);
    await group().accept(mention(3, "@claw when is it due?"));
    expect(await said(group(), "telegram:77:3")).toEqual(["Ben: the deadline is Friday", "Ada: (image)"]);
    await group().accept(mention(4, "@claw and now?"));
    expect((await stored(group(), "telegram:77:4")).context).toBeUndefined();
  });

  it("is kept as far as the newest fifty messages, each cut to its bound", async () => {
    for (let number = 1; number <= INBOUND_BOUNDS.contextSaidMax + 5; number += 1) {
      await group().accept(groupMessage(number, `${number} ${"x".repeat(INBOUND_BOUNDS.contextTextMax)}`));
    }
    await group().accept(mention(999, "@claw"));
    const context = (await said(group(), "telegram:77:999")) ?? [];
    expect(context).toHaveLength(INBOUND_BOUNDS.contextSaidMax);
    expect(context[0]).toMatch(/^Ben: 6 x+… \(cut\)$/);
  });

  it("is not kept of a group that is not on the list", async () => {
    const session = groupKey("-999");
    const stub = env.CHANNEL_SESSION.getByName(session);
    await stub.accept(groupMessage(1, "psst", { session }));
    await stub.accept(mention(2, "@claw psst", { session }));
    expect(await rows(stub, "SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'")).toEqual([]);
  });

  it("is for us after all when it is edited to mention us, and then no longer context", async () => {
    await group().accept(groupMessage(1, "what time is it?"));
    await group().hear(edited(mention(1, ""), "@claw what time is it?"));
    expect(await stored(group(), "telegram:77:1")).toMatchObject({ text: "@claw what time is it?" });
    expect(await rows(group(), "SELECT * FROM context")).toEqual([]);
  });

  it("changes with its edits while it is kept", async () => {
    await group().accept(groupMessage(1, "the deadline is Friday"));
    await group().hear(edited(groupMessage(1, ""), "the deadline is Monday"));
    await group().accept(mention(2, "@claw?"));
    expect(await said(group(), "telegram:77:2")).toEqual(["Ben: the deadline is Monday"]);
  });

  it("is for us with all its pictures when a later piece of the album mentions us", async () => {
    const piece = (number: number, fields: Partial<Inbound>) => ({
      ...groupMessage(number, ""),
      attachments: [{ kind: "image", platformId: `p${number}` } as const],
      assembly: { key: "album:a", waitMs: INBOUND_BOUNDS.albumWaitMs },
      ...fields,
    });
    const { chat } = mention(0, "");
    await group().accept(groupMessage(1, "look what I have"));
    await group().accept(piece(3, {}));
    await group().accept(piece(2, { chat, text: "@claw which is best?" }));
    await vi.waitFor(
      async () => {
        await runDurableObjectAlarm(group());
        expect(await rows(group(), "SELECT * FROM turn")).toHaveLength(1);
      },
      { timeout: 4_000 },
    );
    const whole = await stored(group(), "telegram:77:3");
    expect(whole.attachments.map(({ platformId }) => platformId)).toEqual(["p2", "p3"]);
    expect(whole.context).toMatchObject([{ text: "look what I have" }]);
  });

  it("is for us when an edit of the album mentions us while it is waited for", async () => {
    const album = {
      attachments: [{ kind: "image", platformId: "p" } as const],
      assembly: { key: "album:c", waitMs: INBOUND_BOUNDS.albumWaitMs },
    };
    await group().accept(groupMessage(1, "nice?", album));
    await group().hear(edited(mention(1, "", album), "@claw nice?"));
    await vi.waitFor(
      async () => {
        await runDurableObjectAlarm(group());
        expect(await rows(group(), "SELECT * FROM turn")).toHaveLength(1);
      },
      { timeout: 4_000 },
    );
    expect(await stored(group(), "telegram:77:1")).toMatchObject({ text: "@claw nice?" });
  });

  it("is kept as one thing when it is an album for others", async () => {
    const album = { assembly: { key: "album:b", waitMs: INBOUND_BOUNDS.albumWaitMs } };
    const image = (name: string) => ({ attachments: [{ kind: "image", platformId: name } as const], ...album });
    await group().accept(groupMessage(1, "our trip", image("a")));
    await group().accept(groupMessage(2, "", image("b")));
    await vi.waitFor(
      async () => {
        await runDurableObjectAlarm(group());
        expect(await rows(group(), "SELECT * FROM context")).toHaveLength(1);
      },
      { timeout: 4_000 },
    );
    expect(await rows(group(), "SELECT * FROM inbox")).toEqual([]);
    await group().accept(mention(3, "@claw nice?"));
    expect(await said(group(), "telegram:77:3")).toEqual(["Ben: our trip (image, image)"]);
  });

  it("is not taken by a command", async () => {
    await group().accept(groupMessage(1, "the deadline is Friday"));
    await group().accept(asCommand(mention(2, "/status@claw_bot"), "status"));
    await group().accept(mention(3, "@claw?"));
    expect(await said(group(), "telegram:77:3")).toEqual(["Ben: the deadline is Friday"]);
  });
});

describe("activation", () => {
  it("always: every message is for us, until it is mention again", async () => {
    await group().accept(asCommand(mention(1, "/activation always", { sender: ADA }), "activation", "always"));
    await group().accept(groupMessage(2, "just talking"));
    expect(await stored(group(), "telegram:77:2")).toMatchObject({ text: "just talking" });
    await group().accept(asCommand(mention(3, "/activation mention", { sender: ADA }), "activation", "mention"));
    await group().accept(groupMessage(4, "just talking again"));
    expect(await stored(group(), "telegram:77:4")).toBeNull();
    expect((await notices(group()))[0]).toMatch(/every message/);
  });

  it("is the owner's to change, and tells everybody how it is", async () => {
    await group().accept(asCommand(mention(1, "/activation always"), "activation", "always"));
    await group().accept(asCommand(mention(2, "/activation"), "activation"));
    await group().accept(asCommand(mention(3, "/activation loud", { sender: ADA }), "activation", "loud"));
    await ada().accept({ ...directMessage(4), command: { name: "activation", rest: "always" } });
    expect(await rows(group(), "SELECT * FROM settings")).toEqual([]);
    expect(await notices(group())).toEqual([
      expect.stringMatching(/Only my owner/),
      expect.stringMatching(/when somebody mentions me/),
      expect.stringMatching(/mention\|always/),
    ]);
    expect(await notices(ada())).toEqual([expect.stringMatching(/for groups/)]);
  });
});

describe("a command without our name in a group", () => {
  it("is ours when somebody on the list gives it, and may be another bot's otherwise", async () => {
    await group().accept(asCommand(groupMessage(1, "/status", { sender: ADA }), "status"));
    await group().accept(asCommand(groupMessage(2, "/status"), "status"));
    const { messages } = await group().ledger(10);
    expect(messages.map(({ id }) => id)).toEqual(["telegram:77:1"]);
  });
});

describe("what happens in a group", () => {
  it("is told with the next message: who came, who went, who reacted to what we wrote", async () => {
    await group().hear(happening<"members">(mention(0, ""), "in", { kind: "members", joined: [ADA], left: [] }));
    await group().hear(happening<"members">(mention(0, ""), "out", { kind: "members", joined: [], left: [BEN] }));
    await group().accept(mention(1, "@claw hello"));
    expect(await said(group(), "telegram:77:1")).toEqual(["Ada joined the group", "Ben left the group"]);
    await runInDurableObject(group(), (_object, { storage: { sql } }) => {
      sql.exec(
        `INSERT INTO outbox (part, parts, address, markdown, inbound_ids, state, attempts, due_at, receipt,
           resent_after_unknown, created_at) VALUES (1, 1, '{}', 'hi', '[]', 'sent', 1, 0, '50', 0, 0)`,
      );
    });
    const react = (messageId: string, now: readonly string[], before: readonly string[] = []) =>
      happening<"reacted">(mention(0, ""), `react:${messageId}:${now.join()}`, {
        kind: "reacted",
        messageId,
        sender: BEN,
        before,
        now,
      });
    await group().hear(react("50", ["👍"]));
    await group().hear(react("50", [], ["👍"]));
    await group().hear(react("51", ["👎"]));
    await group().accept(mention(2, "@claw?"));
    expect(await said(group(), "telegram:77:2")).toEqual([
      "Ben reacted to your message with 👍",
      "Ben took back the reaction 👍",
    ]);
  });

  it("is kept as far as the newest twenty events, and heard once", async () => {
    const came = happening<"members">(mention(0, ""), "same", { kind: "members", joined: [ADA], left: [] });
    expect([await group().hear(came), await group().hear(came)]).toEqual(["accepted", "duplicate"]);
    for (let number = 0; number < 30; number += 1) {
      await group().hear({ ...came, dedupeKeys: [`in:${number}`] });
    }
    await group().accept(mention(1, "@claw"));
    expect(await said(group(), "telegram:77:1")).toHaveLength(INBOUND_BOUNDS.contextHappenedMax);
  });

  it("is greeted with a word when we come to a group on the list", async () => {
    const { replyTo } = mention(0, "");
    const joins = happening<"membership">(mention(0, ""), "join", {
      kind: "membership",
      isMember: true,
      by: BEN,
      replyTo,
    });
    await group().hear(joins);
    await group().hear(joins);
    expect(await notices(group())).toEqual([expect.stringMatching(/Mention me/)]);
  });

  it("of a group that is not on the list: the owner is told its id, and nobody else anything", async () => {
    const session = groupKey("-999");
    const stub = env.CHANNEL_SESSION.getByName(session);
    const joins = (key: string, by: typeof ADA) => ({
      ...happening<"membership">({ session }, key, {
        kind: "membership",
        isMember: true,
        by,
        replyTo: { channel: "telegram", chatId: "-999", chatKind: "group" },
      }),
    });
    await stub.hear(joins("one", BEN));
    expect((await stub.ledger(10)).parts).toEqual([]);
    await stub.hear(joins("two", ADA));
    expect(await notices(stub)).toEqual([expect.stringContaining("telegram:-999")]);
  });
});

describe("a group that becomes a supergroup", () => {
  const NEW = groupKey("-200");
  const supergroup = () => env.CHANNEL_SESSION.getByName(NEW);
  const moves = happening<"moved">({ session: GROUP_SESSION }, "unused", { kind: "moved", to: NEW });
  const inNew = (number: number, text: string, addressed = true) =>
    groupMessage(number, text, {
      session: NEW,
      chat: { kind: "group", id: "-200", addressed },
      replyTo: { channel: "telegram", chatId: "-200", chatKind: "group" },
    });

  it("keeps its place on the list, its conversation, its activation and what was said", async () => {
    await group().accept(asCommand(mention(1, "/activation always", { sender: ADA }), "activation", "always"));
    await group().accept(asCommand(mention(2, "/activation mention", { sender: ADA }), "activation", "mention"));
    await group().accept(groupMessage(3, "the deadline is Friday"));
    await supergroup().accept(inNew(1, "too early"));
    await group().hear(moves);
    await group().hear(moves);
    await supergroup().accept(inNew(2, "@claw when?"));
    expect(await said(supergroup(), "telegram:77:2")).toEqual(["Ben: the deadline is Friday"]);
    const [message] = await rows<{ conversation: string }>(supergroup(), "SELECT conversation FROM inbox");
    expect(message?.conversation).toBe(`agent:main:telegram:group:${GROUP}`);
  });

  it("gets what still comes to its old id", async () => {
    await group().hear(moves);
    await group().accept(mention(9, "@claw late"));
    // The new group numbers its messages anew: one of its own may have that number.
    await supergroup().accept({ ...inNew(9, "@claw new"), dedupeKeys: ["new:9"] });
    const late = await stored(supergroup(), `moved:${GROUP}:telegram:77:9`);
    expect(late).toMatchObject({ session: NEW, chat: { id: "-200" }, replyTo: { chatId: "-200" } });
    expect(late.replyTo.messageId).toBeUndefined();
    expect((await supergroup().ledger(10)).messages).toHaveLength(2);
    expect((await group().ledger(10)).messages).toEqual([]);
  });

  it("answers a latecomer once, though it is edited under its old id as well", async () => {
    await group().hear(moves);
    const late = mention(9, "@claw late", { sentAt: Date.now() });
    await group().accept(late);
    await group().hear(edited(late, "@claw too late"));
    expect((await group().ledger(10)).messages).toEqual([]);
    expect((await supergroup().ledger(10)).messages).toHaveLength(1);
  });

  it("that would move back to where it came from stays", async () => {
    await group().hear(moves);
    await supergroup().hear({ ...moves, session: NEW, to: GROUP_SESSION });
    await group().accept(mention(9, "@claw hello"));
    expect((await supergroup().ledger(10)).messages).toHaveLength(1);
  });

  it("does not let a group in whose old id was not on the list", async () => {
    const other = groupKey("-998");
    await env.CHANNEL_SESSION.getByName(other).hear({ ...moves, session: other });
    await supergroup().accept(inNew(1, "@claw hi"));
    expect((await supergroup().ledger(10)).messages).toEqual([]);
  });
});
