/** A refusal in Cloudflare's words. */

export class CloudflareFailure extends Error {
  override readonly name = "CloudflareFailure";
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function scriptNotFound(): CloudflareFailure {
  return new CloudflareFailure(404, 10007, "This Worker does not exist on your account.");
}
