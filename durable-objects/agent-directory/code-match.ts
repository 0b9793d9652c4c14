/** Makes codes and finds them. Pure. */
import { CODE_LENGTH, codeOf } from "../../protocol/pairing.ts";

/** A code that is none of `taken`. `random` fills bytes from a source that nobody can foretell. */
export function newCode(taken: ReadonlySet<string>, random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): string {
  for (;;) {
    const code = codeOf(random(new Uint8Array(CODE_LENGTH)));
    if (!taken.has(code)) return code;
  }
}

/**
 * Where `given` is in `codes`; null: nowhere. All of all codes is looked at each time, so that the time it takes does
 * not tell how much of a guess was right, or of which code.
 */
export function findCode(given: string, codes: readonly string[]): number | null {
  let found = 0;
  for (const [index, code] of codes.entries()) {
    let difference = given.length ^ code.length;
    for (let at = 0; at < code.length; at += 1) difference |= given.charCodeAt(at) ^ code.charCodeAt(at);
    found |= Number(difference === 0) * (index + 1);
  }
  return found === 0 ? null : found - 1;
}
