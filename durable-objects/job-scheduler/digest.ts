/** By what a wish is known to be the same when it comes again. */

/** The SHA-256 of what is asked for, in hex. Its fields are in one order: a parser has made it. */
export async function digestOf(asked: unknown): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(asked)));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
