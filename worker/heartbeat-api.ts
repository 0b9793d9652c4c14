/** The heartbeat over HTTP: how it stands, one now, off and on. */
import { Hono } from "hono";
import { readConfig } from "./config.ts";
import { jobScheduler } from "./objects.ts";

/** Builds the routes below `/heartbeat`. */
export function createHeartbeatApi(agent: string) {
  const api = new Hono<{ Bindings: Env }>();
  const scheduler = (env: Env) => jobScheduler(env, agent, readConfig(env));

  api.get("/", async (c) => c.json(await scheduler(c.env).heartbeatStatus()));

  /** `outcome`: `running`, or why none was begun. */
  api.post("/now", async (c) => c.json({ outcome: await scheduler(c.env).beatNow() }));

  api.post("/on", async (c) => {
    await scheduler(c.env).pauseHeartbeat(false);
    return c.json({ isPaused: false });
  });

  api.post("/off", async (c) => {
    await scheduler(c.env).pauseHeartbeat(true);
    return c.json({ isPaused: true });
  });

  return api;
}
