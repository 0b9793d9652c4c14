import { abortAllDurableObjects, reset, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ChannelSession } from "../../durable-objects/channel-session/object.ts";
import type { DeadLetter } from "../../protocol/dead-letter.ts";
import { isInboundId, isTurnId, type TurnId } from "../../protocol/ids.ts";
import type { ForgetInvocation } from "../../protocol/invocation.ts";
import { formatConversationKey, formatSessionKey, type SessionKey } from "../../protocol/session-key.ts";
import {
  api,
  countRows,
  directory,
  dm,
  letIn,
  OWNER_DM,
  PATIENCE,
  roleIn,
  rows,
  session,
  set,
} from "./directory-world.ts";
import { directMessage } from "./inbound.ts";

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

const conversationOf = (personId: string) => formatConversationKey({ kind: "person", agent: "main", personId });
const groupOf = (chatId: string) => formatSessionKey({ agent: "main", channel: "telegram", chatKind: "group", chatId });

function turn(text: string): TurnId {
  return isTurnId(text) ? text : expect.fail(text);
}

/** AWS, as far as forgetting needs it: STS hands out keys, the agent answers what it is told to. */
function standIn(reply: () => Response | Promise<Response>) {
  const asked: ForgetInvocation[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const url = new URL(new Request(input).url);
    if (url.pathname.endsWith("/invocations")) {
      const body: ForgetInvocation = JSON.parse(await new Response(init?.body).text());
      if (body.kind === "forget") asked.push(body);
      return body.kind === "forget" ? reply() : new Response(null, { status: 521 });
    }
    const expires = new Date(Date.now() + 7_200_000).toISOString();
    const keys = `<AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>`;
    return url.pathname === "/"
      ? new Response(`<AssumeRoleResponse>${keys}<Expiration>${expires}</Expiration></AssumeRoleResponse>`)
      : new Response(null, { status: 521 });
  });
  return asked;
}
const gone = () => Response.json({ transcripts: 2, files: 3, blobs: 5 });

/** Somebody has written, and the directory knows of it. */
async function writes(chatId: string): Promise<void> {
  await session(dm(chatId)).accept(directMessage(1, chatId));
  await vi.waitFor(async () => expect(await directory().knowsSession(dm(chatId))).toBe(true), PATIENCE);
}

function letter(key: SessionKey, seq: number): DeadLetter {
  const inboundId = `telegram:77:${seq}`;
  if (!isInboundId(inboundId)) throw new Error(inboundId);
  return { session: key, seq, inboundId, turnId: null, part: 1, parts: 1, reason: "x", deadAt: Date.now() };
}

