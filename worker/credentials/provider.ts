/**
 * Who gives AWS credentials to a turn: a session for its space. The relay's own key is static (`Config.runtime`); the edge
 * signs with it, and it is given to nobody in a deployment.
 */
import type { AwsCredentials } from "../../protocol/invocation.ts";
import type { SpaceId } from "../../protocol/space.ts";

/** Credentials that end. */
export type Session = {
  readonly credentials: AwsCredentials;
  /** Epoch ms. */
  readonly expiresAt: number;
};

export interface CredentialProvider {
  /**
   * What reaches one space and nothing else, good for the longest turn of a person from `now` (epoch ms) on.
   * Throws `AgentError`.
   */
  forSpace(agent: string, space: SpaceId, now: number): Promise<Session>;
}
