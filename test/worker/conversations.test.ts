import { reset, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AgentDirectory } from "../../durable-objects/agent-directory/object.ts";
import { TRANSCRIPT_BOUNDS } from "../../protocol/bounds.ts";
import { isTurnId, type TurnId } from "../../protocol/ids.ts";
import type { TurnInvocation } from "../../protocol/invocation.ts";
import { formatConversationKey } from "../../protocol/session-key.ts";
import { WEB_SESSION } from "../../worker/channels/registry.ts";
import { ask, letIn, rows, said, says, sessionOf } from "./command-chats.ts";
import { directory, OWNER_DM, PATIENCE, set } from "./directory-world.ts";
import { ADA, BEN, GROUP_SESSION, groupMessage, mention } from "./group-inbound.ts";
import { webMessage } from "./inbound.ts";

const MAIN = formatConversationKey({ kind: "main", agent: "main" });
const GROUP = formatConversationKey({
  kind: "group",
  agent: "main",
  channel: "telegram",
  chatKind: "group",
  chatId: "-100",
});
const HOUR_MS = 3_600_000;

function turn(name: string): TurnId {
  const id = `turn-of-${name}`;
  return isTurnId(id) ? id : expect.fail(id);
}
const inGroup = (number: number, name: string, rest: string, sender: typeof ADA) =>
  mention(number, `/${name} ${rest}`, { sender, command: { name, rest } });

/** An agent that takes every turn and says nothing; what it was asked. */
function silentAgent(): TurnInvocation[] {
  const asked: TurnInvocation[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.pathname.endsWith("/invocations")) {
      const body: TurnInvocation = JSON.parse(await new Response(init?.body).text());
      if (body.kind === "turn") asked.push(body);
      return await Promise.withResolvers<Response>().promise;
    }
    const expires = new Date(Date.now() + 2 * HOUR_MS).toISOString();
    const keys = "<AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>";
    return new Response(`<AssumeRoleResponse>${keys}<Expiration>${expires}</Expiration></AssumeRoleResponse>`);
  });
  return asked;
}

beforeEach(
  () => void vi.spyOn(globalThis, "fetch").mockImplementation(() => Promise.withResolvers<Response>().promise),
);
afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await reset();
});

describe("/name", () => {
  it("names the conversation on all channels, until it begins anew", async () => {
    expect(await said(says("/name"))).toMatch(/no name of its own; it is called `main`.*\/name TEXT/su);
    expect(await said(says("/name Trip  to\n Lisbon"))).toContain("is called `Trip to Lisbon`");
    expect(await said({ ...webMessage(1, "/name"), command: { name: "name", rest: "" } })).toContain("Trip to Lisbon");
    expect(await said(says("/status"))).toContain("🏷️ Name: `Trip to Lisbon` (set here)");
    expect(await said(says("/name default"))).toContain("called `main`");
    await said(says("/name Lisbon"));
    await said(says("/new"));
    expect(await said(says("/name"))).toContain("called `main`");
  });

  it("takes no more of a name than there is room for, and none that shows nothing", async () => {
    const long = "x".repeat(TRANSCRIPT_BOUNDS.nameMax + 20);
    expect(await said(says(`/name ${long}`))).toContain(`\`${"x".repeat(TRANSCRIPT_BOUNDS.nameMax)}\``);
    expect(await said(says("/name \u202e\u0007"))).toContain("nothing in that name");
    expect((await directory().describeConversation(MAIN)).name).toHaveLength(TRANSCRIPT_BOUNDS.nameMax);
  });

  it("shows a group its name, which only the owner changes", async () => {
    const group = sessionOf(groupMessage(1, ""));
    await group.accept(mention(1, "@claw hello"));
    await vi.waitFor(async () =>
      expect(await directory().describeConversation(GROUP)).toMatchObject({ isFresh: false }),
    );
    expect(await said(inGroup(2, "name", "", BEN))).toContain("it is called `Team`");
    expect(await said(inGroup(3, "name", "Others", BEN))).toContain("Only my owner");
    expect(await said(inGroup(4, "name", "Ours", ADA))).toContain("`Ours`");
    expect((await directory().describeConversation(GROUP)).name).toBe("Ours");
    expect((await directory().describeConversation(MAIN)).name).toBeNull();
  });

  it("is the person's own name by itself where they are known", async () => {
    await letIn("8");
    expect(await said(says("/name", "8"))).toMatch(/it is called `Ada`/u);
  });
});