describe("forgetting", () => {
  it("removes what sessions, agent and directory hold of somebody, and nothing else, with a receipt", async () => {
    const asked = standIn(gone);
    await letIn("1");
    await writes("1");
    await writes("7");
    await directory().beginTurn(groupConversation("-100"), turn("turn-in-group"), groupOf("-100"), 0);
    const fence = Number((await rows(`SELECT fence FROM lanes WHERE conversation LIKE '%telegram-1'`))[0]?.["fence"]);
    for (const key of [dm("1"), OWNER_DM]) {
      const conversation = conversationOf(key === OWNER_DM ? "telegram-7" : "telegram-1");
      await directory().report({ session: key, conversation, deadLetters: [letter(key, 1)] });
    }
    const before = Date.now();
    const outcome = await directory().forgetPerson("telegram-1");
    expect(outcome).toMatchObject({
      kind: "forgotten",
      receipt: {
        personId: "telegram-1",
        peers: ["telegram:1"],
        sessions: 1,
        messages: 1,
        transcripts: 2,
        files: 3,
        blobs: 5,
        groups: 1,
      },
    });
    expect(outcome.kind === "forgotten" && outcome.receipt.forgottenAt).toBeGreaterThanOrEqual(before);
    expect(asked).toMatchObject([
      { conversation: conversationOf("telegram-1"), space: "person:telegram-1", fence: fence + 1 },
    ]);
    expect(asked[0]?.grants).toMatchObject({ models: {}, blobs: { credentials: { sessionToken: "T" } } });

    const tables = ["people", "peers", "sessions", "dead_letters", "errands", "codes"];
    const left = (await Promise.all(tables.map((table) => rows(`SELECT * FROM ${table}`)))).flat();
    expect(JSON.stringify(left)).not.toMatch(/direct:1"|telegram-1"|Person 1/);
    expect(JSON.stringify(left)).toContain(OWNER_DM);
    expect((await session(dm("1")).ledger(5)).messages).toEqual([]);
    expect((await session(OWNER_DM).ledger(5)).messages).toHaveLength(1);
    expect(await roleIn(dm("1"))).toBe("stranger");
    // What is left of them is a counter, so that no old turn can come back.
    const [lane] = await rows(`SELECT * FROM lanes WHERE conversation LIKE '%telegram-1'`);
    expect(lane).toMatchObject({ fence: fence + 1, session: null, turn_id: null, waiting: "[]" });
  });

  it("takes somebody out of a notice to the owner, and leaves the others in it", async () => {
    standIn(gone);
    vi.spyOn(ChannelSession.prototype, "tellOwner").mockImplementation(() => {
      throw new Error("out of reach");
    });
    await letIn("1");
    await runInDurableObject(directory(), (object) => {
      const theirs = { session: dm("1"), conversation: conversationOf("telegram-1") };
      const ofOthers = { session: groupOf("-5"), conversation: groupConversation("-5") };
      for (const report of [theirs, ofOthers]) {
        object.report({ ...report, deadLetters: [letter(report.session, 1)] });
      }
    });
    await vi.waitFor(async () => expect(await countRows("owner_notices")).toBe(1), PATIENCE);
    expect(await directory().forgetPerson("telegram-1")).toMatchObject({ kind: "forgotten" });
    const notices = JSON.stringify(await rows("SELECT body FROM owner_notices"));
    expect(notices).not.toContain("direct:1");
    expect(notices).toContain("group:-5");
  });

  it("works for whom only an open door let in, and for a person of whom nothing but a conversation is left", async () => {
    const asked = standIn(gone);
    await set({ "access.dmPolicy": "open" });
    await writes("30");
    expect(await directory().forgetPerson("telegram-30")).toMatchObject({
      receipt: { peers: ["telegram:30"], sessions: 1, messages: 1 },
    });
    await set({ "access.dmPolicy": "pairing" });
    await letIn("31");
    await writes("31");
    await directory().removePerson("telegram-31");
    expect(await directory().forgetPerson("telegram-31")).toMatchObject({ receipt: { sessions: 1, messages: 1 } });
    expect(asked.map(({ space }) => space)).toEqual(["person:telegram-30", "person:telegram-31"]);
  });

  it("leaves to a person what came with a channel that they took along", async () => {
    standIn(gone);
    await letIn("1");
    await letIn("2");
    await writes("2");
    const link = await directory().askLink(dm("1"));
    await directory().takeLink(dm("2"), link.kind === "code" ? link.code : "", "Bo");
    await directory().beginTurn(conversationOf("telegram-1"), turn("turn-of-the-second"), dm("2"), 0);
    expect(await directory().forgetPerson("telegram-2")).toMatchObject({ receipt: { peers: [], sessions: 0 } });
    expect(await roleIn(dm("2"))).toBe("telegram-1");
    expect(await directory().forgetPerson("telegram-1")).toMatchObject({
      receipt: { peers: ["telegram:1", "telegram:2"], sessions: 2 },
    });
  });

  it("removes what somebody was on a channel before they joined it", async () => {
    const asked = standIn(gone);
    await letIn("1");
    await letIn("2");
    await writes("1");
    await writes("2");
    const link = await directory().askLink(dm("1"));
    await directory().takeLink(dm("2"), link.kind === "code" ? link.code : "", "Bo");
    expect(await directory().forgetPerson("telegram-1")).toMatchObject({
      receipt: { sessions: 2, messages: 2, transcripts: 4, files: 6, blobs: 10 },
    });
    expect(asked.map(({ space }) => space)).toEqual(["person:telegram-1", "person:telegram-2"]);
    expect(await directory().listPeople()).toMatchObject([{ role: "owner" }]);
  });

  it("is refused for the owner and for nobody, and asks the agent nothing then", async () => {
    const asked = standIn(gone);
    expect(await directory().forgetPerson("telegram-7")).toEqual({ kind: "refused", code: "is_owner" });
    for (const id of ["telegram-9", "main", "owner", "", "x".repeat(600), "a\u0000b", "\uD800"]) {
      expect(await directory().forgetPerson(id), JSON.stringify(id)).toEqual({
        kind: "refused",
        code: "unknown_person",
      });
    }
    expect(asked).toEqual([]);
  });

  it("works for somebody who is listed, who can go on writing", async () => {
    standIn(gone);
    await set({ "access.allowFrom": ["telegram:7", "telegram:8"] });
    await writes("8");
    expect(await directory().forgetPerson("telegram-8")).toMatchObject({ receipt: { messages: 1 } });
    expect(await roleIn(dm("8"))).toBe("telegram-8");
  });
});

