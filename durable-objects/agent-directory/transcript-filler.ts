/** Asks the agent to fill an epoch of a conversation with a transcript. */
import type { Fence } from "../../protocol/ids.ts";
import { type ImportReply, PROTOCOL_VERSION } from "../../protocol/invocation.ts";
import { type ConversationKey, parseConversationKey } from "../../protocol/session-key.ts";
import { spaceOf } from "../../protocol/space.ts";
import { createRuntimeClient } from "../../worker/agentcore/client.ts";
import { dataCredentialsOf } from "../../worker/credentials/data-credentials.ts";
import { runtimeSessionId } from "../../worker/agentcore/runtime-session-id.ts";
import type { Config } from "../../worker/config.ts";

export type TranscriptToFill = {
  readonly conversation: ConversationKey;
  readonly epoch: number;
  readonly fence: Fence;
  readonly lines: readonly string[];
};

/** Fills it, with keys that reach nothing but its space. Throws `AgentError` if not all of it is surely there. */
export async function fillTranscript(config: Config, transcript: TranscriptToFill): Promise<ImportReply> {
  const { conversation, lines, ...place } = transcript;
  const { runtime, blobs, deployment, release } = config;
  const ref = parseConversationKey(conversation);
  if (!ref.ok) throw new Error("a conversation key is broken");
  const { agent } = ref.value;
  const space = spaceOf(ref.value);
  const [sessionId, data] = await Promise.all([
    runtimeSessionId({ deployment, agent, conversation, release }),
    dataCredentialsOf({ blobs, runtime }).forSpace(agent, space, Date.now()),
  ]);
  return createRuntimeClient(runtime).importTranscript(sessionId, {
    kind: "import",
    protocol: PROTOCOL_VERSION,
    conversation,
    ...place,
    space,
    grants: { models: {}, ...data },
    lines: [...lines],
  });
}
