/** Random numbers that a seed decides. */

/** Numbers from 0 to below 1, always the same for a seed (Tommy Ettinger's mulberry32, public domain). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Ids as sessions have them: 32 hex digits. */
export function idsOf(seed: number): () => string {
  const random = randomOf(seed);
  const word = (): string =>
    Math.floor(random() * 0x1_00_00_00_00)
      .toString(16)
      .padStart(8, "0");
  return () => word() + word() + word() + word();
}