describe("forgetting that breaks off", () => {
  it.each([
    ["the agent is out of reach", () => new Response(null, { status: 500 })],
    ["the agent refuses", () => Response.json({ error: { code: "storage_unavailable", message: "busy" } })],
    ["the agent answers something else", () => Response.json({ transcripts: "all" })],
  ])("gives no receipt when %s, and can be repeated", async (_what, reply) => {
    const asked = standIn(reply);
    await letIn("1");
    await writes("1");
    expect(await directory().forgetPerson("telegram-1")).toEqual({ kind: "refused", code: "unavailable" });
    expect(await directory().listPeople()).toMatchObject([{ role: "owner" }, { personId: "telegram-1" }]);
    expect(await directory().knowsSession(dm("1"))).toBe(true);
    vi.restoreAllMocks();
    const again = standIn(gone);
    await abortAllDurableObjects();
    expect(await directory().forgetPerson("telegram-1")).toMatchObject({ kind: "forgotten", receipt: { files: 3 } });
    expect(again[0]?.fence).toBeGreaterThan(asked[0]?.fence ?? Number.POSITIVE_INFINITY);
    expect(await directory().knowsSession(dm("1"))).toBe(false);
  });

  it("gives no receipt when a session is out of reach, and has not asked the agent yet", async () => {
    const asked = standIn(gone);
    await letIn("1");
    await writes("1");
    const forget = vi.spyOn(ChannelSession.prototype, "forget").mockRejectedValueOnce(new Error("out of reach"));
    expect(await directory().forgetPerson("telegram-1")).toEqual({ kind: "refused", code: "unavailable" });
    expect(asked).toEqual([]);
    forget.mockRestore();
    expect(await directory().forgetPerson("telegram-1")).toMatchObject({ receipt: { messages: 1 } });
  });

  it("takes along what the person writes meanwhile, which nobody would find later", async () => {
    let isHeld = true;
    const asked = standIn(async () => {
      // Not a promise of the test's: the directory may wait only for what is its own.
      while (isHeld) await new Promise((wake) => setTimeout(wake, 10));
      return gone();
    });
    await letIn("1");
    await writes("1");
    const forgetting = directory().forgetPerson("telegram-1");
    await vi.waitFor(() => expect(asked).toHaveLength(1), PATIENCE);
    await session(dm("1")).accept(directMessage(2, "1"));
    isHeld = false;
    expect(await forgetting).toMatchObject({ receipt: { messages: 2 } });
    expect((await session(dm("1")).ledger(5)).messages).toEqual([]);
  });

  it("lets no turn of the person begin meanwhile, and nobody forget them twice at once", async () => {
    const held = Promise.withResolvers<Response>();
    standIn(gone);
    const calling = vi.spyOn(ChannelSession.prototype, "forget").mockImplementation(async () => {
      await held.promise;
      return { messages: 0 };
    });
    await set({ "access.allowFrom": ["telegram:7", "telegram:8"] });
    await writes("8");
    const forgetting = directory().forgetPerson("telegram-8");
    await vi.waitFor(() => expect(calling).toHaveBeenCalled(), PATIENCE);
    const begin = () => directory().beginTurn(conversationOf("telegram-8"), turn("turn-meanwhile"), dm("8"), 0);
    expect(await begin()).toMatchObject({ kind: "busy" });
    expect(await directory().forgetPerson("telegram-8")).toEqual({ kind: "refused", code: "unavailable" });
    held.resolve(new Response());
    expect(await forgetting).toMatchObject({ kind: "forgotten" });
    expect(await begin()).toMatchObject({ kind: "granted" });
  });
});

