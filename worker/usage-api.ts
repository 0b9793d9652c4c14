/** `GET /admin/api/usage`: what was used today and this month, of which limits. */
import { Hono } from "hono";
import { readConfig } from "./config.ts";
import { agentDirectory } from "./objects.ts";

/** Builds the route of one agent. */
export function createUsageApi(agent: string) {
  const api = new Hono<{ Bindings: Env }>();
  api.get("/", async (c) => c.json(await agentDirectory(c.env, agent, readConfig(c.env)).usageReport(null)));
  return api;
}
