/**
 * Loaded before a process (`--import`): puts it into the state that every restore of one snapshot shares. The clock
 * stands still and all random functions give the same seeded stream. SIGUSR2 prints how often they were asked.
 */
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";

const NOW = 1_764_000_000_000;
let asked = 0;
let state = 42;

/** The next byte of a small linear congruential generator: repeatable, that is all it is for. */
function byte(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state >>> 24;
}

function fill<T extends NodeJS.ArrayBufferView>(view: T): T {
  asked += 1;
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength).forEach((_, at, bytes) => {
    bytes[at] = byte();
  });
  return view;
}

function randomUuid(): string {
  const hex = Buffer.from(fill(new Uint8Array(16))).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const replaced = {
  randomBytes: (size: number) => Buffer.from(fill(new Uint8Array(size))),
  randomFillSync: fill,
  randomInt: (max: number) => fill(new Uint8Array(1))[0]! % max,
  randomUUID: randomUuid,
};
for (const [name, value] of Object.entries(replaced)) {
  Object.defineProperty(crypto, name, { value, configurable: true, writable: true });
}
for (const [name, value] of Object.entries({ getRandomValues: fill, randomUUID: randomUuid })) {
  Object.defineProperty(globalThis.crypto, name, { value, configurable: true, writable: true });
}
Math.random = () => fill(new Uint8Array(1))[0]! / 256;
Date.now = () => NOW;
syncBuiltinESMExports();

process.on("SIGUSR2", () => {
  process.stderr.write(`asked ${String(asked)} times\n`);
});
