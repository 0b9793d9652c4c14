/**
 * Reads the HTML of rich messages into a tree ("Rich HTML style" of Bot API 10.1). Stricter than the real service may be:
 * a tag or attribute that its documentation does not show is refused, and so is every end tag that does not fit.
 */

export type RichElement = {
  readonly kind: "element";
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly RichNode[];
};
export type RichNode = { readonly kind: "text"; readonly text: string } | RichElement;

/** Thrown for what is no rich message; the message is a description without "Bad Request: ". */
export class RichError extends Error {}

type Tag = { readonly attributes?: readonly string[]; readonly isVoid?: boolean; readonly isRaw?: boolean };

const MEDIA: Tag = { attributes: ["src", "alt", "tg-spoiler"] };
const CELL: Tag = { attributes: ["colspan", "rowspan", "align", "valign"] };
const PLAIN_TAGS =
  "b strong i em u ins s strike del mark sub sup tg-spoiler h1 h2 h3 h4 h5 h6 p pre footer ul blockquote cite aside " +
  "figure figcaption tg-collage tg-slideshow caption tr summary tg-thinking";
const TAGS: ReadonlyMap<string, Tag> = new Map<string, Tag>([
  ...PLAIN_TAGS.split(" ").map((name): [string, Tag] => [name, {}]),
  ["code", { attributes: ["class"] }],
  ["a", { attributes: ["href", "name"] }],
  ["tg-reference", { attributes: ["name"] }],
  ["tg-emoji", { attributes: ["emoji-id"] }],
  ["tg-time", { attributes: ["unix", "format"] }],
  ["tg-math", { isRaw: true }],
  ["tg-math-block", { isRaw: true }],
  ["br", { isVoid: true }],
  ["hr", { isVoid: true }],
  ["input", { attributes: ["type", "checked"], isVoid: true }],
  ["img", { ...MEDIA, isVoid: true }],
  ["video", MEDIA],
  ["audio", MEDIA],
  ["tg-map", { attributes: ["lat", "long", "zoom"], isVoid: true }],
  ["ol", { attributes: ["start", "type", "reversed"] }],
  ["li", { attributes: ["value", "type"] }],
  ["table", { attributes: ["bordered", "striped"] }],
  ["th", CELL],
  ["td", CELL],
  ["details", { attributes: ["open"] }],
]);
/** Parts of a block, which make no level of their own. */
const PARTS: ReadonlySet<string> = new Set(["li", "tr", "td", "th", "summary", "caption", "cite", "figcaption"]);
const LEVELS_MAX = 16;

const START_TAG = /^<([a-z][a-z0-9-]*)((?:\s+[a-z-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=/]+))?)*)\s*(\/?)>/iu;
const END_TAG = /^<\/([a-z][a-z0-9-]*)\s*>/iu;
const ATTRIBUTE = /([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>=/]+)))?/giu;
const REFERENCE = /&(?:([a-z]+)|#(\d{1,7})|#x([\da-f]{1,6}));/giu;
const NAMED: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  hellip: "…",
  mdash: "—",
  ndash: "–",
  lsquo: "‘",
  rsquo: "’",
  ldquo: "“",
  rdquo: "”",
};

/** The tree of `html`. Throws `RichError`. */
export function readRichTree(html: string): readonly RichNode[] {
  return new TreeReader(html).read();
}

class TreeReader {
  readonly #html: string;
  readonly #open: { readonly name: string; readonly children: RichNode[] }[] = [{ name: "", children: [] }];
  #at = 0;

  constructor(html: string) {
    this.#html = html;
  }

  read(): readonly RichNode[] {
    while (this.#at < this.#html.length) {
      if (this.#html[this.#at] === "<") this.#readTag();
      else this.#readText();
    }
    const last = this.#open.at(-1);
    if (this.#open.length > 1) throw this.#error(`can't find end tag corresponding to start tag "${last?.name}"`);
    return last?.children ?? [];
  }

  #readText(): void {
    const end = this.#html.indexOf("<", this.#at);
    const source = this.#html.slice(this.#at, end < 0 ? undefined : end);
    this.#add({ kind: "text", text: decode(source) });
    this.#at += source.length;
  }

  #readTag(): void {
    const rest = this.#html.slice(this.#at);
    const isEnd = rest.startsWith("</");
    const [whole, written = "", attributes = "", slash] = (isEnd ? END_TAG : START_TAG).exec(rest) ?? [];
    if (whole === undefined) throw this.#error("unclosed tag");
    const name = written.toLowerCase();
    const tag = TAGS.get(name);
    if (!tag) throw this.#error(`unsupported tag "${name}"`);
    this.#at += whole.length;
    if (isEnd) this.#close(name);
    else this.#start(name, tag, this.#attributes(tag, name, attributes), slash === "/" || tag.isVoid === true);
  }

  #attributes({ attributes = [] }: Tag, name: string, source: string): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const [, key = "", double, single, bare] of source.matchAll(ATTRIBUTE)) {
      if (!attributes.includes(key.toLowerCase())) throw this.#error(`unsupported attribute "${key}" of "${name}"`);
      found.set(key.toLowerCase(), decode(double ?? single ?? bare ?? ""));
    }
    return found;
  }

  #start(name: string, tag: Tag, attributes: ReadonlyMap<string, string>, isEmpty: boolean): void {
    const children: RichNode[] = [];
    this.#add({ kind: "element", name, attributes, children });
    if (isEmpty) return;
    if (tag.isRaw) {
      const end = this.#html.indexOf(`</${name}>`, this.#at);
      if (end < 0) throw this.#error(`can't find end tag corresponding to start tag "${name}"`);
      children.push({ kind: "text", text: this.#html.slice(this.#at, end) });
      this.#at = end + name.length + 3;
      return;
    }
    this.#open.push({ name, children });
    const levels = this.#open.filter((open) => open.name !== "" && !PARTS.has(open.name)).length;
    if (levels > LEVELS_MAX) throw new RichError("RICH_MESSAGE_DEPTH_TOO_BIG");
  }

  #close(name: string): void {
    const { name: expected } = this.#open.pop() ?? {};
    if (expected === "" || expected === undefined) throw this.#error(`unexpected end tag "${name}"`);
    if (expected !== name) throw this.#error(`expected "</${expected}>", found "</${name}>"`);
  }

  #add(node: RichNode): void {
    this.#open.at(-1)?.children.push(node);
  }

  #error(problem: string): RichError {
    return new RichError(`can't parse rich message: ${problem} at byte offset ${byteOffset(this.#html, this.#at)}`);
  }
}

function byteOffset(text: string, index: number): number {
  return Buffer.byteLength(text.slice(0, index));
}

/** Decodes the references that Telegram knows; others stay as they are. */
function decode(text: string): string {
  return text.replace(REFERENCE, (whole: string, name?: string, decimal?: string, hex?: string) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex ?? "0", 16) : Number(decimal);
    return String.fromCodePoint(Math.min(code, 0x10ffff));
  });
}