describe("removing", () => {
  it("takes the leave to speak of somebody with all their channels, and tells their sessions", async () => {
    await letIn("1");
    await writes("1");
    const told = vi.spyOn(ChannelSession.prototype, "accessChanged");
    expect(await directory().removePerson("telegram-1")).toEqual({
      kind: "removed",
      personId: "telegram-1",
      peers: ["telegram:1"],
    });
    expect(await roleIn(dm("1"))).toBe("stranger");
    await vi.waitFor(() => expect(told).toHaveBeenCalled(), PATIENCE);
    await vi.waitFor(async () => expect(await countRows("errands")).toBe(0), PATIENCE);
    expect(await directory().removePerson("telegram-1")).toEqual({ kind: "refused", code: "unknown_person" });
  });

  it("is refused for the owner, for whom the configuration lists, and for nobody", async () => {
    await set({ "access.allowFrom": ["telegram:7", "telegram:8"] });
    expect(await directory().removePerson("telegram-7")).toEqual({ kind: "refused", code: "is_owner" });
    expect(await directory().removePerson("telegram-8")).toEqual({ kind: "refused", code: "is_listed" });
    expect(await directory().removePerson("telegram-9")).toEqual({ kind: "refused", code: "unknown_person" });
    await set({ "access.allowFrom": [] });
    await letIn("5");
    expect(await directory().removePerson("telegram-5")).toEqual({ kind: "refused", code: "is_owner" });
  });
});

describe("over HTTP", () => {
  it("people are listed, removed and forgotten, and each refusal has its status", async () => {
    const asked = standIn(gone);
    await letIn("1");
    await writes("1");
    expect(await api("GET", "/people")).toMatchObject({
      status: 200,
      body: {
        people: [
          { personId: "telegram-7", role: "owner" },
          { personId: "telegram-1", name: "Person 1" },
        ],
      },
    });
    expect(await api("DELETE", "/people/telegram-7")).toMatchObject({ status: 409, body: { error: "is_owner" } });
    expect(await api("DELETE", "/people/telegram-9")).toMatchObject({ status: 404, body: { error: "unknown_person" } });
    expect(await api("POST", "/people/telegram-7/forget")).toMatchObject({ status: 409, body: { error: "is_owner" } });
    expect(await api("POST", "/people/telegram-9/forget")).toMatchObject({ status: 404 });
    expect(await api("POST", "/people/telegram-1/forget")).toMatchObject({
      status: 200,
      body: { receipt: { personId: "telegram-1", transcripts: 2 } },
    });
    expect(asked).toHaveLength(1);
    await letIn("2");
    expect(await api("DELETE", "/people/telegram-2")).toMatchObject({ status: 200, body: { kind: "removed" } });
    await set({ "access.allowFrom": ["telegram:7", "whatsapp:+49"] });
    expect(await api("DELETE", "/people/whatsapp-%2B49")).toMatchObject({ status: 409, body: { error: "is_listed" } });
  });

  it("nobody is forgotten while the agent is out of reach", async () => {
    await letIn("1");
    expect(await api("POST", "/people/telegram-1/forget")).toMatchObject({
      status: 503,
      body: { error: "unavailable" },
    });
    expect(await roleIn(dm("1"))).toBe("telegram-1");
  });
});

function groupConversation(chatId: string) {
  return formatConversationKey({ kind: "group", agent: "main", channel: "telegram", chatKind: "group", chatId });
}
