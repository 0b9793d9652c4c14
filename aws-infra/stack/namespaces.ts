/** Where AgentCore Memory keeps what it has learned of an actor, `<agent>/<space>`. Pure. */

/**
 * The actor comes first, so that a policy needs no wildcard before it. The end is a `/`, because a query finds
 * everything that begins as it says: without it `person_3a1` would find what `person_3a12` has said.
 */
export function actorNamespace(actor: string): string {
  return `/actors/${actor}/`;
}
