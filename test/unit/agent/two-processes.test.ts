/** Two agent processes for one session: whatever the first was doing when the second took over, it commits nothing. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChatCompletionRequest, LLMock } from "@copilotkit/aimock";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Databases } from "../../../agent-container/src/stores/databases.ts";
import type { Owner } from "../../../agent-container/src/stores/owner.ts";
import type { TurnInvocation } from "../../../protocol/invocation.ts";
import { isConversationKey } from "../../../protocol/session-key.ts";
import { isSpaceId } from "../../../protocol/space.ts";
import { call, run, TurnStream } from "./agent-client.ts";
import { type AgentProcess, startAgentProcess } from "./agent-process.ts";
import { type BlobServer, startBlobServer } from "./blob-server.ts";
import { PROCESS_TEST_MS } from "./eventually.ts";
import { type FailPointDriver, startFailPointDriver } from "./held-points.ts";
import { abort, promptMessage, query, resume, turn } from "./invocations.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS, hookTimeout: PROCESS_TEST_MS });

let dir: string;
let blobs: BlobServer;
let driver: FailPointDriver;
const models: Record<"first" | "second", LLMock> = { first: quietModel(), second: quietModel() };
let first: AgentProcess;
let second: AgentProcess;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "agent-two-"));
  [blobs, driver] = await Promise.all([startBlobServer(), startFailPointDriver()]);
  await Promise.all([models.first.start(), models.second.start()]);
  for (const who of ["first", "second"] as const) models[who].on({}, (request) => answerOf(who, request));
  const at = (name: string) => ({ stateDir: join(dir, "state"), workDir: join(dir, name) });
  [first, second] = await Promise.all([
    startAgentProcess({ ...at("first"), nodeArgs: driver.nodeArgs }),
    startAgentProcess(at("second")),
  ]);
});
afterAll(async () => {
  await Promise.all([first.kill("SIGKILL"), second.kill("SIGKILL")]);
  await Promise.all([driver.close(), blobs.close(), models.first.stop(), models.second.stop()]);
  await rm(dir, { recursive: true });
});

function quietModel(): LLMock {
  return new LLMock({ port: 0, logLevel: "silent" });
}

/** A message with this word keeps the first model thinking until it is told to go on. */
const PONDER = "ponder";
const pondering = { asked: Promise.withResolvers<void>(), over: Promise.withResolvers<void>() };

/** Writes a file that names the process that the model answers to, until it reads that it is written. */
async function answerOf(who: "first" | "second", { messages }: ChatCompletionRequest) {
  const last = messages.at(-1);
  if (who === "first" && JSON.stringify(last?.content).includes(PONDER)) {
    pondering.asked.resolve();
    await pondering.over.promise;
  }
  if (last?.role === "tool" && JSON.stringify(last.content).includes("one.md ("))
    return { content: `Answered: ${who}.` };
  return {
    toolCalls: [{ name: "write", arguments: JSON.stringify({ path: "one.md", content: `by the ${who}` }) }],
  };
}

/** Each test has a person, and so a conversation and a space, of its own. */
function turnOf(person: number, who: "first" | "second", fields: Parameters<typeof turn>[2] = {}): TurnInvocation {
  const [conversation, space] = [`agent:main:person:telegram-${String(person)}`, `person:telegram-${String(person)}`];
  if (!isConversationKey(conversation) || !isSpaceId(space)) throw new Error("not a person");
  return turn({ blobs: blobs.url, model: models[who].url }, "write", { conversation, space, ...fields });
}

/** The files of the person's space, with the text of the one that is written. */
async function filesOf(asked: TurnInvocation): Promise<readonly unknown[]> {
  const ask = (what: Parameters<typeof query>[1]) => call(second.url, query(asked, what));
  return Promise.all([ask({ what: "file", path: "one.md" }), ask({ what: "files" })]);
}

type EntryRow = { readonly type: unknown; readonly payload: unknown };

/** All that the person's transcript has. */
function entriesOf(owner: Owner): readonly EntryRow[] {
  const databases = new Databases(join(dir, "state"));
  const { space } = databases.of(owner);
  const rows = space.prepare("SELECT custom_type AS type, payload FROM entries ORDER BY seq").all();
  databases.close();
  return rows.map(({ type, payload }) => ({ type, payload }));
}

function answersIn(owner: Owner): readonly unknown[] {
  const answers = entriesOf(owner).filter(({ type }) => type === "answer");
  return answers.map(({ payload }) => JSON.parse(String(payload)).data);
}

/** Where the first process is held, and whose words and file the conversation then has. */
const PLACES = [
  ["before its first question to the model", "turn.begun", "second"],
  ["inside a tool", "tool.ran", "second"],
  ["before a tool's result is journalled", "tool.stored", "second"],
  ["before it moves the head of the workspace", "turn.finishing", "first"],
  ["before its answer entry", "workspace.committed", "first"],
] as const;

