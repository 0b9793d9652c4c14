/** The people who may speak, over HTTP: who they are, and how one is removed or forgotten. */
import { Hono } from "hono";
import type { PersonRefusal } from "../protocol/people.ts";
import { readConfig } from "./config.ts";
import { agentDirectory } from "./objects.ts";

/** Builds the routes below `/people`. */
export function createPeopleApi(agent: string) {
  const api = new Hono<{ Bindings: Env }>();
  const directory = (env: Env) => agentDirectory(env, agent, readConfig(env));

  api.get("/", async (c) => c.json({ people: await directory(c.env).listPeople() }));

  api.delete("/:id", async (c) => {
    const outcome = await directory(c.env).removePerson(c.req.param("id"));
    return outcome.kind === "refused" ? refuse(outcome.code) : c.json(outcome);
  });

  api.post("/:id/forget", async (c) => {
    const outcome = await directory(c.env).forgetPerson(c.req.param("id"));
    return outcome.kind === "refused" ? refuse(outcome.code) : c.json({ receipt: outcome.receipt });
  });

  return api;
}

const STATUS: Readonly<Record<PersonRefusal, number>> = {
  unknown_person: 404,
  is_owner: 409,
  is_listed: 409,
  unavailable: 503,
};

function refuse(code: PersonRefusal): Response {
  return Response.json({ error: code }, { status: STATUS[code] });
}
