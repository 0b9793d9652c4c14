/** `/hooks/*`: how other services wake the assistant or give it something to do. Off without HOOKS_TOKEN; docs/hooks.md. */
import { type Context, Hono } from "hono";
import * as v from "valibot";
import type { AgentConfig } from "../../protocol/agent-config.ts";
import { assertNever } from "../../protocol/assert.ts";
import { type HookIntake, type HookOutcome, type HookWork } from "../../protocol/hooks.ts";
import { HOOK_BOUNDS } from "../../protocol/own-work-bounds.ts";
import { err, ok, type Result } from "../../protocol/result.ts";
import { type Config, readConfig } from "../config.ts";
import { isDeeperThan } from "../json-body.ts";
import { errorFields, log } from "../log.ts";
import { learnModelKeys, missingModelKeys } from "../model-keys.ts";
import { agentDirectory, jobScheduler } from "../objects.ts";
import { readWebhookBody } from "../webhook-body.ts";
import { BadTokens } from "./bad-tokens.ts";
import { checkHookToken } from "./hook-token.ts";
import { readAgent, readMapped, readWake } from "./hook-work.ts";

type App = { Bindings: Env };
type Received = { readonly json: unknown; readonly bytes: Uint8Array };

/** Builds the routes below `/hooks`. */
export function createHooks(agent: string) {
  const hooks = new Hono<App>();
  const badTokens = new BadTokens();

  hooks.use("/*", async (c, next) => {
    const { hooksToken } = readConfig(c.env);
    if (hooksToken === null) return refuse(503, "hooks_not_configured", "HOOKS_TOKEN is not set.");
    const checked = await checkHookToken(c.req.raw, hooksToken);
    if (!checked.ok && checked.error === "in_address") {
      return refuse(400, "token_in_address", "Send the token in a header: Authorization: Bearer <token>.");
    }
    if (!checked.ok) return refuseToken(badTokens.count(c.req.header("cf-connecting-ip") ?? "", Date.now()));
    if (c.req.method !== "POST") return refuse(405, "method_not_allowed", "Hooks take POST.", { allow: "POST" });
    return next();
  });

  hooks.post("/:name", async (c) => {
    const name = c.req.param("name");
    const received = await receive(c.req.raw);
    if (!received.ok) return received.error;
    const key = await readKey(c, received.value.bytes);
    if (!key.ok) return key.error;
    const config = readConfig(c.env);
    await learnModelKeys(config, Date.now());
    const work = await readWork(name, received.value.json, {
      missingKeys: missingModelKeys(config),
      readEffective: () => readAgentConfig(c, agent, config),
    });
    if (work === null) return refuse(404, "unknown_hook", "There is no hook of that name in the configuration.");
    if (!work.ok) return refuse(400, "malformed_body", work.error);
    return store(c, { hook: name, key: key.value, work: work.value }, agent, config);
  });

  return hooks;
}

/** What a body may refer to. */
type Known = {
  /** The providers of models without a key, each with the variable that is missing. */
  readonly missingKeys: ReadonlyMap<string, string>;
  readonly readEffective: () => Promise<AgentConfig>;
};

/** Null: there is no such hook. */
async function readWork(
  hook: string,
  body: unknown,
  { missingKeys, readEffective }: Known,
): Promise<Result<HookWork, string> | null> {
  if (hook === "wake") return readWake(body);
  const config = await readEffective();
  if (hook === "agent") return readAgent(body, config, missingKeys);
  const { mappings } = config.hooks;
  const mapping = Object.hasOwn(mappings, hook) ? mappings[hook] : undefined;
  return mapping ? readMapped(hook, mapping, body) : null;
}

async function readAgentConfig(c: Context<App>, agent: string, config: Config): Promise<AgentConfig> {
  return (await agentDirectory(c.env, agent, config).configuration()).effective;
}

async function receive(request: Request): Promise<Result<Received, Response>> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/(?:json|[\w.+-]+\+json)\s*(?:;|$)/i.test(type)) {
    return err(refuse(415, "unsupported_media_type", "Hooks take JSON: Content-Type: application/json."));
  }
  const body = await readWebhookBody(request, HOOK_BOUNDS.bodyMaxBytes);
  if (!body.ok) {
    const isTooLarge = body.error === "too_large";
    return err(isTooLarge ? refuse(413, "too_large", `The most is ${HOOK_BOUNDS.bodyMaxBytes} bytes.`) : NO_JSON());
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson()), new TextDecoder().decode(body.value));
  if (!parsed.success || isDeeperThan(HOOK_BOUNDS.depthMax, parsed.output)) return err(NO_JSON());
  return ok({ json: parsed.output, bytes: body.value });
}

const NO_JSON = () => refuse(400, "malformed_body", "The body is no JSON, or nests too deep.");

/** The idempotency key, with a digest of what it stands for. */
async function readKey(c: Context<App>, bytes: Uint8Array): Promise<Result<HookIntake["key"], Response>> {
  const name = c.req.header("idempotency-key");
  if (name === undefined) return ok(null);
  if (!/^[!-~]+$/.test(name) || name.length > HOOK_BOUNDS.keyMax) {
    const message = `Idempotency-Key: must be 1 to ${HOOK_BOUNDS.keyMax} letters, digits and signs.`;
    return err(refuse(400, "malformed_key", message));
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return ok({ name, digest: btoa(String.fromCharCode(...digest)) });
}

async function store(c: Context<App>, intake: HookIntake, agent: string, config: Config): Promise<Response> {
  const { hook } = intake;
  try {
    const outcome = await jobScheduler(c.env, agent, config).takeHook(intake);
    const runs = outcome.kind === "taken" ? outcome.runIds.length : 0;
    log("info", "hook_received", { hook, outcome: outcome.kind, runs });
    return answer(intake.work, outcome);
  } catch (error) {
    log("error", "hook_not_stored", { hook, ...errorFields(error) });
    return refuse(503, "not_stored", "It was not taken; send it again.");
  }
}

function answer(work: HookWork, outcome: HookOutcome): Response {
  switch (outcome.kind) {
    case "taken":
      return Response.json({ ok: true, ...taken(work, outcome.runIds) });
    case "other_body":
      return refuse(409, "key_reused", "This Idempotency-Key was sent with another body.");
    case "busy":
      return refuse(503, "busy", "Too much waits; send it again later.", retryAfter(outcome.retryAfterMs));
    case "unknown_chat":
      return refuse(400, "unknown_chat", "Nobody who is let in has written in that chat.");
    default:
      return assertNever(outcome);
  }
}

function taken(work: HookWork, runIds: readonly string[]): object {
  if (work.kind === "wake") return { mode: work.mode };
  const [runId] = runIds;
  return runIds.length === 1 ? { runId, runIds } : { runIds };
}

function refuseToken(pauseMs: number): Response {
  if (pauseMs > 0) return refuse(429, "too_many_tries", "Too many wrong tokens.", retryAfter(pauseMs));
  return refuse(401, "unauthorized", "The token is missing or wrong.", { "www-authenticate": "Bearer" });
}

function retryAfter(ms: number): Record<string, string> {
  return { "retry-after": String(Math.ceil(ms / 1_000)) };
}

function refuse(status: number, error: string, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ error, message }, { status, headers });
}
