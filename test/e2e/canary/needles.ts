/** Finds secrets in bytes, in each form that a program may give them by accident, and also if only half of one is there. */

export type Canary = { readonly secret: string; readonly value: string };

type Needle = { readonly secret: string; readonly form: string; readonly bytes: Buffer };

/** Shortest piece that is looked for: shorter ones are found by chance. */
const PIECE_MIN = 8;
const INDEX_SIZE = 2 ** 20;

/** An index of needles by their first four bytes: one pass over the bytes, however many needles there are. */
export class Needles {
  readonly #byStart = new Map<number, Needle[]>();
  readonly #starts = new Uint8Array(INDEX_SIZE);

  constructor(canaries: readonly Canary[]) {
    const known = new Set<string>();
    for (const { secret, value } of canaries) {
      for (const [form, bytes] of formsOf(value)) {
        const id = `${secret}\0${bytes.toString("latin1")}`;
        if (known.has(id)) continue;
        known.add(id);
        const start = bytes.readUInt32LE(0);
        this.#starts[slotOf(start)] = 1;
        this.#byStart.set(start, [...(this.#byStart.get(start) ?? []), { secret, form, bytes }]);
      }
    }
  }

  /** The secrets in some bytes, each with a form in which it is there. */
  find(content: Buffer): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    const last = content.length - 4;
    for (let at = 0; at <= last; at++) {
      const start = content.readUInt32LE(at);
      if (this.#starts[slotOf(start)] !== 1) continue;
      for (const { secret, form, bytes } of this.#byStart.get(start) ?? []) {
        if (!found.has(secret) && content.subarray(at, at + bytes.length).equals(bytes)) {
          found.set(secret, form);
        }
      }
    }
    return found;
  }
}

/** Where a start is in the index; several starts may share a place. */
function slotOf(start: number): number {
  return Math.imul(start, 0x9e37_79b1) >>> 12;
}

function formsOf(value: string): readonly (readonly [string, Buffer])[] {
  const middle = Math.ceil(value.length / 2);
  const backwards = ["backwards", value.split("").toReversed().join("")] as const;
  const halves = [
    ["the first half", value.slice(0, middle)] as const,
    ["the second half", value.slice(middle)] as const,
  ];
  const pieces = value.length < 2 * PIECE_MIN ? [["whole", value] as const, backwards] : [...halves, backwards];
  const forms = pieces.flatMap(([piece, text]) => {
    const utf8 = Buffer.from(text);
    const hex = utf8.toString("hex");
    const written: readonly (readonly [string, Buffer])[] = [
      ["as it is", utf8],
      ["UTF-16", Buffer.from(text, "utf16le")],
      ["hex", Buffer.from(hex)],
      ["HEX", Buffer.from(hex.toUpperCase())],
      ["in an address", Buffer.from(encodeURIComponent(text))],
      ["in JSON", Buffer.from(JSON.stringify(text).slice(1, -1))],
      ["in JSON twice", Buffer.from(JSON.stringify(JSON.stringify(text)).slice(3, -3))],
      ...base64Of(utf8),
    ];
    return written.map(([form, bytes]) => [`${piece}, ${form}`, bytes] as const);
  });
  return forms.filter(([, bytes]) => bytes.length >= PIECE_MIN);
}

/** As base64 and base64url, wherever the piece begins in what was encoded. */
function base64Of(utf8: Buffer): readonly (readonly [string, Buffer])[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), utf8]).toString("base64");
    // Only the characters that come of the piece alone.
    const bits = (offset + utf8.length) * 8;
    const text = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6));
    const forUrls = text.replaceAll("+", "-").replaceAll("/", "_");
    return [
      ["base64", Buffer.from(text)],
      ["base64url", Buffer.from(forUrls)],
    ] as const;
  });
}
