/** The delivery ledger over HTTP: of one session, of all, the dead letters, and how they are taken up again. */
import { Hono } from "hono";
import * as v from "valibot";
import { LEDGER_BOUNDS } from "../protocol/bounds.ts";
import type { ReplayOutcome, ReplayRefusal } from "../protocol/dead-letter.ts";
import type { Ledger, LedgerFilter, LedgerMessage, LedgerPart } from "../protocol/ledger.ts";
import { inboundId } from "../protocol/schema.ts";
import { isSessionKey, parseSessionKey, type SessionKey } from "../protocol/session-key.ts";
import { type Config, readConfig } from "./config.ts";
import { errorFields, log } from "./log.ts";
import { agentDirectory, channelSession } from "./objects.ts";
import { readWebhookBody } from "./webhook-body.ts";

/** Messages that are returned unless told otherwise. */
const LIMIT_DEFAULT = 50;

const ledgerQuery = v.object({
  limit: v.optional(
    v.pipe(v.string(), v.digits(), v.transform(Number), v.minValue(1), v.maxValue(LEDGER_BOUNDS.rowsMax)),
  ),
  message: v.optional(inboundId),
  dead: v.optional(v.picklist(["true", "false"])),
});

const replayBody = v.union([
  v.strictObject({ message: inboundId }),
  v.strictObject({ part: v.pipe(v.number(), v.safeInteger(), v.minValue(1)) }),
]);

type Query = { readonly limit: number; readonly filter: LedgerFilter };
/** Rows of several sessions, each with its own. */
type JoinedLedger = {
  readonly messages: readonly (LedgerMessage & { readonly session: SessionKey })[];
  readonly parts: readonly (LedgerPart & { readonly session: SessionKey })[];
  /** Sessions that could not be asked. */
  readonly unavailable: readonly SessionKey[];
};

/** Builds the routes; `agent` is whose ledger the ones without a session tell. */
export function createLedgerApi(agent: string) {
  const api = new Hono<{ Bindings: Env }>();

  api.get("/dead-letters", async (c) => {
    const query = parseQuery(c.req.query());
    if (!query) return c.json({ error: "malformed_query" }, 400);
    const deadLetters = await agentDirectory(c.env, agent, readConfig(c.env)).listDeadLetters(query.limit);
    return c.json({ deadLetters });
  });

  api.get("/ledger", async (c) => {
    const query = parseQuery(c.req.query());
    if (!query) return c.json({ error: "malformed_query" }, 400);
    return c.json(await readAll(c.env, agent, query));
  });

  api.get("/sessions/:key/ledger", async (c) => {
    const key = c.req.param("key");
    const query = parseQuery(c.req.query());
    if (!isSessionKey(key)) return c.json({ error: "malformed_session_key" }, 400);
    if (!query) return c.json({ error: "malformed_query" }, 400);
    const config = readConfig(c.env);
    if (!(await isKnown(c.env, key, config))) return c.json({ error: "unknown_session" }, 404);
    return c.json(await channelSession(c.env, key, config).ledger(query.limit, query.filter));
  });

  api.post("/sessions/:key/replay", async (c) => {
    const key = c.req.param("key");
    if (!isSessionKey(key)) return c.json({ error: "malformed_session_key" }, 400);
    const target = await readReplayTarget(c.req.raw);
    if (!target) return c.json({ error: "malformed_body" }, 400);
    const config = readConfig(c.env);
    if (!(await isKnown(c.env, key, config))) return c.json({ error: "unknown_session" }, 404);
    const outcome = await channelSession(c.env, key, config).replay(target);
    return outcome.kind === "replayed" ? c.json(outcome) : refuse(outcome);
  });

  return api;
}

/** Asking a session makes its object; only one that the directory knows is asked. */
async function isKnown(env: Env, key: SessionKey, config: Config): Promise<boolean> {
  const ref = parseSessionKey(key);
  return ref.ok && (await agentDirectory(env, ref.value.agent, config).knowsSession(key));
}

const STATUS: Readonly<Record<ReplayRefusal, number>> = {
  unknown_message: 404,
  unknown_part: 404,
  not_dead: 409,
  not_replayable: 409,
  too_many_waiting: 503,
};

function refuse({ code, state }: Extract<ReplayOutcome, { kind: "refused" }>): Response {
  return Response.json({ error: code, ...(state !== undefined && { state }) }, { status: STATUS[code] });
}

function parseQuery(query: Readonly<Record<string, string>>): Query | null {
  const parsed = v.safeParse(ledgerQuery, query);
  if (!parsed.success) return null;
  const { limit = LIMIT_DEFAULT, message, dead } = parsed.output;
  return { limit, filter: { dead: dead === "true", ...(message !== undefined && { message }) } };
}

async function readReplayTarget(request: Request): Promise<v.InferOutput<typeof replayBody> | null> {
  const body = await readWebhookBody(request);
  if (!body.ok) return null;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), replayBody), new TextDecoder().decode(body.value));
  return parsed.success ? parsed.output : null;
}

/** The newest messages over the sessions that are asked; of what was given up, also the notices that answer nobody. */
async function readAll(env: Env, agent: string, { limit, filter }: Query): Promise<JoinedLedger> {
  const config = readConfig(env);
  const directory = agentDirectory(env, agent, config);
  const [sessions, deadLetters] = await Promise.all([
    directory.listSessions(),
    directory.listDeadLetters(LEDGER_BOUNDS.rowsMax),
  ]);
  const keys = [...deadLetters, ...sessions].map(({ session }) => session).filter(isSessionKey);
  const asked = [...new Set(keys)].slice(0, LEDGER_BOUNDS.sessionsAskedMax);
  const ledgers = await Promise.all(asked.map((session) => readOne(env, session, config, { limit, filter })));
  return join(ledgers, limit, filter);
}

type OneLedger = { readonly session: SessionKey; readonly ledger: Ledger | null };

async function readOne(env: Env, session: SessionKey, config: Config, { limit, filter }: Query): Promise<OneLedger> {
  try {
    return { session, ledger: await channelSession(env, session, config).ledger(limit, filter) };
  } catch (error) {
    log("warn", "ledger_unavailable", { session, ...errorFields(error) });
    return { session, ledger: null };
  }
}

function join(ledgers: readonly OneLedger[], limit: number, { dead }: LedgerFilter): JoinedLedger {
  const messages = ledgers
    .flatMap(({ session, ledger }) => (ledger?.messages ?? []).map((message) => ({ session, ...message })))
    .toSorted((a, b) => b.acceptedAt - a.acceptedAt)
    .slice(0, limit);
  const shown = new Set(messages.flatMap(({ session, parts }) => parts.map((seq) => `${session}/${seq}`)));
  const parts = ledgers
    .flatMap(({ session, ledger }) => (ledger?.parts ?? []).map((part) => ({ session, ...part })))
    .filter(({ session, seq, answers }) => shown.has(`${session}/${seq}`) || (dead && answers.length === 0))
    .toSorted((a, b) => b.createdAt - a.createdAt);
  const unavailable = ledgers.filter(({ ledger }) => ledger === null).map(({ session }) => session);
  return { messages, parts, unavailable };
}
