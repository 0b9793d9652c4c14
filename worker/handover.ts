/** Hands what came in to its sessions, one after the other: the same for webhooks and for what a socket brings. */
import { reach } from "../fail-points/fail-point.ts";
import type { AcceptReceipt, Happening, Inbound } from "../protocol/inbound.ts";
import type { Intake } from "./channels/registry.ts";
import { type Config, readConfig } from "./config.ts";
import { isWorthWaking } from "./doorstep.ts";
import { log } from "./log.ts";
import { channelSession } from "./objects.ts";

export type StoredIntake = Extract<Intake, { kind: "messages" | "happenings" }>;

/**
 * Stores all of it; whatever comes again is known by its keys. Returns whether anything was kept, or was before: else
 * nobody of those who sent it is heard. Throws when something could not be stored.
 */
export async function storeIntake(intake: StoredIntake, env: Env): Promise<boolean> {
  const config = readConfig(env);
  const items = intake.kind === "messages" ? intake.messages : intake.happenings;
  let isTaken = false;
  for (const item of items) isTaken = (await storeItem(item, env, config)) !== "ignored" || isTaken;
  return isTaken;
}

async function storeItem(item: Inbound | Happening, env: Env, config: Config): Promise<AcceptReceipt> {
  const { session } = item;
  FAIL_POINTS && (await reach("webhook.verified", { session }));
  if (!(await isWorthWaking(item, env, config))) {
    log("info", "stranger_not_heard", { session });
    return "ignored";
  }
  const object = channelSession(env, session, config);
  const receipt = await ("kind" in item ? object.hear(item) : object.accept(item));
  FAIL_POINTS && (await reach("webhook.stored", { session }));
  return receipt;
}
