/** Turns the inline part of a rich message's tree into "RichText". */
import type { RichSpan, RichStyle, RichText } from "./rich-model.ts";
import { type RichElement, RichError, type RichNode } from "./rich-tree.ts";

const STYLES: Readonly<Record<string, RichStyle>> = {
  b: "bold",
  strong: "bold",
  i: "italic",
  em: "italic",
  u: "underline",
  ins: "underline",
  s: "strikethrough",
  strike: "strikethrough",
  del: "strikethrough",
  code: "code",
  mark: "marked",
  sub: "subscript",
  sup: "superscript",
  "tg-spoiler": "spoiler",
};
const OTHERS: ReadonlySet<string> = new Set(["a", "tg-reference", "tg-emoji", "tg-time", "tg-math", "br"]);

/** Whether a node can stand in a line of text. */
export function isInline(node: RichNode): boolean {
  if (node.kind === "text") return true;
  return node.name in STYLES || OTHERS.has(node.name) || emojiOf(node) !== null;
}

/** The formatted text of inline nodes: white space as browsers show it, none at the ends. Throws `RichError`. */
export function richTextOf(nodes: readonly RichNode[]): RichText {
  return simplify(trimEnds(collapse(nodes).map(spanOf)));
}

/** White space counts as one space, and as none after a space or a line break. */
function collapse(nodes: readonly RichNode[], state = { isAfterSpace: true }): readonly RichNode[] {
  return nodes.map((node) => {
    if (node.kind === "text") {
      let text = node.text.replace(/[ \t\r\n\f]+/gu, " ");
      if (state.isAfterSpace) text = text.replace(/^ /u, "");
      if (text !== "") state.isAfterSpace = text.endsWith(" ");
      return { kind: "text", text };
    }
    if (node.name === "br") state.isAfterSpace = true;
    return { ...node, children: collapse(node.children, state) };
  });
}

function spanOf(node: RichNode): RichText {
  if (node.kind === "text") return node.text;
  const emoji = emojiOf(node);
  if (emoji) return emoji;
  const style = STYLES[node.name];
  const inside = (): RichText => simplify(node.children.map(spanOf));
  if (style !== undefined) return styled(node, style, inside());
  switch (node.name) {
    case "br":
      return "\n";
    case "a":
      return linkOf(node, inside());
    case "tg-reference":
      return { type: "reference", text: inside(), name: required(node, "name") };
    case "tg-time": {
      const unixTime = Number(required(node, "unix"));
      if (!Number.isSafeInteger(unixTime)) throw new RichError("RICH_MESSAGE_DATE_INVALID");
      return {
        type: "date_time",
        text: inside(),
        unix_time: unixTime,
        date_time_format: node.attributes.get("format") ?? "",
      };
    }
    case "tg-math":
      return { type: "mathematical_expression", expression: rawText(node) };
    default:
      throw new RichError(`can't parse rich message: "${node.name}" can't be inside of a text`);
  }
}

function styled(node: RichElement, style: RichStyle, text: RichText): RichText {
  if (node.attributes.has("class")) {
    throw new RichError("can't parse rich message: only code inside of pre has a language");
  }
  return text === "" ? "" : { type: style, text };
}

function linkOf(node: RichElement, text: RichText): RichText {
  const name = node.attributes.get("name");
  if (name !== undefined) {
    if (text !== "") throw new RichError("can't parse rich message: an anchor has no text");
    return { type: "anchor", name };
  }
  const href = required(node, "href");
  if (href.startsWith("#")) return { type: "anchor_link", text, anchor_name: href.slice(1) };
  if (href.startsWith("mailto:")) {
    const address = href.slice("mailto:".length);
    if (!/^[^\s@:]+@[^\s@]+\.[^\s@]+$/u.test(address)) throw new RichError("RICH_MESSAGE_EMAIL_INVALID");
    return { type: "email_address", text, email_address: address };
  }
  if (href.startsWith("tel:")) return { type: "phone_number", text, phone_number: href.slice("tel:".length) };
  const userId = /^tg:\/\/user\?id=(\d{1,15})$/u.exec(href)?.[1];
  if (userId !== undefined) {
    return { type: "text_mention", text, user: { id: Number(userId), is_bot: false, first_name: `Person ${userId}` } };
  }
  if (!/^(?:https?|tg):\/\/\S+$/u.test(href)) throw new RichError("RICH_MESSAGE_URL_INVALID");
  return { type: "url", text, url: href };
}

/** `<tg-emoji emoji-id>`, or an image of one. */
function emojiOf(node: RichElement): RichSpan | null {
  if (node.name === "tg-emoji") {
    return { type: "custom_emoji", custom_emoji_id: required(node, "emoji-id"), alternative_text: rawText(node) };
  }
  const id = node.name === "img" ? /^tg:\/\/emoji\?id=(\d+)$/u.exec(node.attributes.get("src") ?? "")?.[1] : undefined;
  if (id === undefined) return null;
  return { type: "custom_emoji", custom_emoji_id: id, alternative_text: node.attributes.get("alt") ?? "" };
}

/** The text of an element that can hold nothing else. */
export function rawText(node: RichElement): string {
  return node.children
    .map((child) => {
      if (child.kind === "text") return child.text;
      throw new RichError(`can't parse rich message: "${child.name}" can't be inside of "${node.name}"`);
    })
    .join("");
}

function required(node: RichElement, attribute: string): string {
  const value = node.attributes.get(attribute);
  if (value) return value;
  throw new RichError(`can't parse rich message: "${node.name}" has no attribute "${attribute}"`);
}

/** No more arrays and strings than needed: neighbours that are plain are one. */
function simplify(parts: readonly RichText[]): RichText {
  const merged: RichText[] = [];
  for (const part of parts.flat()) {
    const last = merged.at(-1);
    if (part === "") continue;
    if (typeof part === "string" && typeof last === "string") merged.splice(-1, 1, last + part);
    else merged.push(part);
  }
  return merged.length === 1 ? (merged[0] ?? "") : merged.length === 0 ? "" : merged;
}

function trimEnds(parts: readonly RichText[]): readonly RichText[] {
  const last = parts.at(-1);
  return typeof last === "string" ? [...parts.slice(0, -1), last.replace(/[ \n]+$/u, "")] : parts;
}
