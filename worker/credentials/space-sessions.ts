/** The provider of a deployment: sessions of the data role, each used for many turns. */
import { CREDENTIAL_BOUNDS } from "../../protocol/bounds.ts";
import { DATA_SESSION_SECONDS } from "../../protocol/deployment.ts";
import type { AwsCredentials } from "../../protocol/invocation.ts";
import { spaceFolder } from "../../protocol/space.ts";
import { createSigner } from "../agentcore/signer.ts";
import { assumeRole, type RoleTarget } from "./assume-role.ts";
import { EDGE_CREDENTIAL_BOUNDS } from "./bounds.ts";
import { forgetOldest, IsolateValues } from "./isolate-values.ts";
import type { CredentialProvider, Session } from "./provider.ts";

export type ProviderTarget = RoleTarget & { readonly region: string; readonly credentials: AwsCredentials };

/** Sessions by agent and space, in order of use. */
export type KnownSessions = Map<string, Session>;

const isolate = new IsolateValues<KnownSessions>(() => new Map());
const LONGEST_MS = DATA_SESSION_SECONDS * 1_000 + EDGE_CREDENTIAL_BOUNDS.slackMs;

/**
 * Makes a provider. Keep one in each Durable Object: it remembers what it is just asking for. What it got is remembered by
 * the isolate; `known` is another place for it.
 */
export function createCredentialProvider(target: ProviderTarget, known = knownOf(target)): CredentialProvider {
  const { region, credentials } = target;
  const sign = createSigner({ service: "sts", region, credentials });
  const flights = new Map<string, Promise<Session>>();

  return {
    forSpace(agent, space, now) {
      const key = JSON.stringify([agent, space]);
      const session = known.get(key);
      if (session !== undefined && isGood(session, now)) {
        remember(known, key, session);
        return Promise.resolve(session);
      }
      return flights.get(key) ?? ask(key, { agent, space: spaceFolder(space) }, now);
    },
  };

  function ask(key: string, tags: { readonly agent: string; readonly space: string }, now: number): Promise<Session> {
    const flight = assumeRole(sign, target, tags, now)
      .then((session) => {
        remember(known, key, session);
        return session;
      })
      .finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  }
}

/** Whether it lasts for a whole turn. One that seems to last longer than any was got while the clock was off. */
function isGood({ expiresAt }: Session, now: number): boolean {
  const leftMs = expiresAt - now;
  return leftMs >= CREDENTIAL_BOUNDS.handedOutMinMs && leftMs <= LONGEST_MS;
}

function remember(known: KnownSessions, key: string, session: Session): void {
  known.delete(key);
  known.set(key, session);
  forgetOldest(known, EDGE_CREDENTIAL_BOUNDS.spacesMax);
}

function knownOf({ stsEndpoint, roleArn, region, credentials }: ProviderTarget): KnownSessions {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return isolate.of(JSON.stringify([stsEndpoint, roleArn, region, accessKeyId, secretAccessKey, sessionToken]));
}
