/** Signs what Discord posts to an interactions endpoint, with Ed25519 over the timestamp and the body. */
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

export class Signer {
  readonly #privateKey: KeyObject;
  /** As the developer portal shows it: 64 hexadecimal digits. */
  readonly publicKeyHex: string;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    this.#privateKey = privateKey;
    this.publicKeyHex = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url").toString("hex");
  }

  /** The headers of a request with this body. `timestamp`: in seconds. */
  headersFor(body: string, timestamp: number): Readonly<Record<string, string>> {
    const stamp = String(timestamp);
    return {
      "content-type": "application/json",
      "user-agent": "Discord-Interactions/1.0 (+https://discord.com)",
      "x-signature-ed25519": sign(null, Buffer.from(stamp + body), this.#privateKey).toString("hex"),
      "x-signature-timestamp": stamp,
    };
  }
}
