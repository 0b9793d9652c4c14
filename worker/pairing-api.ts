/** Who asks to be let in, over HTTP: the open codes, and what becomes of them. */
import { Hono } from "hono";
import * as v from "valibot";
import type { CodeRefusal } from "../protocol/pairing.ts";
import { readConfig } from "./config.ts";
import { readJsonBody, refuseBody } from "./json-body.ts";
import { agentDirectory } from "./objects.ts";

/** Whatever may have been typed; longer ones are no codes. */
const codeBody = v.strictObject({ code: v.pipe(v.string(), v.maxLength(100)) });

/** Builds the routes below `/pairings`. */
export function createPairingApi(agent: string) {
  const api = new Hono<{ Bindings: Env }>();
  const directory = (env: Env) => agentDirectory(env, agent, readConfig(env));

  api.get("/", async (c) => c.json({ pairings: await directory(c.env).listPairings() }));

  api.post("/approve", async (c) => {
    const body = await readJsonBody(c.req.raw, codeBody);
    if (!body.ok) return refuseBody(body.error);
    const outcome = await directory(c.env).approvePairing({ code: body.value.code, place: "admin" });
    return outcome.kind === "refused" ? refuse(outcome) : c.json(outcome);
  });

  api.post("/dismiss", async (c) => {
    const body = await readJsonBody(c.req.raw, codeBody);
    if (!body.ok) return refuseBody(body.error);
    const outcome = await directory(c.env).dismissPairing({ code: body.value.code, place: "admin" });
    return outcome.kind === "refused" ? refuse(outcome) : c.json(outcome);
  });

  return api;
}

function refuse(refusal: CodeRefusal): Response {
  const { code } = refusal;
  switch (code) {
    case "unknown_code":
      return Response.json({ error: code }, { status: 404 });
    case "too_many_tries": {
      const { retryAt } = refusal;
      const retryAfterS = Math.max(1, Math.ceil((retryAt - Date.now()) / 1_000));
      return Response.json({ error: code, retryAt }, { status: 429, headers: { "retry-after": String(retryAfterS) } });
    }
    case "too_many_people":
      return Response.json({ error: code }, { status: 409 });
  }
}
