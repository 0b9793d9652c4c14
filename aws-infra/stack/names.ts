/** The names that AgentCore wants from us. Whatever else can do without a name has none, so that it can exist twice. Pure. */

/** AgentCore's pattern for runtimes, endpoints, memories, strategies and browsers: no hyphen. */
export const AGENTCORE_NAME = /^[a-zA-Z][a-zA-Z0-9_]{0,47}$/;

/** A deployment's name has hyphens but no underscores, so two deployments never get the same one. */
export function agentCoreName(deployment: string): string {
  const name = deployment.replaceAll("-", "_");
  if (!AGENTCORE_NAME.test(name)) throw new Error(`not a name for AgentCore: ${name}`);
  return name;
}
