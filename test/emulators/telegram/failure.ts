/** What the Bot API answers when it refuses a call. */

/** "ResponseParameters": what the caller can do about it. */
export type ResponseParameters = { readonly retry_after?: number; readonly migrate_to_chat_id?: number };

export class ApiFailure extends Error {
  readonly code: number;
  readonly parameters: ResponseParameters | undefined;

  constructor(code: number, description: string, parameters?: ResponseParameters) {
    super(description);
    this.code = code;
    this.parameters = parameters;
  }

  /** The answer's body. */
  toBody(): object {
    return {
      ok: false,
      error_code: this.code,
      description: this.message,
      ...(this.parameters && { parameters: this.parameters }),
    };
  }
}

/** A 400 with Telegram's usual prefix. */
export function badRequest(problem: string): ApiFailure {
  return new ApiFailure(400, `Bad Request: ${problem}`);
}
