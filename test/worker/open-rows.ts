/** The database of a session without the object around it, for tests of single parts. */
import { runInDurableObject } from "cloudflare:test";
import { migrate } from "../../durable-objects/lib/migrate.ts";
import type { ChannelSession } from "../../durable-objects/channel-session/object.ts";
import { Policies } from "../../durable-objects/channel-session/policies.ts";
import { policyRow } from "../../durable-objects/channel-session/policy-row.ts";
import { MIGRATIONS } from "../../durable-objects/channel-session/schema.ts";
import { nameOf, openSession, type SessionContext } from "../../durable-objects/channel-session/session-context.ts";
import { OWNER_POLICY } from "./owner-policy.ts";

/** Makes the database and what reaches it. */
export function openRows(ctx: DurableObjectState, env: Env): SessionContext {
  migrate(ctx.storage, MIGRATIONS);
  const name = nameOf(ctx);
  const policies = new Policies(name.key, () => Promise.resolve(OWNER_POLICY));
  policies.keepOn(policyRow(ctx.storage.sql));
  policies.learn(OWNER_POLICY, Date.now());
  const noClients = { broadcast: () => {}, describe: () => null, now: () => 0 };
  return openSession(ctx, env, name, noClients, policies);
}

/** Makes the database of an object that has nothing to keep yet, so that a test can write rows into it. */
export async function makeRows(stub: DurableObjectStub<ChannelSession>): Promise<void> {
  await runInDurableObject(stub, (_object, { storage }) => migrate(storage, MIGRATIONS));
}
