/** What the Bot API answers when it refuses a call. */

export class ApiFailure extends Error {
  readonly code: number;
  readonly retryAfterS: number | undefined;

  constructor(code: number, description: string, retryAfterS?: number) {
    super(description);
    this.code = code;
    this.retryAfterS = retryAfterS;
  }

  /** The answer's body. */
  toBody(): object {
    return {
      ok: false,
      error_code: this.code,
      description: this.message,
      ...(this.retryAfterS !== undefined && { parameters: { retry_after: this.retryAfterS } }),
    };
  }
}

/** A 400 with Telegram's usual prefix. */
export function badRequest(problem: string): ApiFailure {
  return new ApiFailure(400, `Bad Request: ${problem}`);
}
