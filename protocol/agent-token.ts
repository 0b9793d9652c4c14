/**
 * How an agent tells the runtime that started it from anybody else on the same machine. On AWS an agent has a machine
 * to itself and no token; on a laptop it would answer every user of it, and any page that a browser there has open.
 */
export const AGENT_TOKEN = {
  /** The request header that brings it. */
  header: "x-agent-claw-token",
  /** Set, in the agent's environment: read a token from the standard input, to its end, before anything is served. */
  expectedVariable: "AGENT_EXPECTS_TOKEN",
  /** Shortest token, in characters: 192 bits in base64url. */
  lengthMin: 32,
} as const;
