/** Asks the agent to remove all that a space holds. */
import type { Fence } from "../../protocol/ids.ts";
import { type ForgetReply, PROTOCOL_VERSION } from "../../protocol/invocation.ts";
import type { ConversationKey } from "../../protocol/session-key.ts";
import type { SpaceId } from "../../protocol/space.ts";
import { createRuntimeClient } from "../../worker/agentcore/client.ts";
import { dataCredentialsOf } from "../../worker/credentials/data-credentials.ts";
import { runtimeSessionId } from "../../worker/agentcore/runtime-session-id.ts";
import type { Config } from "../../worker/config.ts";

export type SpaceToErase = {
  readonly agent: string;
  readonly conversation: ConversationKey;
  readonly space: SpaceId;
  readonly fence: Fence;
};

/** Removes the space, with keys that reach nothing else. Throws `AgentError` if not all of it is surely gone. */
export async function eraseSpace(
  config: Config,
  { agent, conversation, space, fence }: SpaceToErase,
): Promise<ForgetReply> {
  const { runtime, blobs, deployment, release } = config;
  const [sessionId, data] = await Promise.all([
    runtimeSessionId({ deployment, agent, conversation, release }),
    dataCredentialsOf({ blobs, runtime }).forSpace(agent, space, Date.now()),
  ]);
  return createRuntimeClient(runtime).forget(sessionId, {
    kind: "forget",
    protocol: PROTOCOL_VERSION,
    conversation,
    fence,
    space,
    grants: { models: {}, ...data },
  });
}
