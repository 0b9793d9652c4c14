/** Signs interactions as Discord does, with a key of the test's own. */
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { WebhookRequest } from "../../../worker/channels/channel.ts";

export type Application = { readonly publicKey: string; readonly privateKey: KeyObject };

/** A new application's keys. */
export function createApplication(): Application {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const { x = "" } = publicKey.export({ format: "jwk" });
  return { publicKey: Buffer.from(x, "base64url").toString("hex"), privateKey };
}

/** A body as it comes over the wire. */
export function bytes(body: unknown): Uint8Array {
  return new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
}

/** A webhook with the signature of `body` and of the time `signedAt` (epoch ms). */
export function signed(body: Uint8Array, signedAt: number, { privateKey }: Application): WebhookRequest {
  const timestamp = String(Math.floor(signedAt / 1000));
  const signature = sign(null, Buffer.concat([bytes(timestamp), body]), privateKey).toString("hex");
  return webhook(body, signature, timestamp);
}

/** A webhook with these headers; null: without. */
export function webhook(body: Uint8Array, signature: string | null, timestamp: string | null): WebhookRequest {
  const headers = new Headers();
  if (signature !== null) headers.set("X-Signature-Ed25519", signature);
  if (timestamp !== null) headers.set("X-Signature-Timestamp", timestamp);
  return { headers, body };
}
