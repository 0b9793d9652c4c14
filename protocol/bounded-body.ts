/** Reads a body that a stranger may have made endless. */

/** The whole body as text. Throws `RangeError` when it is longer than `maxBytes`, and what the connection throws. */
export async function readBounded(response: Pick<Response, "body">, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new RangeError(`the body is longer than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
