/** What READY tells: who we are, and how the session is resumed. Pure. */
import * as v from "valibot";
import type { BotSelf } from "../../worker/channels/registry.ts";
import type { Session } from "./gateway-state.ts";

const ready = v.object({
  session_id: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  resume_gateway_url: v.pipe(v.string(), v.url(), v.maxLength(512)),
  user: v.object({ id: v.string(), username: v.string() }),
  application: v.object({ id: v.string() }),
});

/** Null: it is none. */
export function readReady(data: unknown): { readonly session: Session; readonly self: BotSelf } | null {
  const parsed = v.safeParse(ready, data);
  if (!parsed.success) return null;
  const { session_id: id, resume_gateway_url: resumeUrl, user, application } = parsed.output;
  return {
    session: { id, resumeUrl },
    self: { applicationId: application.id, userId: user.id, username: user.username },
  };
}
