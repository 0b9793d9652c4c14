/** What a turn gets to reach the data of one space: where it is, and credentials that reach nothing else. */
import type { Grants } from "../../protocol/invocation.ts";
import type { SpaceId } from "../../protocol/space.ts";
import type { Config } from "../config.ts";
import { createCredentialProvider, type KnownSessions, type ProviderTarget } from "./space-sessions.ts";

export type DataTarget = ProviderTarget & {
  readonly s3Endpoint: string;
  readonly bucket: string;
  /** None: the runtime keeps transcripts on its own disk. */
  readonly store?: Grants["store"] | null;
};

/** What lets a turn reach the data of one space. */
export type DataGrants = Pick<Grants, "blobs" | "store">;

export interface DataCredentials {
  /** Good for the longest turn of a person from `now` (epoch ms) on. Throws `AgentError`. */
  forSpace(agent: string, space: SpaceId, now: number): Promise<DataGrants>;
}

/** Makes a source of data credentials, for one Durable Object or one request. */
export function createDataCredentials(target: DataTarget, known?: KnownSessions): DataCredentials {
  const provider = createCredentialProvider(target, known);
  const { s3Endpoint, region, bucket, store } = target;
  return {
    async forSpace(agent, space, now) {
      const { credentials, expiresAt } = await provider.forSpace(agent, space, now);
      const blobs = { endpoint: s3Endpoint, region, bucket, credentials, expiresAt };
      return store ? { blobs, store } : { blobs };
    },
  };
}

/** The same, as a deployment is set up. */
export function dataCredentialsOf({ blobs, runtime }: Pick<Config, "blobs" | "runtime">): DataCredentials {
  return createDataCredentials({ ...blobs, region: runtime.region, credentials: runtime.credentials });
}
