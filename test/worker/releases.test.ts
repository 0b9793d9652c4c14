/** In which runtime session a turn is run, stopped and ended while releases come and go. */
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ConversationKey, formatConversationKey, formatSessionKey } from "../../protocol/session-key.ts";
import { runtimeSessionId } from "../../worker/agentcore/runtime-session-id.ts";
import { readConfig } from "../../worker/config.ts";
import { emptyObjects } from "./empty-objects.ts";
import { directMessage } from "./inbound.ts";
import { makeRows } from "./open-rows.ts";
import { readTurn } from "./running-turn.ts";

const MAIN = formatConversationKey({ kind: "main", agent: "main" });
const JOB = formatConversationKey({ kind: "job", agent: "main", jobId: "water-plants", runId: "1700000000000" });
const PATIENCE = { timeout: 15_000, interval: 50 };
const chat = () => env.CHANNEL_SESSION.getByName(directMessage(1).session);
const job = () =>
  env.CHANNEL_SESSION.getByName(
    formatSessionKey({ agent: "main", channel: "job", chatKind: "direct", chatId: "water-plants" }),
  );

type Stub = ReturnType<typeof chat>;

function execute(stub: Stub, query: string, ...values: SqlStorageValue[]): Promise<void> {
  return runInDurableObject(stub, (_object, { storage }) => void storage.sql.exec(query, ...values));
}

/** The name of the runtime session of a conversation under a release; the one that runs now unless told. */
function sessionOf(conversation: ConversationKey, release = readConfig(env).release): Promise<string> {
  const { deployment } = readConfig(env);
  return runtimeSessionId({ deployment, agent: "main", conversation, release });
}

/** What AgentCore was asked: the operation, or the kind of the invocation, and the runtime session. */
let asked: (readonly [what: string, session: string])[];

beforeEach(() => {
  for (const level of ["log", "warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
  asked = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    const operation = /^\/runtimes\/.*\/(?<operation>\w+)$/.exec(new URL(request.url).pathname)?.groups?.["operation"];
    if (operation === undefined) {
      const expires = new Date(Date.now() + 7_200_000).toISOString();
      const keys = "<AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>";
      return new Response(`<AssumeRoleResponse>${keys}<Expiration>${expires}</Expiration></AssumeRoleResponse>`);
    }
    const body: { readonly kind?: string } = await request.json();
    const session = request.headers.get("x-amzn-bedrock-agentcore-runtime-session-id") ?? "";
    asked.push([body.kind ?? operation, session]);
    if (body.kind === "abort") return Response.json({ status: "aborted" });
    if (body.kind === undefined) return Response.json({});
    return await Promise.withResolvers<Response>().promise; // it works on the turn and says nothing
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await execute(job(), "DROP TABLE IF EXISTS outcomes");
  await emptyObjects();
});

const untilAsked = async (what: string, session: string) =>
  await vi.waitFor(() => expect(asked).toContainEqual([what, session]), PATIENCE);

/** A turn that began under another release than the one that runs now. */
async function beginOlderTurn(): Promise<void> {
  await chat().accept(directMessage(1));
  await untilAsked("turn", await sessionOf(MAIN));
  await execute(chat(), "UPDATE turn SET state = json_set(state, '$.release', 'r-older')");
  await abortAllDurableObjects();
  asked = [];
}

describe("a turn that began under another release", () => {
  it("is gone on with and stopped in the runtime session where it began, which is then ended", async () => {
    await beginOlderTurn();
    const older = await sessionOf(MAIN, "r-older");
    await runDurableObjectAlarm(chat());
    await untilAsked("resume", older);
    await chat().accept({ ...directMessage(2, "7", "/stop"), command: { name: "stop", rest: "" } });
    await untilAsked("abort", older);
    await untilAsked("stopruntimesession", older);
    expect(new Set(asked.map(([, session]) => session))).toEqual(new Set([older]));
  });

  it("is followed by one under the release that runs now", async () => {
    await beginOlderTurn();
    await chat().accept({ ...directMessage(2, "7", "/stop"), command: { name: "stop", rest: "" } });
    await untilAsked("abort", await sessionOf(MAIN, "r-older"));
    await vi.waitFor(async () => expect(await readTurn()).toBeNull(), PATIENCE);
    await chat().accept(directMessage(3));
    await untilAsked("turn", await sessionOf(MAIN));
  });

  it("is stopped there by the next instance when the one that was told so died", async () => {
    await makeRows(chat());
    await execute(
      chat(),
      `INSERT INTO turns (turn_id, conversation, fence, outcome, started_at, ended_at, release)
       VALUES ('turn-0001', ?, 3, 'stopped', ?2, ?2, 'r-older')`,
      MAIN,
      Date.now(),
    );
    await runInDurableObject(chat(), (_object, { storage }) => storage.setAlarm(Date.now() + 60_000));
    await abortAllDurableObjects();
    await runDurableObjectAlarm(chat());
    await untilAsked("abort", await sessionOf(MAIN, "r-older"));
  });

  it("and was the last of its conversation, as a job's run is, has its runtime session ended there", async () => {
    const outcome = { id: "job:water-plants:1", turnId: "turn-0002", conversation: JOB, usage: null, at: 1 };
    await makeRows(job());
    await execute(
      job(),
      `INSERT INTO turns (turn_id, conversation, fence, outcome, started_at, ended_at, release)
       VALUES ('turn-0002', ?, 3, 'answered', ?2, ?2, 'r-older')`,
      JOB,
      Date.now(),
    );
    const body = JSON.stringify({ ...outcome, kind: "answered", text: "None.", files: [] });
    await execute(job(), "INSERT INTO outcomes VALUES ('job:water-plants:1', ?, 0, 0)", body);
    await runInDurableObject(job(), (_object, { storage }) => storage.setAlarm(Date.now() + 60_000));
    await abortAllDurableObjects();
    await runDurableObjectAlarm(job());
    await untilAsked("stopruntimesession", await sessionOf(JOB, "r-older"));
  });
});