describe("/compact and /context", () => {
  it("reach the agent as a turn of their own, with what follows them", async () => {
    const asked = silentAgent();
    const stub = sessionOf(says(""));
    const long = "x".repeat(TRANSCRIPT_BOUNDS.instructionsMax + 1);
    const compact = says(`/compact ${long}`);
    await stub.accept(compact);
    await stub.accept(says("and then?"));
    await vi.waitFor(() => expect(asked).toHaveLength(1), PATIENCE);
    expect(asked[0]?.messages).toMatchObject([
      { id: compact.id, command: { name: "compact", rest: "x".repeat(TRANSCRIPT_BOUNDS.instructionsMax) } },
    ]);
    expect(await rows(stub, "SELECT kind, state FROM inbox ORDER BY seq")).toMatchObject([
      { kind: "turn", state: "leased" },
      { kind: "turn", state: "accepted" },
    ]);
  });

  it("are what they are after a restart, and a slash word of nobody's is not", async () => {
    const stub = sessionOf(says(""));
    await stub.accept(says("hello"));
    await stub.accept(says("/context detail"));
    await stub.accept(says("/skill weather"));
    const open = await runInDurableObject(stub, async (_object, { storage }) => {
      const { loadState } = await import("../../durable-objects/channel-session/inbox.ts");
      return loadState(storage.sql).open;
    });
    expect(open.map(({ isAlone, isCommand }) => [isAlone, isCommand])).toEqual([
      [undefined, undefined],
      [true, true],
      [undefined, undefined],
    ]);
  });

  it("end with /stop, and leave what was said in a group for the next message", async () => {
    const group = sessionOf(groupMessage(1, ""));
    await group.accept(groupMessage(1, "the deadline is Friday"));
    await group.accept(inGroup(2, "compact", "", BEN));
    expect(await rows(group, "SELECT json_extract(body, '$.context') AS said FROM inbox")).toEqual([{ said: null }]);
    expect(await said(inGroup(3, "stop", "", BEN))).toContain("Stopped");
    expect(await rows(group, "SELECT state FROM inbox WHERE kind = 'turn'")).toEqual([{ state: "stopped" }]);
    await group.accept(mention(4, "@claw when?"));
    const [next] = await rows<{ body: string }>(group, "SELECT body FROM inbox ORDER BY seq DESC LIMIT 1");
    expect(next?.body).toContain("the deadline is Friday");
  });

  it("count in a group as other commands do: by mention, or from the owner", async () => {
    const group = sessionOf(groupMessage(1, ""));
    const command = { name: "compact", rest: "" };
    await group.accept(groupMessage(1, "/compact", { sender: BEN, command }));
    expect((await group.ledger(5)).messages).toEqual([]);
    await group.accept(groupMessage(2, "/compact", { sender: ADA, command }));
    expect((await group.ledger(5)).messages).toHaveLength(1);
  });
});

describe("/status", () => {
  it("says that nothing was said yet, then since when", async () => {
    expect(await said(says("/status"))).toContain("🕰️ Began: nothing was said in it yet");
    await sessionOf(says("")).accept(says("hello"));
    await vi.waitFor(async () => expect((await directory().describeConversation(MAIN)).isFresh).toBe(false));
    expect(await said(says("/status"))).toMatch(/🕰️ Began: \w+ \d+, \d{4}/u);
  });

  it("is shown without what the directory knows when that does not answer", async () => {
    vi.spyOn(AgentDirectory.prototype, "describeConversation").mockImplementation(() => {
      throw new Error("the directory is out of reach");
    });
    const { text } = await ask(says("/status"));
    expect(text).toContain("Conversation: `agent:main:main`");
    expect(text).not.toContain("🏷️");
  });
});

