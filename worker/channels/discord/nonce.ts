/** What makes a message one that Discord takes once ("Create Message": `nonce`, `enforce_nonce`). */

/**
 * Discord knows a nonce for "the past few minutes", and then gives back the message that has it. For so long after the
 * first try we rely on that.
 */
export const NONCE_GOOD_MS = 120_000;
/** "nonce": up to 25 characters. 24 of base64 hold 144 bits. */
const LENGTH = 24;

/** The same for every try of a delivery, and no other one's. */
export async function nonceOf(deliveryId: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(deliveryId));
  const text = btoa(String.fromCharCode(...new Uint8Array(hash)));
  return text.replaceAll("+", "-").replaceAll("/", "_").slice(0, LENGTH);
}
