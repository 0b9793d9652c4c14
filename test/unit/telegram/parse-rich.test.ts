import { describe, expect, it } from "vitest";
import { INBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { flattenRich } from "../../../worker/channels/telegram/update-rich.ts";
import { inboundOf } from "./parse-reader.ts";
import { privateMessage, us } from "./payloads.ts";
import { photo } from "./payloads-content.ts";

const paragraph = (text: unknown) => ({ type: "paragraph", text });
const textOf = (...blocks: unknown[]) => flattenRich(blocks).text;

describe("a rich message as plain text", () => {
  it("has a line for each block", () => {
    const heading = { type: "heading", text: "Tides", level: 1 };
    expect(textOf(heading, { type: "divider" }, paragraph("Low at noon."), { type: "footer", text: "Bye" })).toBe(
      "Tides\nLow at noon.\nBye",
    );
  });

  it.each([
    ["plain", "plain"],
    [["a", "b", ["c"]], "abc"],
    [{ type: "bold", text: ["very ", { type: "italic", text: "bold" }] }, "very bold"],
    [{ type: "url", text: "here", url: "https://example.org" }, "here"],
    [{ type: "custom_emoji", custom_emoji_id: "5", alternative_text: "🦞" }, "🦞"],
    [{ type: "mathematical_expression", expression: "x^2" }, "x^2"],
    [["before", { type: "anchor", name: "there" }, " after"], "before after"],
    [{ type: "of_tomorrow", text: "still read" }, "still read"],
  ])("reads %j", (text, expected) => {
    expect(textOf(paragraph(text))).toBe(expected);
  });

  it("keeps lists, quotations, tables and details in order", () => {
    const item = (label: string, text: string, blocks: object[] = []) => ({
      label,
      blocks: [paragraph(text), ...blocks],
    });
    const inner = { type: "list", items: [item("•", "salt")] };
    expect(textOf({ type: "list", items: [item("1.", "milk"), item("2.", "bread", [inner])] }, paragraph("end"))).toBe(
      "1. milk\n2. bread\n• salt\nend",
    );
    expect(textOf({ type: "blockquote", blocks: [paragraph("a"), paragraph("b")], credit: ["by ", "Ann"] })).toBe(
      "a\nb\nby Ann",
    );
    const cell = (text?: string) => ({ ...(text !== undefined && { text }), align: "left", valign: "top" });
    const cells = [
      [cell("day"), cell("low")],
      [cell(), cell("noon")],
    ];
    expect(textOf({ type: "table", cells, caption: "Tides" })).toBe("day | low\n | noon\nTides");
    expect(textOf({ type: "details", summary: "More", blocks: [paragraph("inside")] })).toBe("More\ninside");
  });

  it("names pictures and the like, with what is written below", () => {
    const caption = { text: "Our boat", credit: "Ann" };
    expect(textOf(paragraph("Look:"), { type: "photo", photo, caption })).toBe("Look:\n(photo)\nOur boat\nAnn");
    expect(
      textOf({
        type: "collage",
        blocks: [
          { type: "photo", photo },
          { type: "voice_note", voice_note: {} },
        ],
      }),
    ).toBe("(photo)\n(voice note)");
  });

  it("keeps who is mentioned and what is commanded, where it stands", () => {
    const { text, entities } = flattenRich([
      paragraph("Hello"),
      paragraph(["ask ", { type: "mention", text: "@claw_bot", username: "claw_bot" }]),
      paragraph([
        { type: "text_mention", text: "Crab", user: us },
        ": ",
        { type: "bot_command", text: "/new@claw_bot" },
      ]),
    ]);
    expect(entities.map(({ offset, length, type }) => [type, text.slice(offset, offset + length)])).toEqual([
      ["mention", "@claw_bot"],
      ["text_mention", "Crab"],
      ["bot_command", "/new@claw_bot"],
    ]);
    expect(entities[1]?.user).toEqual({ id: us.id });
  });

  it("can be anything without doing harm", () => {
    expect(textOf(null, 5, true, [], {}, { type: 5, text: 7, cells: [5, [null]], blocks: "x", items: {} })).toBe("");
    let deep: unknown = "bottom";
    for (let level = 0; level < 10_000; level += 1) deep = { type: "bold", text: deep };
    expect(textOf(paragraph(deep), paragraph("after"))).toBe("after");
    const wide = Array.from({ length: 5_000 }, () => paragraph("x".repeat(100)));
    expect(textOf(...wide).length).toBeLessThan(INBOUND_BOUNDS.textMax + 200);
  });

  it("is the text of the message", () => {
    const rich_message = { blocks: [paragraph(["/new ", { type: "bold", text: "day" }])] };
    const inbound = inboundOf(privateMessage({ text: undefined, rich_message }));
    expect(inbound).toMatchObject({ text: "/new day", command: { name: "new", rest: "day" } });
  });
});
