/** Reads a webhook's body under a cap: before anything is parsed, and whether or not its length is announced. */
import { INBOUND_BOUNDS } from "../protocol/bounds.ts";
import { err, ok, type Result } from "../protocol/result.ts";

/** `too_large`: over the cap. `broken`: the connection ended in the middle, or was no HTTP. */
export type BodyProblem = "too_large" | "broken";

/** The whole body. Reads no further than the cap; never throws. */
export async function readWebhookBody(
  request: Request,
  bodyMaxBytes: number = INBOUND_BOUNDS.bodyMaxBytes,
): Promise<Result<Uint8Array, BodyProblem>> {
  if (Number(request.headers.get("content-length") ?? 0) > bodyMaxBytes) return err("too_large");
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > bodyMaxBytes) return err("too_large");
      chunks.push(chunk);
    }
  } catch {
    return err("broken");
  }
  return ok(joined(chunks, bytes));
}

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const [only] = chunks;
  if (only && chunks.length === 1) return only;
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