describe("a conversation that begins anew by itself", () => {
  const START = Date.UTC(2026, 10, 22, 22);
  const epochOf = async () => (await directory().describeConversation(MAIN)).epoch;
  const opens = (name: string, session = OWNER_DM) =>
    directory().beginTurn(MAIN, turn(name), session, 0, [], { title: "Ada", isOpening: true });

  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: START }));

  it("does so with the first message after the time of the day, once for all channels", async () => {
    await set({ "conversations.dailyReset": "04:00", timezone: "Europe/Berlin" });
    expect(await opens("evening")).toMatchObject({ kind: "granted", epoch: 0 });
    await directory().leaveLane(MAIN, turn("evening"));
    vi.setSystemTime(START + 5 * HOUR_MS - 1); // 03:59 in Berlin
    expect(await opens("night")).toMatchObject({ epoch: 0 });
    vi.setSystemTime(START + 9 * HOUR_MS);
    // The turn of the night is resumed by its session; it goes on where it began.
    expect(await directory().beginTurn(MAIN, turn("night"), OWNER_DM, 0)).toMatchObject({ epoch: 0 });
    await directory().leaveLane(MAIN, turn("night"));
    expect(await opens("morning", WEB_SESSION)).toMatchObject({ kind: "granted", epoch: 1 });
    expect(await opens("morning", WEB_SESSION)).toMatchObject({ epoch: 1 });
    await directory().leaveLane(MAIN, turn("morning"));
    expect(await opens("noon")).toMatchObject({ epoch: 1 });
  });

  it("does so after a pause, and never by itself if nobody has said so", async () => {
    await opens("first");
    await directory().leaveLane(MAIN, turn("first"));
    vi.setSystemTime(START + 100 * 24 * HOUR_MS);
    await opens("second");
    await directory().leaveLane(MAIN, turn("second"));
    expect(await epochOf()).toBe(0);
    await set({ "conversations.idleResetMinutes": 30 });
    vi.setSystemTime(Date.now() + HOUR_MS);
    expect(await opens("third")).toMatchObject({ epoch: 1 });
  });

  it("is asked for by the message that begins a turn, and by no command", async () => {
    const begun = vi.spyOn(AgentDirectory.prototype, "beginTurn");
    const origin = () => begun.mock.lastCall?.[5];
    await sessionOf(says("")).accept(says("hello"));
    await vi.waitFor(() => expect(origin()).toMatchObject({ title: "Ada", isOpening: true }), PATIENCE);
    await letIn("8");
    begun.mockClear();
    await sessionOf(says("", "8")).accept(says("/context", "8"));
    await vi.waitFor(() => expect(origin()).toMatchObject({ title: "Ada", isOpening: false }), PATIENCE);
    begun.mockClear();
    await sessionOf(groupMessage(1, "")).accept(mention(1, "@claw hello"));
    await vi.waitFor(() => expect(origin()).toMatchObject({ title: "Team", isOpening: true }), PATIENCE);
  });
});

describe("the list of conversations", () => {
  it("has each with what it is called, where it is written, and who is at work", async () => {
    await directory().beginTurn(MAIN, turn("owner"), OWNER_DM, 0, [], { title: "Ada", isOpening: true });
    await directory().leaveLane(MAIN, turn("owner"));
    await directory().beginTurn(MAIN, turn("web"), WEB_SESSION, 0, [], { title: "owner", isOpening: true });
    await directory().beginTurn(GROUP, turn("group"), GROUP_SESSION, 0, [], { title: "Team", isOpening: true });
    await directory().leaveLane(GROUP, turn("group"));
    await directory().nameConversation(GROUP, "Ours");
    const listed = await directory().listConversations();
    expect(listed).toHaveLength(2);
    expect(listed.find(({ conversation }) => conversation === MAIN)).toMatchObject({
      name: null,
      defaultName: "main",
      epoch: 0,
      lane: { state: "held", session: WEB_SESSION, isLate: false },
    });
    expect(new Set(listed.find(({ conversation }) => conversation === MAIN)?.sessions)).toEqual(
      new Set([OWNER_DM, WEB_SESSION]),
    );
    expect(listed.find(({ conversation }) => conversation === GROUP)).toMatchObject({
      name: "Ours",
      defaultName: "Team",
      lane: { state: "free" },
    });
    expect(
      await directory().findConversation(formatConversationKey({ kind: "person", agent: "main", personId: "x" })),
    ).toBeNull();
  });
});
