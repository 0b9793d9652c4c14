import { reset } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ChannelSession } from "../../durable-objects/channel-session/object.ts";
import { TRANSCRIPT_BOUNDS } from "../../protocol/bounds.ts";
import { isTurnId, type TurnId } from "../../protocol/ids.ts";
import type { ImportInvocation, Invocation, QueryInvocation } from "../../protocol/invocation.ts";
import { formatConversationKey } from "../../protocol/session-key.ts";
import { headerLine } from "../../protocol/transcript.ts";
import { WEB_SESSION } from "../../worker/channels/registry.ts";
import { api, directory, OWNER_DM, PATIENCE, rows, said, session } from "./directory-world.ts";
import { directMessage } from "./inbound.ts";

const MAIN = formatConversationKey({ kind: "main", agent: "main" });
const PATH = `/conversations/${encodeURIComponent(MAIN)}/transcript`;
const HEADER = headerLine({ conversation: MAIN, epoch: 0, exportedAt: "2026-11-23T04:00:00.000Z" });
const entry = (id: string, parentId: string | null, content = "hello") =>
  JSON.stringify({ type: "message", id, parentId, message: { role: "user", content, timestamp: 1 } });
const LINES = [HEADER, entry("e1", null), entry("e2", "e1")];

function turn(name: string): TurnId {
  const id = `turn-of-${name}`;
  return isTurnId(id) ? id : expect.fail(id);
}

type Reply = (invocation: Invocation) => Response | Promise<Response>;

/** The runtime, by its wire; what it was asked besides turns, which it takes without a word. */
function runtime(reply: Reply) {
  const asked: (ImportInvocation | QueryInvocation)[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (!url.pathname.endsWith("/invocations")) return credentials();
    const body: Invocation = JSON.parse(await new Response(init?.body).text());
    if (body.kind === "abort") return Response.json({ status: "aborted" });
    if (body.kind === "import" || body.kind === "query") asked.push(body);
    else return await Promise.withResolvers<Response>().promise;
    return await reply(body);
  });
  return asked;
}

function credentials(): Response {
  const expires = new Date(Date.now() + 7_200_000).toISOString();
  const keys = "<AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>";
  return new Response(`<AssumeRoleResponse>${keys}<Expiration>${expires}</Expiration></AssumeRoleResponse>`);
}

const filled = () => Response.json({ entries: 2 });
const post = (lines: readonly string[], path = PATH) => api("POST", path, { lines });
const lane = async () => (await rows(`SELECT * FROM lanes WHERE conversation = '${MAIN}'`))[0];
const begin = (name: string, from = OWNER_DM) =>
  directory().beginTurn(MAIN, turn(name), from, 0, [], { title: "Ada", isOpening: true });

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

describe("an export", () => {
  it("gives the pages of an epoch, the newest unless told otherwise", async () => {
    const page = { what: "transcript", lines: LINES, next: 3 };
    const asked = runtime(() => Response.json(page));
    await begin("first");
    await directory().startEpoch(MAIN);
    expect(await api("GET", PATH)).toMatchObject({ status: 200, body: { epoch: 1, lines: LINES, next: 3 } });
    expect(await api("GET", `${PATH}?epoch=0&from=3`)).toMatchObject({ body: { epoch: 0 } });
    expect(asked).toMatchObject([
      { kind: "query", conversation: MAIN, epoch: 1, space: "owner", ask: { what: "transcript", from: 0 } },
      { epoch: 0, ask: { from: 3 } },
    ]);
    expect(asked[0]?.grants).toMatchObject({ models: {}, blobs: { credentials: { sessionToken: "T" } } });
  });

  it("says what is not there", async () => {
    runtime(() => Response.json({ what: "transcript", lines: [], next: null }));
    expect(await api("GET", PATH)).toMatchObject({ status: 404, body: { error: "unknown_conversation" } });
    await begin("first");
    expect(await api("GET", PATH)).toMatchObject({ status: 404, body: { error: "no_transcript" } });
    expect(await api("GET", `${PATH}?epoch=-1`)).toMatchObject({ status: 400, body: { error: "malformed_query" } });
    const other = "/conversations/agent%3Aother%3Amain/transcript";
    expect(await api("GET", other)).toMatchObject({ status: 400, body: { error: "malformed_conversation_key" } });
    runtime(() => new Response(null, { status: 500 }));
    expect(await api("GET", PATH)).toMatchObject({ status: 503, body: { error: "transcript_unavailable" } });
  });
});

