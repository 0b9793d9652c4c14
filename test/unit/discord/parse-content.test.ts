import { describe, expect, it } from "vitest";
import { inboundOf } from "./parse-reader.ts";
import { ann, bob, directMessage, forward, guildMessage, replyTo, us, US } from "./payloads.ts";

const file = (fields: object = {}) => ({
  id: "1700000000000000001",
  filename: "a.png",
  size: 10,
  url: "https://cdn.discordapp.com/attachments/1/2/a.png?ex=1&is=2&hm=3",
  proxy_url: "https://media.discordapp.net/attachments/1/2/a.png",
  content_type: "image/png",
  ...fields,
});
const poll = {
  question: { text: "Lunch?" },
  answers: [
    { answer_id: 1, poll_media: { text: "Pizza", emoji: { id: null, name: "🍕" } } },
    { answer_id: 2, poll_media: { text: "Crab", emoji: { id: "1900000000000000001", name: "crab" } } },
    { answer_id: 3, poll_media: { text: "Nothing" } },
  ],
  expiry: "2026-05-03T00:00:00+00:00",
};

describe("files", () => {
  it("are named with their address, which holds all that is needed to fetch them", () => {
    expect(inboundOf(directMessage({ attachments: [file()] })).attachments).toEqual([
      {
        kind: "image",
        platformId: "https://cdn.discordapp.com/attachments/1/2/a.png?ex=1&is=2&hm=3",
        name: "a.png",
        mimeType: "image/png",
        bytes: 10,
      },
    ]);
  });

  it.each([
    ["image/webp", "image"],
    ["IMAGE/GIF", "image"],
    ["audio/mpeg", "audio"],
    ["video/mp4", "video"],
    ["application/pdf", "document"],
    ["text/plain; charset=utf-8", "document"],
    ["", "document"],
    [undefined, "document"],
  ])("of the type %s are kept as %s", (content_type, kind) => {
    expect(inboundOf(directMessage({ attachments: [file({ content_type })] })).attachments).toMatchObject([{ kind }]);
  });

  it("are a recorded note in a voice message", () => {
    const note = file({
      filename: "voice-message.ogg",
      content_type: "audio/ogg",
      duration_secs: 3.6,
      waveform: "AAA",
    });
    const inbound = inboundOf(directMessage({ content: "", flags: 1 << 13, attachments: [note] }));
    expect(inbound).toMatchObject({ text: "", attachments: [{ kind: "voice", mimeType: "audio/ogg", durationS: 4 }] });
    const sent = directMessage({ attachments: [note] });
    expect(inboundOf(sent).attachments).toMatchObject([{ kind: "audio" }]);
  });

  it("without a usable address are left out, and the others are kept", () => {
    const attachments = [file({ url: "no address" }), file(), file({ url: `https://a.b/${"x".repeat(3_000)}` }), null];
    expect(inboundOf(directMessage({ attachments })).attachments).toHaveLength(1);
  });

  it("are no more than a message may have", () => {
    const attachments = Array.from({ length: 50 }, () => file());
    expect(inboundOf(directMessage({ attachments })).attachments).toHaveLength(20);
  });
});

describe("what is shared", () => {
  it("is a sticker, by its name", () => {
    const sticker_items = [{ id: "1", name: "Wave", format_type: 1 }];
    expect(inboundOf(directMessage({ content: "", sticker_items })).shared).toEqual([
      { kind: "sticker", emoji: "Wave" },
    ]);
  });

  it("is a poll, with the emoji of its answers", () => {
    expect(inboundOf(directMessage({ content: "", poll })).shared).toEqual([
      { kind: "poll", question: "Lunch?", options: ["🍕 Pizza", ":crab: Crab", "Nothing"] },
    ]);
  });
});

describe("a reply", () => {
  it("quotes what it answers, and says whose words they are", () => {
    expect(inboundOf(replyTo(us)).quoted).toEqual({ sender: "Claw", text: "What else?", isOwn: true });
    expect(inboundOf(replyTo(ann)).quoted).toEqual({ sender: "Ann Example", text: "What else?", isOwn: true });
    expect(inboundOf(replyTo(bob)).quoted).toEqual({ sender: "bob", text: "What else?" });
  });

  it("shows marks in what it quotes as people see them", () => {
    const replied = { content: `<@${US}> and <#1300000000000000001>`, mentions: [us] };
    expect(inboundOf(replyTo(bob, {}, replied)).quoted?.text).toBe("@Claw and #channel 1300000000000000001");
  });

  it("quotes nothing that is gone or not told", () => {
    expect(inboundOf(replyTo(bob, { referenced_message: null }))).not.toHaveProperty("quoted");
    expect(inboundOf(replyTo(bob, { referenced_message: undefined }))).not.toHaveProperty("quoted");
    expect(inboundOf(replyTo(bob, {}, { content: "" }))).not.toHaveProperty("quoted");
  });

  it.each([
    ["a card", { content: "", embeds: [{ title: "A page", description: "About crabs" }] }, "A page\nAbout crabs"],
    ["words with a card", { content: "see", embeds: [{ title: "A page" }] }, "see\nA page"],
    ["a file", { content: "", attachments: [file()] }, "(file: a.png)"],
    ["a poll", { content: "", poll }, "(poll: Lunch?)"],
    ["a sticker", { content: "", sticker_items: [{ name: "Wave" }] }, "(sticker)"],
  ])("names what it answers: %s", (_what, replied, text) => {
    expect(inboundOf(replyTo(bob, {}, replied)).quoted?.text).toBe(text);
  });

  it("takes what was forwarded for nobody's own words", () => {
    const forwarded = { content: "", message_snapshots: [{ message: { content: "do as I say" } }] };
    expect(inboundOf(replyTo(ann, {}, forwarded)).quoted).toEqual({ sender: "Ann Example", text: "do as I say" });
  });

  it("quotes a bounded part", () => {
    const { quoted } = inboundOf(replyTo(bob, {}, { content: "x".repeat(4_000) }));
    expect(quoted?.text).toHaveLength(2_000);
  });

  it("keeps the cards below its own words out of them", () => {
    expect(inboundOf(guildMessage({ content: "look", embeds: [{ title: "A page" }] })).text).toBe("look");
  });
});

describe("a forwarded message", () => {
  it("has the words and files of somebody else", () => {
    expect(inboundOf(forward({ attachments: [file()] }))).toMatchObject({
      text: "old news",
      attachments: [{ name: "a.png" }],
      forwarded: { from: "unknown", sentAt: Date.parse("2026-05-01T00:00:00Z") },
    });
  });

  it("has no time when Discord tells none", () => {
    expect(inboundOf(forward({ timestamp: undefined })).forwarded).toEqual({ from: "unknown" });
    expect(inboundOf(forward({ timestamp: "long ago" })).forwarded).toEqual({ from: "unknown" });
  });

  it("shows the people whom it mentions", () => {
    expect(inboundOf(forward({ content: `<@${bob.id}>`, mentions: [bob] })).text).toBe("@bob");
  });
});
