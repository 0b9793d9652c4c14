/**
 * Telegram's HTML parser ("Formatting options: HTML style"), as strict as the real one and stricter in one thing: what
 * the documentation forbids inside each other is refused here, while the real server drops the inner formatting.
 */

export type Entity = {
  readonly type: string;
  readonly offset: number;
  readonly length: number;
  readonly url?: string;
  readonly language?: string;
};

export type FormattedText = { readonly text: string; readonly entities: readonly Entity[] };

/** Thrown for a text that cannot be parsed; the message is Telegram's description without "Bad Request: ". */
export class EntityError extends Error {
  constructor(problem: string) {
    super(`can't parse entities: ${problem}`);
  }
}

type OpenTag = { readonly name: string; readonly type: string; readonly start: number; readonly attribute: string };

const ENTITY_OF_TAG: Readonly<Record<string, string>> = {
  b: "bold",
  strong: "bold",
  i: "italic",
  em: "italic",
  u: "underline",
  ins: "underline",
  s: "strikethrough",
  strike: "strikethrough",
  del: "strikethrough",
  "tg-spoiler": "spoiler",
  a: "text_link",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
};
const START_TAG = /^<([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=]+))*)\s*>/u;
const END_TAG = /^<\/([a-zA-Z][a-zA-Z0-9-]*)\s*>/u;
const ATTRIBUTE = /([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>=]+))/gu;
const REFERENCE = /^&(?:(lt|gt|amp|quot)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/u;
const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"' };

/** Text and entities of `html`, trimmed as Telegram trims messages. Throws `EntityError`. */
export function parseHtml(html: string): FormattedText {
  return new HtmlReader(html).read();
}

class HtmlReader {
  readonly #html: string;
  readonly #open: OpenTag[] = [];
  readonly #entities: Entity[] = [];
  #text = "";
  #at = 0;

  constructor(html: string) {
    this.#html = html;
  }

  read(): FormattedText {
    while (this.#at < this.#html.length) {
      const next = this.#html.slice(this.#at).search(/[<&]/u);
      const end = next < 0 ? this.#html.length : this.#at + next;
      this.#text += this.#html.slice(this.#at, end);
      this.#at = end;
      if (this.#html[end] === "&") this.#readReference();
      else if (this.#html[end] === "<") this.#readTag();
    }
    const left = this.#open.at(-1);
    if (left) throw new EntityError(`can't find end tag corresponding to start tag "${left.name}"`);
    return trim(this.#text, this.#entities);
  }

  #readReference(): void {
    const [whole, name, decimal, hex] = REFERENCE.exec(this.#html.slice(this.#at, this.#at + 12)) ?? ["&", "amp"];
    const code = decimal ? Number(decimal) : Number.parseInt(hex ?? "0", 16);
    this.#text += name ? (NAMED[name] ?? whole) : String.fromCodePoint(Math.min(code, 0x10ffff));
    this.#at += whole.length;
  }

  #readTag(): void {
    const rest = this.#html.slice(this.#at);
    const isEnd = rest.startsWith("</");
    const [whole, name = "", attributes = ""] = (isEnd ? END_TAG : START_TAG).exec(rest) ?? [];
    if (whole === undefined) throw this.#error(`unclosed ${isEnd ? "end" : "start"} tag at byte offset`);
    if (isEnd) this.#close(name.toLowerCase());
    else this.#start(name.toLowerCase(), attributes);
    this.#at += whole.length;
  }

  #start(name: string, attributes: string): void {
    const type = ENTITY_OF_TAG[name];
    if (type === undefined) throw this.#error(`unsupported start tag "${name}" at byte offset`);
    const parent = this.#open.at(-1);
    const isLanguage = name === "code" && parent?.name === "pre" && parent.start === this.#text.length;
    const isInCode = this.#open.some((tag) => tag.type === "code" || tag.type === "pre") && !isLanguage;
    const repeats = (type === "blockquote" || type === "text_link") && this.#open.some((tag) => tag.type === type);
    if (isInCode || repeats) throw this.#error(`start tag "${name}" where it is not allowed at byte offset`);
    const wanted = name === "a" ? "href" : "class";
    this.#open.push({ name, type, start: this.#text.length, attribute: attributeOf(attributes, wanted) });
  }

  #close(name: string): void {
    const tag = this.#open.pop();
    if (!tag) throw this.#error("unexpected end tag at byte offset");
    if (tag.name !== name) throw this.#error(`expected "</${tag.name}>", found "</${name}>" at byte offset`);
    const parent = this.#open.at(-1);
    if (tag.name === "code" && parent?.name === "pre") {
      // <pre><code class="language-x"> is one entity, and the class its language.
      const language = /^language-(.+)$/u.exec(tag.attribute)?.[1] ?? "";
      this.#open.splice(-1, 1, { ...parent, attribute: language });
      return;
    }
    const length = this.#text.length - tag.start;
    if (length > 0) this.#entities.push(toEntity(tag, length));
  }

  #error(problem: string): EntityError {
    return new EntityError(`${problem} ${Buffer.byteLength(this.#html.slice(0, this.#at))}`);
  }
}

function toEntity({ type, start, attribute }: OpenTag, length: number): Entity {
  return {
    type,
    offset: start,
    length,
    ...(type === "text_link" && { url: attribute }),
    ...(type === "pre" && attribute !== "" && { language: attribute }),
  };
}

function attributeOf(attributes: string, wanted: string): string {
  for (const [, name = "", double, single, bare] of attributes.matchAll(ATTRIBUTE)) {
    if (name.toLowerCase() !== wanted) continue;
    return (double ?? single ?? bare ?? "").replace(
      /&(?:lt|gt|amp|quot);/gu,
      (found) => NAMED[found.slice(1, -1)] ?? found,
    );
  }
  return "";
}

function trim(text: string, entities: readonly Entity[]): FormattedText {
  const start = text.length - text.trimStart().length;
  const end = text.trimEnd().length;
  const kept = entities.flatMap((entity): Entity[] => {
    const from = Math.max(entity.offset, start);
    const to = Math.min(entity.offset + entity.length, end);
    return to > from ? [{ ...entity, offset: from - start, length: to - from }] : [];
  });
  kept.sort((a, b) => a.offset - b.offset || b.length - a.length);
  return { text: text.slice(start, Math.max(start, end)), entities: kept };
}
