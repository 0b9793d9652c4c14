/** Guards what only the owner may do: the admin API and the web socket. */
import { createMiddleware } from "hono/factory";
import { secretsMatch } from "../protocol/constant-time.ts";
import { readConfig } from "./config.ts";

/** Longest token that is compared at all; a longer one is wrong. */
const TOKEN_MAX = 1_024;

const BEARER = /^bearer +(\S+)$/i;

/** Lets a request through if it bears `ADMIN_TOKEN`; 401 if not, 503 if none is set. */
export const requireAdmin = createMiddleware<{ Bindings: Env }>(async (c, next) => {
  const { adminToken } = readConfig(c.env);
  if (adminToken === null) return c.json({ error: "admin_token_not_set" }, 503);
  if (!(await bears(c.req.raw, adminToken))) {
    return c.json({ error: "unauthorized" }, 401, { "www-authenticate": "Bearer" });
  }
  return next();
});

/** Whether the request bears `token`. */
export async function bears({ headers }: Request, token: string): Promise<boolean> {
  const given = BEARER.exec(headers.get("authorization") ?? "")?.[1];
  return given !== undefined && given.length <= TOKEN_MAX && (await secretsMatch(given, token));
}
