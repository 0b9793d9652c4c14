/** The close codes of the Gateway ("Gateway Close Event Codes"), and what they do to a session. */

/** After these a client reconnects and resumes. 1000 and 1001 from the server's side are not documented; seen as harmless. */
export const RESUMABLE_CLOSE_CODES = [1000, 1001, 4000, 4001, 4002, 4005, 4008] as const;
/** After these it reconnects and identifies: the session is gone. */
export const NEW_SESSION_CLOSE_CODES = [4003, 4007, 4009] as const;
/** After these it must not reconnect. */
export const TERMINAL_CLOSE_CODES = [4004, 4010, 4011, 4012, 4013, 4014] as const;

export const RETRYABLE_CLOSE_CODES = [...RESUMABLE_CLOSE_CODES, ...NEW_SESSION_CLOSE_CODES] as const;

export type RetryableCloseCode = (typeof RETRYABLE_CLOSE_CODES)[number];
export type TerminalCloseCode = (typeof TERMINAL_CLOSE_CODES)[number];
export type CloseCode = RetryableCloseCode | TerminalCloseCode;

const REASONS: Readonly<Record<CloseCode, string>> = {
  1000: "",
  1001: "Discord is restarting.",
  4000: "Unknown error.",
  4001: "Unknown opcode.",
  4002: "Error while decoding payload.",
  4003: "Not authenticated.",
  4004: "Authentication failed.",
  4005: "Already authenticated.",
  4007: "Invalid seq.",
  4008: "Rate limited.",
  4009: "Session timed out.",
  4010: "Invalid shard.",
  4011: "Sharding required.",
  4012: "Invalid API version.",
  4013: "Invalid intent(s).",
  4014: "Disallowed intent(s).",
};

export function reasonOf(code: CloseCode): string {
  return REASONS[code];
}

/** Whether a session can be resumed after the server closed its connection so. */
export function keepsSession(code: CloseCode): boolean {
  return RESUMABLE_CLOSE_CODES.some((resumable) => resumable === code);
}
