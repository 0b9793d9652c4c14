/** Draws from every random function, imported in every way, and prints what came; with `bind` after binding them. */
import crypto, { getRandomValues, randomBytes, randomFillSync, randomInt, randomUUID } from "node:crypto";
import { uuidv7 } from "@earendil-works/pi-ai";
import { bindRandomToKernel } from "../../../agent-container/src/kernel-random.ts";

if (process.argv[2] === "bind") bindRandomToKernel();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
process.stdout.write(
  JSON.stringify({
    "named randomBytes": hex(randomBytes(8)),
    "default randomBytes": hex(crypto.randomBytes(8)),
    "named randomUUID": randomUUID(),
    "global randomUUID": globalThis.crypto.randomUUID(),
    "named getRandomValues": hex(getRandomValues(new Uint8Array(8))),
    "global getRandomValues": hex(globalThis.crypto.getRandomValues(new Uint8Array(8))),
    "webcrypto getRandomValues": hex(crypto.webcrypto.getRandomValues(new Uint8Array(8))),
    randomFillSync: hex(randomFillSync(new Uint8Array(8))),
    randomInt: Array.from({ length: 16 }, () => randomInt(200)).join(),
    "Math.random": Array.from({ length: 8 }, () => Math.random()).join(),
    "pi's entry id": uuidv7(0),
  }),
);
