/** Conversations and their transcripts over HTTP: which there are, what was said in one, and how one is brought in. */
import { type Context, Hono } from "hono";
import * as v from "valibot";
import { RUNTIME_BOUNDS, TRANSCRIPT_BOUNDS } from "../protocol/bounds.ts";
import { readBounded } from "../protocol/bounded-body.ts";
import type { ImportRefusal } from "../protocol/conversations.ts";
import { PROTOCOL_VERSION, type QueryReply } from "../protocol/invocation.ts";
import { type ConversationKey, type ConversationRef, parseConversationKey } from "../protocol/session-key.ts";
import { spaceOf } from "../protocol/space.ts";
import { findTranscriptFault, type TranscriptFault } from "../protocol/transcript.ts";
import { createRuntimeClient } from "./agentcore/client.ts";
import { dataCredentialsOf } from "./credentials/data-credentials.ts";
import { runtimeSessionId } from "./agentcore/runtime-session-id.ts";
import { type Config, readConfig } from "./config.ts";
import { errorFields, log } from "./log.ts";
import { agentDirectory } from "./objects.ts";

type Conversation = { readonly key: ConversationKey; readonly ref: ConversationRef };

const number = v.pipe(v.string(), v.digits(), v.maxLength(9), v.transform(Number));
const pageQuery = v.object({ epoch: v.optional(number), from: v.optional(number, "0") });
const importBody = v.strictObject({ lines: v.array(v.string()) });
/** What the agent takes, less what an invocation holds besides the lines. */
const IMPORT_BODY_MAX_BYTES = RUNTIME_BOUNDS.invocationMaxBytes - 65_536;

/** Builds the routes; `agent` is whose conversations they are. */
export function createTranscriptApi(agent: string) {
  const api = new Hono<{ Bindings: Env }>();

  api.get("/conversations", async (c) => {
    const conversations = await agentDirectory(c.env, agent, readConfig(c.env)).listConversations();
    return c.json({ conversations });
  });

  api.get("/conversations/:key/transcript", async (c) => {
    const conversation = conversationOf(c, agent);
    const query = v.safeParse(pageQuery, c.req.query());
    if (!conversation) return c.json({ error: "malformed_conversation_key" }, 400);
    if (!query.success) return c.json({ error: "malformed_query" }, 400);
    const config = readConfig(c.env);
    const facts = await agentDirectory(c.env, agent, config).findConversation(conversation.key);
    if (!facts) return c.json({ error: "unknown_conversation" }, 404);
    const { epoch = facts.epoch, from } = query.output;
    try {
      const page = await readPage(config, conversation, epoch, from);
      if (page.lines.length === 0 && from === 0) return c.json({ error: "no_transcript" }, 404);
      return c.json({ epoch, lines: page.lines, next: page.next });
    } catch (error) {
      log("warn", "transcript_unread", { conversation: conversation.key, epoch, ...errorFields(error) });
      return c.json({ error: "transcript_unavailable" }, 503);
    }
  });

  api.post("/conversations/:key/transcript", async (c) => {
    const conversation = conversationOf(c, agent);
    if (!conversation) return c.json({ error: "malformed_conversation_key" }, 400);
    const body = await readBounded(c.req.raw, IMPORT_BODY_MAX_BYTES).catch(() => null);
    if (body === null) return refuse({ code: "transcript_too_large" });
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), importBody), body);
    if (!parsed.success) return c.json({ error: "malformed_body" }, 400);
    const { lines } = parsed.output;
    const fault = findTranscriptFault(lines);
    if (fault !== null) return refuse(fault);
    const bytes = lines.reduce((sum, line) => sum + new TextEncoder().encode(line).byteLength + 1, 0);
    if (bytes > TRANSCRIPT_BOUNDS.importMaxBytes) return refuse({ code: "transcript_too_large" });
    const outcome = await agentDirectory(c.env, agent, readConfig(c.env)).importTranscript(conversation.key, lines);
    if (outcome.kind === "imported") return c.json({ epoch: outcome.epoch, entries: outcome.entries });
    return c.json({ error: WORD[outcome.code] }, STATUS[outcome.code]);
  });

  return api;
}

const WORD: Readonly<Record<ImportRefusal, string>> = {
  unknown_conversation: "unknown_conversation",
  unavailable: "transcript_unavailable",
  overtaken: "import_overtaken",
};
const STATUS = { unknown_conversation: 404, unavailable: 503, overtaken: 409 } as const;

function refuse(fault: TranscriptFault): Response {
  const { code, ...details } = fault;
  return Response.json({ error: code, ...details }, { status: code === "transcript_too_large" ? 413 : 400 });
}

/** Null: it is no conversation of this agent's. */
function conversationOf(c: Context, agent: string): Conversation | null {
  const key = c.req.param("key") ?? "";
  const ref = parseConversationKey(key);
  return ref.ok && isKey(key) && ref.value.agent === agent ? { key, ref: ref.value } : null;
}

function isKey(key: string): key is ConversationKey {
  return parseConversationKey(key).ok;
}

async function readPage(
  { runtime, blobs, deployment, release }: Config,
  { key: conversation, ref }: Conversation,
  epoch: number,
  from: number,
): Promise<Extract<QueryReply, { what: "transcript" }>> {
  const { agent } = ref;
  const space = spaceOf(ref);
  const [sessionId, data] = await Promise.all([
    runtimeSessionId({ deployment, agent, conversation, release }),
    dataCredentialsOf({ blobs, runtime }).forSpace(agent, space, Date.now()),
  ]);
  const reply = await createRuntimeClient(runtime).query(sessionId, {
    kind: "query",
    protocol: PROTOCOL_VERSION,
    conversation,
    epoch,
    space,
    grants: { models: {}, ...data },
    ask: { what: "transcript", from },
  });
  if (reply.what !== "transcript") throw new Error("the agent answered something else");
  return reply;
}
