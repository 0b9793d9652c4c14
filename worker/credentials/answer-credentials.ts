/** The verb `credentials` of `/agent/rpc`: newer credentials for the space of a running turn. Nothing of it is stored. */
import type { FreshCredentials, RpcReply } from "../../protocol/agent-rpc.ts";
import { AgentError } from "../../protocol/errors.ts";
import { parseConversationKey } from "../../protocol/session-key.ts";
import { spaceOf } from "../../protocol/space.ts";
import type { Config } from "../config.ts";
import { errorFields, log } from "../log.ts";
import { dataCredentialsOf } from "./data-credentials.ts";

/** Answers a call of the turn that holds the lane of `conversation`. */
export async function answerCredentials(config: Config, conversation: string, now: number): Promise<RpcReply> {
  const ref = parseConversationKey(conversation);
  if (!ref.ok) throw new Error("a token names no conversation");
  try {
    const { blobs } = await dataCredentialsOf(config).forSpace(ref.value.agent, spaceOf(ref.value), now);
    const { credentials, expiresAt } = blobs;
    const result: FreshCredentials = { credentials, expiresAt, forBedrock: config.bedrockCredentials === "space" };
    return { ok: true, result };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    log("warn", "credentials_not_given", { conversation, ...errorFields(error) });
    return { ok: false, error: { code: "unavailable", message: "There are no credentials just now." } };
  }
}