describe("a process that another one took over from", () => {
  it.each(PLACES)("%s commits nothing more: the turn ends as the other ends it", async (_, point, who) => {
    const person = 10 + PLACES.findIndex(([, name]) => name === point);
    const asked = turnOf(person, "first");
    const held = driver.hold(point, asked.conversation);
    const passed = new TurnStream(first.url, asked);
    await held.reached;
    const taken = await run(second.url, resume(turnOf(person, "second"), 2));
    held.release();
    await passed.ended;
    expect(passed.events.at(-1)).toMatchObject({ kind: "error", code: "fence_lost", passedBy: 2 });
    const final = taken.of("final")[0];
    expect(final).toMatchObject({ text: `Answered: ${who}.`, consumed: ["telegram:1"] });
    expect(answersIn(asked)).toMatchObject([{ turnId: asked.turnId, text: final?.text, workspace: final?.workspace }]);
    expect((await filesOf(asked))[0]).toMatchObject({ text: `by the ${who}` });
    const again = await run(first.url, resume(asked, 3));
    expect(again.of("final")[0]).toMatchObject({ text: final?.text, workspace: final?.workspace });
  });

  it("while its model thinks commits nothing of what that says in the end", async () => {
    const messages = [promptMessage("telegram:1", PONDER)];
    const asked = turnOf(30, "first", { messages });
    const passed = new TurnStream(first.url, asked);
    await pondering.asked.promise;
    const taken = await run(second.url, resume(turnOf(30, "second", { messages }), 2));
    pondering.over.resolve();
    await passed.ended;
    expect(passed.events.at(-1)).toMatchObject({ kind: "error", code: "fence_lost", passedBy: 2 });
    expect(taken.of("final")[0]).toMatchObject({ text: "Answered: second." });
    expect(answersIn(asked)).toMatchObject([{ text: "Answered: second." }]);
    expect((await filesOf(asked))[0]).toMatchObject({ text: "by the second" });
  });

  it.each(PLACES)("%s commits nothing more when that one runs the next turn", async (_, point) => {
    const person = 20 + PLACES.findIndex(([, name]) => name === point);
    const asked = turnOf(person, "first");
    const held = driver.hold(point, asked.conversation);
    const passed = new TurnStream(first.url, asked);
    await held.reached;
    const messages = [promptMessage("telegram:2", "write once more")];
    const next = await run(second.url, turnOf(person, "second", { turnId: "turn-0002", fence: 2, messages }));
    held.release();
    await passed.ended;
    expect(passed.events.at(-1)).toMatchObject({ kind: "error", code: "fence_lost", passedBy: 2 });
    expect(next.of("final")[0]).toMatchObject({ text: "Answered: second.", consumed: ["telegram:2"] });
    expect(answersIn(asked)).toMatchObject([{ turnId: "turn-0002", text: "Answered: second." }]);
    const [written, all] = await filesOf(asked);
    expect(written).toMatchObject({ text: "by the second" });
    expect(JSON.stringify(all)).not.toContain("conflict");
  });
});

describe("a process whose turn was stopped at another one", () => {
  it.each(PLACES)("%s commits nothing more, and the next turn begins", async (_, point) => {
    const person = 40 + PLACES.findIndex(([, name]) => name === point);
    const asked = turnOf(person, "first");
    const held = driver.hold(point, asked.conversation);
    const stopped = new TurnStream(first.url, asked);
    await held.reached;
    expect(await call(second.url, abort(asked, 2))).toEqual({ status: "not_running" });
    const [entries, files] = [entriesOf(asked), await filesOf(asked)];
    held.release();
    await stopped.ended;
    expect(stopped.events.at(-1)).toMatchObject({ kind: "error", code: "fence_lost", passedBy: 2 });
    expect(entriesOf(asked)).toEqual(entries);
    expect(await filesOf(asked)).toEqual(files);
    const messages = [promptMessage("telegram:2", "write once more")];
    const next = await run(second.url, turnOf(person, "second", { turnId: "turn-0002", fence: 3, messages }));
    expect(next.of("final")[0]).toMatchObject({ text: "Answered: second.", consumed: ["telegram:2"] });
  });

  it("goes on when the stop is older than its fence, which stays the highest", async () => {
    const asked = turnOf(50, "first", { fence: 5 });
    const held = driver.hold("turn.begun", asked.conversation);
    const stream = new TurnStream(first.url, asked);
    await held.reached;
    expect(await call(second.url, abort(asked, 3))).toEqual({ status: "not_running" });
    const late = await run(second.url, resume(turnOf(50, "second"), 4));
    expect(late.of("error")[0]).toMatchObject({ code: "fence_lost", passedBy: 5 });
    held.release();
    await stream.ended;
    expect(stream.of("final")[0]).toMatchObject({ text: "Answered: first.", fence: 5 });
    expect(answersIn(asked)).toMatchObject([{ text: "Answered: first." }]);
  });
});
