/**
 * Binds every random function of the process to the kernel's generator. A process that is restored from a snapshot
 * has the same OpenSSL state as all its siblings, so `crypto.randomUUID()` would repeat; `/dev/urandom` does not.
 * TLS inside OpenSSL itself is out of reach of this: the image brings a snapshot-safe OpenSSL for that.
 */
import crypto from "node:crypto";
import { openSync, readSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/** `crypto.getRandomValues` refuses more bytes in one call (Web Cryptography API, section 10.1.1). */
const VALUES_MAX_BYTES = 65_536;
/** `crypto.randomInt` refuses a wider range (Node.js documentation). */
const INT_RANGE_MAX = 2 ** 48 - 1;

let device: number | undefined;

/**
 * Replaces the random functions of `node:crypto`, `globalThis.crypto` and `Math`, also for modules that imported them
 * by name. Call it at the first invocation, never before: the open device belongs to the restored process. Idempotent.
 */
export function bindRandomToKernel(): void {
  if (device !== undefined) return;
  device = openSync("/dev/urandom", "r");
  const aliases = { pseudoRandomBytes: randomBytes, prng: randomBytes, rng: randomBytes };
  replace(crypto, { randomBytes, ...aliases, randomFillSync, randomFill, randomInt, randomUUID });
  // `crypto.getRandomValues` of node:crypto cannot be replaced; it calls this one.
  replace(globalThis.crypto, { getRandomValues, randomUUID });
  Math.random = random;
  syncBuiltinESMExports();
}

/** Some of these are getters, so they are defined anew instead of assigned. */
function replace(target: object, functions: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(functions)) {
    Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: true });
  }
}

/** Fresh bytes from the kernel. */
function kernelBytes(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let filled = 0;
  while (filled < size) filled += readSync(openedDevice(), bytes, filled, size - filled, null);
  return bytes;
}

function openedDevice(): number {
  if (device === undefined) throw new Error("random functions are not bound yet");
  return device;
}

type Callback<T> = (error: Error | null, value: T) => void;

function randomBytes(size: number, callback?: Callback<Buffer>): Buffer | undefined {
  if (!Number.isInteger(size) || size < 0 || size > 2 ** 31 - 1) throw new RangeError("size is out of range");
  const bytes = kernelBytes(size);
  if (callback === undefined) return bytes;
  process.nextTick(callback, null, bytes);
  return undefined;
}

function randomFillSync<T extends NodeJS.ArrayBufferView | ArrayBuffer>(target: T, offset = 0, size?: number): T {
  const view = ArrayBuffer.isView(target) ? target : new Uint8Array(target);
  // Offset and size count elements of a typed array, as in Node.
  const unit = "BYTES_PER_ELEMENT" in view && typeof view.BYTES_PER_ELEMENT === "number" ? view.BYTES_PER_ELEMENT : 1;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const from = offset * unit;
  const length = size === undefined ? bytes.length - from : size * unit;
  if (from < 0 || length < 0 || from + length > bytes.length) throw new RangeError("offset or size is out of range");
  bytes.set(kernelBytes(length), from);
  return target;
}

function randomFill(target: NodeJS.ArrayBufferView, ...rest: readonly unknown[]): void {
  const callback = rest.at(-1);
  if (typeof callback !== "function") throw new TypeError("the callback is not a function");
  const [offset, size] = rest.slice(0, -1).filter((value) => typeof value === "number");
  randomFillSync(target, offset, size);
  process.nextTick(() => {
    callback(null, target);
  });
}

function getRandomValues<T extends NodeJS.ArrayBufferView>(target: T): T {
  if (target.byteLength > VALUES_MAX_BYTES) {
    throw new DOMException(`more than ${String(VALUES_MAX_BYTES)} bytes were asked for`, "QuotaExceededError");
  }
  return randomFillSync(target);
}

function randomUUID(): string {
  const bytes = kernelBytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** `randomInt(max)`, `randomInt(min, max)`, each also with a callback. Rejection sampling: no bias. */
function randomInt(...args: readonly (number | Callback<number>)[]): number | undefined {
  const numbers = args.filter((arg) => typeof arg === "number");
  const callback = args.find((arg) => typeof arg === "function");
  const [min, max] = numbers.length > 1 ? [numbers[0] ?? 0, numbers[1] ?? 0] : [0, numbers[0] ?? 0];
  const range = max - min;
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || range <= 0 || range > INT_RANGE_MAX) {
    throw new RangeError("the range is not between 1 and 2^48 - 1");
  }
  const limit = INT_RANGE_MAX + 1 - ((INT_RANGE_MAX + 1) % range);
  let drawn = kernelBytes(6).readUIntBE(0, 6);
  while (drawn >= limit) drawn = kernelBytes(6).readUIntBE(0, 6);
  const value = min + (drawn % range);
  if (callback === undefined) return value;
  process.nextTick(callback, null, value);
  return undefined;
}

/** 53 random bits, as `Math.random` has. */
function random(): number {
  const bytes = kernelBytes(7);
  return ((bytes[0] ?? 0) >> 3) / 2 ** 5 + bytes.readUIntBE(1, 6) / 2 ** 53;
}
