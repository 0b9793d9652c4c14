import { describe, expect, it } from "vitest";
import { INBOUND_BOUNDS } from "../../../protocol/bounds.ts";
import { inboundOf } from "./parse-reader.ts";
import { group, groupMessage, privateMessage, us } from "./payloads.ts";
import { CONTENT, contentMessage, photo, poll, sticker, video } from "./payloads-content.ts";

const rows = Object.entries(CONTENT);

describe("what a message can hold", () => {
  it.each(rows)("is read of a message with %s", (_field, row) => {
    const { text, attachments, shared } = inboundOf(contentMessage(row));
    expect({ text, attachments, shared }).toEqual({
      text: row.text ?? "",
      attachments: row.attachments ?? [],
      shared: row.shared,
    });
  });

  it.each(rows)("is read of a message with %s in a group, which is heard and not meant for us", (_field, row) => {
    const { chat, text } = inboundOf(contentMessage(row, { chat: group }));
    expect(chat).toMatchObject({ kind: "group", addressed: false });
    expect(text).toBe(row.text ?? "");
  });

  it.each(rows)("is meant for us with %s in a group when it answers us", (_field, row) => {
    const ours = { message_id: 6, date: 1_763_999_000, from: us, chat: group, text: "What else?" };
    const { chat, quoted } = inboundOf(contentMessage(row, { chat: group, reply_to_message: ours }));
    expect(chat).toMatchObject({ addressed: true });
    expect(quoted).toEqual({ sender: "Claw", text: "What else?", isOwn: true });
  });

  it.each(rows)("is named when somebody answers a message with %s", (_field, row) => {
    const { quoted } = inboundOf(groupMessage({ reply_to_message: contentMessage(row, { chat: group }) }));
    expect(quoted).toEqual({ sender: "Ann Example", text: row.quoted, isOwn: true });
  });

  it("includes the largest of a photo's sizes, the last where none is told", () => {
    const sizes = (list: readonly object[]) =>
      inboundOf(privateMessage({ text: undefined, photo: list })).attachments.map(({ platformId }) => platformId);
    expect(sizes(photo)).toEqual(["large"]);
    expect(sizes([{ file_id: "a" }, { file_id: "b" }])).toEqual(["b"]);
    const only = inboundOf(privateMessage({ photo: [] }));
    expect(only.attachments).toEqual([]);
  });

  it("is read without the fields that are there for old clients", () => {
    const without = (field: string, double: string) =>
      inboundOf(privateMessage({ text: undefined, ...CONTENT[field]?.fields, [double]: undefined }));
    expect(without("live_photo", "photo").attachments).toEqual(CONTENT["live_photo"]?.attachments);
    expect(without("venue", "location").shared).toEqual(CONTENT["venue"]?.shared);
    expect(without("animation", "document").attachments).toEqual(CONTENT["animation"]?.attachments);
  });

  it("includes what a sticker is, still or moving", () => {
    const typeOf = (fields: object) =>
      inboundOf(privateMessage({ text: undefined, sticker: { ...sticker, ...fields } })).attachments[0]?.mimeType;
    expect(typeOf({})).toBe("image/webp");
    expect(typeOf({ is_animated: true })).toBe("application/x-tgsticker");
    expect(typeOf({ is_video: true })).toBe("video/webm");
  });

  it("is told of paid media that we may not see", () => {
    const paid_media = { star_count: 5, paid_media: [{ type: "preview", duration: 12 }] };
    const { attachments, shared } = inboundOf(privateMessage({ text: undefined, paid_media }));
    expect(attachments).toEqual([]);
    expect(shared).toEqual([{ kind: "other", what: "paid_media" }]);
  });

  it("has bounded names and no more than a few of a poll's options", () => {
    const long = "x".repeat(5_000);
    const named = inboundOf(privateMessage({ video: { ...video, file_name: long, mime_type: long } }));
    expect(named.attachments[0]?.name).toHaveLength(INBOUND_BOUNDS.labelMax);
    expect(named.attachments[0]?.mimeType).toHaveLength(INBOUND_BOUNDS.labelMax);
    const options = Array.from({ length: 100 }, () => ({ text: long }));
    const [asked] = inboundOf(privateMessage({ poll: { ...poll, question: long, options } })).shared ?? [];
    if (asked?.kind !== "poll") throw new Error("no poll");
    expect(asked.question.length).toBe(300);
    expect(asked.options).toHaveLength(32);
    expect(asked.options[0]).toHaveLength(INBOUND_BOUNDS.labelMax);
  });

  it("is a caption with its file, which together call us", () => {
    const captioned = { text: undefined, caption: "see @claw_bot", photo };
    const caption_entities = [{ type: "mention", offset: 4, length: 9 }];
    const inbound = inboundOf(groupMessage({ ...captioned, caption_entities }));
    expect(inbound).toMatchObject({
      text: "see @claw_bot",
      chat: { addressed: true },
      attachments: [{ kind: "image" }],
    });
  });
});
