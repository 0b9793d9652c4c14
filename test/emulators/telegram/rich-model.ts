/** What a rich message is made of ("RichMessage", "RichBlock", "RichText"), as far as it is emulated: all but media. */
import { assertNever } from "../../../protocol/assert.ts";

export type RichText = string | readonly RichText[] | RichSpan;

/** Formatted text; what else a type has (`url`, `name`, `user`) is in fields of its own. */
export type RichSpan =
  | { readonly type: RichStyle; readonly text: RichText; readonly [field: string]: unknown }
  | { readonly type: "anchor"; readonly name: string }
  | { readonly type: "custom_emoji"; readonly custom_emoji_id: string; readonly alternative_text: string }
  | { readonly type: "mathematical_expression"; readonly expression: string };

export type RichStyle =
  | "bold"
  | "italic"
  | "underline"
  | "strikethrough"
  | "spoiler"
  | "code"
  | "marked"
  | "subscript"
  | "superscript"
  | "date_time"
  | "url"
  | "email_address"
  | "phone_number"
  | "text_mention"
  | "anchor_link"
  | "reference";

export type RichCell = {
  readonly text?: RichText;
  readonly is_header?: true;
  readonly colspan?: number;
  readonly rowspan?: number;
  readonly align: string;
  readonly valign: string;
};
export type RichItem = {
  readonly label: string;
  readonly blocks: readonly RichBlock[];
  readonly has_checkbox?: true;
  readonly is_checked?: true;
  readonly value?: number;
};

export type RichBlock =
  | { readonly type: "paragraph" | "footer" | "thinking"; readonly text: RichText }
  | { readonly type: "heading"; readonly text: RichText; readonly size: number }
  | { readonly type: "pre"; readonly text: RichText; readonly language?: string }
  | { readonly type: "pullquote"; readonly text: RichText; readonly credit?: RichText }
  | { readonly type: "blockquote"; readonly blocks: readonly RichBlock[]; readonly credit?: RichText }
  | {
      readonly type: "details";
      readonly summary: RichText;
      readonly blocks: readonly RichBlock[];
      readonly is_open?: true;
    }
  | { readonly type: "list"; readonly items: readonly RichItem[] }
  | {
      readonly type: "table";
      readonly cells: readonly (readonly RichCell[])[];
      readonly is_bordered?: true;
      readonly is_striped?: true;
      readonly caption?: RichText;
    }
  | { readonly type: "mathematical_expression"; readonly expression: string }
  | { readonly type: "anchor"; readonly name: string }
  | { readonly type: "divider" };

export type RichMessage = { readonly blocks: readonly RichBlock[]; readonly is_rtl?: true };

/** The words of rich blocks: a line each for paragraphs, items and rows, with " | " between cells. */
export function plainText(blocks: readonly RichBlock[]): string {
  return blocks
    .map(plainBlock)
    .filter((text) => text !== "")
    .join("\n");
}

/** The words of a formatted text. */
export function plainSpan(text: RichText): string {
  if (typeof text === "string") return text;
  if (isList(text)) return text.map(plainSpan).join("");
  if (text.type === "anchor") return "";
  if (text.type === "custom_emoji") return text.alternative_text;
  if (text.type === "mathematical_expression") return text.expression;
  return plainSpan(text.text);
}

function plainBlock(block: RichBlock): string {
  switch (block.type) {
    case "paragraph":
    case "footer":
    case "thinking":
    case "heading":
    case "pre":
      return plainSpan(block.text);
    case "pullquote":
      return [block.text, block.credit ?? ""].map(plainSpan).filter(Boolean).join("\n");
    case "blockquote":
      return [plainText(block.blocks), plainSpan(block.credit ?? "")].filter(Boolean).join("\n");
    case "details":
      return [plainSpan(block.summary), plainText(block.blocks)].filter(Boolean).join("\n");
    case "list":
      return block.items.map((item) => `${item.label} ${plainText(item.blocks)}`).join("\n");
    case "table": {
      const rows = block.cells.map((row) => row.map((cell) => plainSpan(cell.text ?? "")).join(" | "));
      return [plainSpan(block.caption ?? ""), ...rows].filter(Boolean).join("\n");
    }
    case "mathematical_expression":
      return block.expression;
    case "anchor":
    case "divider":
      return "";
    default:
      return assertNever(block);
  }
}

function isList(text: readonly RichText[] | RichSpan): text is readonly RichText[] {
  return Array.isArray(text);
}
