/** Who gives AWS credentials for what: the relay signs with its own key, a space gets a session of the data role. */
import type { AwsCredentials } from "../../protocol/invocation.ts";
import type { SpaceId } from "../../protocol/space.ts";

/** Credentials that end. */
export type Session = {
  readonly credentials: AwsCredentials;
  /** Epoch ms. */
  readonly expiresAt: number;
};

export interface CredentialProvider {
  /** What the edge itself signs with; no agent ever gets it. */
  forRelay(): AwsCredentials;
  /**
   * What reaches one space and nothing else, good for the longest turn of a person from `now` (epoch ms) on.
   * Throws `AgentError`.
   */
  forSpace(agent: string, space: SpaceId, now: number): Promise<Session>;
}