describe("an import", () => {
  it("stops the turn that runs, fills a new epoch under a new fence, and lets the next turn go on there", async () => {
    const asked = runtime(filled);
    await session(OWNER_DM).accept(directMessage(1));
    await vi.waitFor(async () => expect(await lane()).toMatchObject({ fence: 1, session: OWNER_DM }), PATIENCE);
    await directory().nameConversation(MAIN, "Before");
    expect(await begin("waits", WEB_SESSION)).toMatchObject({ kind: "busy" });
    expect(await post(LINES)).toMatchObject({ status: 200, body: { epoch: 1, entries: 2 } });
    expect(asked).toMatchObject([{ kind: "import", conversation: MAIN, epoch: 1, space: "owner", lines: LINES }]);
    expect(await lane()).toMatchObject({ epoch: 1, name: null, import_epoch: null });
    expect(Number((await lane())?.["fence"])).toBe(asked[0]?.kind === "import" ? asked[0].fence : -1);
    expect(await said(OWNER_DM)).toEqual([expect.stringContaining("Stopped")]);
    const granted = await begin("waits", WEB_SESSION);
    expect(granted).toMatchObject({ kind: "granted", epoch: 1 });
  });

  it("lets nobody begin meanwhile, and tells who waits when it is over", async () => {
    const gate = Promise.withResolvers<void>();
    const asked = runtime(() => gate.promise.then(filled));
    const free = vi.spyOn(ChannelSession.prototype, "laneFree");
    await begin("long");
    expect(await begin("waits", WEB_SESSION)).toMatchObject({ kind: "busy" });
    const imported = post(LINES);
    await vi.waitFor(() => expect(asked).toHaveLength(1), PATIENCE);
    expect(await begin("meanwhile")).toMatchObject({ kind: "busy" });
    expect(await directory().listConversations()).toMatchObject([{ lane: { state: "closed" } }]);
    expect(await post(LINES)).toMatchObject({ status: 503, body: { error: "transcript_unavailable" } });
    gate.resolve();
    expect(await imported).toMatchObject({ status: 200 });
    await vi.waitFor(() => expect(free).toHaveBeenCalledTimes(1), PATIENCE);
    expect(await begin("meanwhile")).toMatchObject({ kind: "granted", epoch: 1 });
  });

  it("goes on in the same epoch after a break, which no turn gets meanwhile", async () => {
    let reply: Reply = () => new Response(null, { status: 500 });
    const asked = runtime((invocation) => reply(invocation));
    await begin("first");
    await directory().leaveLane(MAIN, turn("first"));
    expect(await post(LINES)).toMatchObject({ status: 503, body: { error: "transcript_unavailable" } });
    expect(await begin("between")).toMatchObject({ kind: "granted", epoch: 0 });
    await directory().leaveLane(MAIN, turn("between"));
    reply = filled;
    expect(await post(LINES)).toMatchObject({ body: { epoch: 1 } });
    expect(asked.map(({ epoch }) => epoch)).toEqual([1, 1]);
  });

  it("takes another epoch when the agent says no, and none of a half-filled one", async () => {
    let reply: Reply = () => Response.json({ error: { code: "transcript_taken", message: "no" } });
    const asked = runtime((invocation) => reply(invocation));
    expect(await post(LINES)).toMatchObject({ status: 503 });
    expect(await begin("between")).toMatchObject({ epoch: 0 });
    await directory().leaveLane(MAIN, turn("between"));
    reply = filled;
    expect(await post(LINES)).toMatchObject({ body: { epoch: 2 } });
    expect(asked.map(({ epoch }) => epoch)).toEqual([1, 2]);
  });

  it("changes nothing when the conversation was begun anew meanwhile", async () => {
    const gate = Promise.withResolvers<void>();
    const asked = runtime(() => gate.promise.then(filled));
    const imported = post(LINES);
    await vi.waitFor(() => expect(asked).toHaveLength(1), PATIENCE);
    const epoch = await directory().startEpoch(MAIN);
    gate.resolve();
    expect(await imported).toMatchObject({ status: 409, body: { error: "import_overtaken" } });
    expect(await lane()).toMatchObject({ epoch });
    expect(epoch).toBe(2);
  });

  it.each([
    ["no header", LINES.slice(1), 400, { error: "malformed_transcript", line: 1 }],
    ["a line that is none", [...LINES, "{}"], 400, { error: "malformed_transcript", line: 4 }],
    [
      "a later version",
      [JSON.stringify({ ...(JSON.parse(HEADER) as object), version: 2 }), ...LINES.slice(1)],
      400,
      { error: "newer_transcript", version: 2 },
    ],
    [
      "more bytes than there is room for",
      [HEADER, entry("e1", null, "x".repeat(TRANSCRIPT_BOUNDS.importMaxBytes))],
      413,
      { error: "transcript_too_large" },
    ],
  ])("refuses %s, and touches nothing", async (_what, lines, status, body) => {
    const asked = runtime(filled);
    await begin("first");
    const before = await lane();
    expect(await post(lines)).toMatchObject({ status, body });
    expect([await lane(), asked]).toEqual([before, []]);
  });

  it("refuses a conversation that nobody has had, and one that is none", async () => {
    const asked = runtime(filled);
    const person = encodeURIComponent(formatConversationKey({ kind: "person", agent: "main", personId: "telegram-9" }));
    expect(await post(LINES, `/conversations/${person}/transcript`)).toMatchObject({
      status: 404,
      body: { error: "unknown_conversation" },
    });
    expect(await post(LINES, "/conversations/main/transcript")).toMatchObject({ status: 400 });
    expect(await api("POST", PATH, "no json")).toMatchObject({ status: 400, body: { error: "malformed_body" } });
    expect(asked).toEqual([]);
  });
});
