/** The name of the AgentCore session, and so of the microVM, in which a conversation runs. */
import type { ConversationKey } from "../../protocol/session-key.ts";
import { sha256Hex } from "./signer.ts";

export type RuntimeSessionParts = {
  readonly deployment: string;
  readonly agent: string;
  readonly conversation: ConversationKey;
  /** In the name because a running session keeps its old code: a new release gets new sessions. */
  readonly release: string;
};

/** 69 characters, as AgentCore wants 33 to 256; it tells nothing about who talks. */
export async function runtimeSessionId(parts: RuntimeSessionParts): Promise<string> {
  const { deployment, agent, conversation, release } = parts;
  const named = new TextEncoder().encode(JSON.stringify([deployment, agent, conversation, release]));
  return `claw-${await sha256Hex(named)}`;
}
