/** The configuration over HTTP: what counts, its versions, and how it is changed. */
import { Hono } from "hono";
import * as v from "valibot";
import { isSection, type Section } from "../protocol/config-path.ts";
import type { ConfigOutcome } from "../protocol/configuration.ts";
import { count } from "../protocol/schema.ts";
import { readConfig } from "./config.ts";
import { configSchema } from "./config-schema.ts";
import { readJsonBody, refuseBody } from "./json-body.ts";
import { agentDirectory } from "./objects.ts";

const ifVersion = v.exactOptional(count);
const validateBody = v.strictObject({ document: v.unknown() });
const replaceBody = v.strictObject({ document: v.unknown(), ifVersion });
const setBody = v.strictObject({
  // Not a record, which leaves out names such as `constructor`: they are to be refused, not to be overlooked.
  values: v.optional(v.custom<Section>(isSection), {}),
  unset: v.optional(v.array(v.string()), []),
  ifVersion,
});
const rollbackBody = v.strictObject({ to: count, ifVersion });

const versionNumber = v.pipe(v.string(), v.digits(), v.maxLength(9), v.transform(Number));
const diffQuery = v.object({ from: versionNumber, to: versionNumber });

/** Builds the routes below `/config`. */
export function createConfigurationApi(agent: string) {
  const api = new Hono<{ Bindings: Env }>();
  const directory = (env: Env) => agentDirectory(env, agent, readConfig(env));

  api.get("/", async (c) => c.json(await directory(c.env).configuration()));

  api.get("/schema", (c) => c.json(configSchema()));

  api.post("/validate", async (c) => {
    const body = await readJsonBody(c.req.raw, validateBody);
    if (!body.ok) return refuseBody(body.error);
    return c.json({ problems: await directory(c.env).validateConfiguration(body.value.document) });
  });

  api.put("/", async (c) => {
    const body = await readJsonBody(c.req.raw, replaceBody);
    if (!body.ok) return refuseBody(body.error);
    return respond(await directory(c.env).changeConfiguration({ kind: "replace", by: "admin", ...body.value }));
  });

  api.patch("/", async (c) => {
    const body = await readJsonBody(c.req.raw, setBody);
    if (!body.ok) return refuseBody(body.error);
    return respond(await directory(c.env).changeConfiguration({ kind: "set", by: "admin", ...body.value }));
  });

  api.post("/rollback", async (c) => {
    const body = await readJsonBody(c.req.raw, rollbackBody);
    if (!body.ok) return refuseBody(body.error);
    return respond(await directory(c.env).changeConfiguration({ kind: "rollback", by: "admin", ...body.value }));
  });

  api.get("/versions", async (c) => c.json({ versions: await directory(c.env).listConfigurations() }));

  api.get("/versions/:version", async (c) => {
    const parsed = v.safeParse(versionNumber, c.req.param("version"));
    const document = parsed.success ? await directory(c.env).configurationAt(parsed.output) : null;
    if (!parsed.success || document === null) return c.json({ error: "unknown_version" }, 404);
    return c.json({ version: parsed.output, document });
  });

  api.get("/diff", async (c) => {
    const query = v.safeParse(diffQuery, c.req.query());
    if (!query.success) return c.json({ error: "malformed_query" }, 400);
    const differences = await directory(c.env).diffConfigurations(query.output.from, query.output.to);
    return differences ? c.json({ differences }) : c.json({ error: "unknown_version" }, 404);
  });

  return api;
}

const STATUS = { unknown_version: 404, other_version: 409, too_large: 413 } as const;

function respond(outcome: ConfigOutcome): Response {
  switch (outcome.kind) {
    case "done": {
      const { kind: _, ...done } = outcome;
      return Response.json(done);
    }
    case "invalid":
      return Response.json({ error: "invalid", problems: outcome.problems }, { status: 422 });
    case "refused":
      return Response.json({ error: outcome.code }, { status: STATUS[outcome.code] });
  }
}
