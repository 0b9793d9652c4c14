import { describe, expect, it, vi } from "vitest";
import type { AttachmentContent, PromptAttachment } from "../../../../agent-container/src/agent/attachments/content.ts";
import { readAttachments } from "../../../../agent-container/src/agent/attachments/read-attachments.ts";
import { ATTACHMENT_BOUNDS } from "../../../../agent-container/src/agent/bounds.ts";
import { PROCESS_TEST_MS } from "../eventually.ts";
import { pdfOf } from "./pdf.ts";
import { pictureOf } from "./pictures.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS });

type Upload = Partial<PromptAttachment> & { readonly content?: Uint8Array; readonly bytes?: number };

/** Reads attachments whose contents are at hand; one without a content cannot be fetched. */
async function read(uploads: readonly Upload[], signal = new AbortController().signal) {
  const fetched: string[] = [];
  const attachments = uploads.map(({ content, bytes, ...fields }, at): PromptAttachment => {
    const stored = { name: String(at), bytes: bytes ?? content?.byteLength ?? 10 };
    return { kind: "document", stored, ...fields };
  });
  const contents = await readAttachments(
    attachments,
    async (name) => {
      fetched.push(name);
      const content = uploads[Number(name)]?.content;
      if (content === undefined || signal.aborted) throw new Error("not reachable");
      return content;
    },
    signal,
  );
  return { contents, fetched };
}

async function contentOf(upload: Upload): Promise<AttachmentContent | undefined> {
  return (await read([upload])).contents[0];
}

const text = (words: string) => Buffer.from(words);

describe("readAttachments", () => {
  it("tells pictures, texts, PDFs and the rest apart by what they are, not by what they are called", async () => {
    const { contents } = await read([
      { name: "notes.txt", mimeType: "text/plain", content: pictureOf("png") },
      { kind: "image", mimeType: "image/jpeg", content: text("<svg/>") },
      { name: "cat.jpg", content: pdfOf(["A letter"]) },
      { kind: "sticker", content: pictureOf("webp") },
      { name: "notes.txt", content: Buffer.from([0, 1, 2, 3]) },
      { name: "empty.txt", content: text(" \n") },
    ]);
    expect(contents).toEqual([
      { kind: "picture" },
      { kind: "text", text: "<svg/>" },
      { kind: "text", text: "A letter" },
      { kind: "picture" },
      { kind: "unseen", why: "you cannot look into a file of this kind" },
      { kind: "unseen", why: "it is empty" },
    ]);
  });

  it.each([
    ["voice", "you cannot hear it"],
    ["audio", "you cannot hear it"],
    ["video", "you cannot watch it"],
  ])("names a %s without fetching it", async (kind, why) => {
    expect(await read([{ kind, content: pictureOf("png") }])).toEqual({
      contents: [{ kind: "unseen", why }],
      fetched: [],
    });
  });

  it("says why a file is not there", async () => {
    const missing = ["too_large", "refused", "unreachable", "constructor"];
    const attachments = missing.map((why) => ({ kind: "voice", missing: why }));
    const contents = await readAttachments(
      attachments,
      () => Promise.reject(new Error("never asked")),
      AbortSignal.abort(),
    );
    expect(contents).toEqual([
      { kind: "unseen", why: "not taken in: it is larger than 21 MB" },
      { kind: "unseen", why: "not taken in: the chat platform did not hand it over" },
      { kind: "unseen", why: "not taken in: the chat platform could not be reached" },
      { kind: "unseen", why: "you cannot hear it" },
    ]);
  });

  it("names a picture that is too large for a model, whether it says so before or after", async () => {
    const large = pictureOf("jpeg", ATTACHMENT_BOUNDS.imageMaxBytes + 1);
    const why = "not shown: it is larger than 3.8 MB";
    expect(await read([{ kind: "image", content: large }])).toEqual({
      contents: [{ kind: "unseen", why }],
      fetched: [],
    });
    expect(await contentOf({ content: large })).toEqual({ kind: "unseen", why });
  });

  it("keeps a picture that cannot be fetched now for later, and names any other file", async () => {
    expect(await contentOf({ kind: "image" })).toEqual({ kind: "picture" });
    expect(await contentOf({ mimeType: "image/png" })).toEqual({ kind: "picture" });
    expect(await contentOf({ name: "a.txt" })).toEqual({ kind: "unseen", why: "it could not be fetched" });
  });

  it("cuts a long text between characters and says how much is missing", async () => {
    const { fileTextMaxBytes } = ATTACHMENT_BOUNDS;
    const long = await contentOf({ content: text("ö".repeat(fileTextMaxBytes)) });
    expect(long).toEqual({
      kind: "text",
      text: "ö".repeat(fileTextMaxBytes / 2),
      left: `${String(fileTextMaxBytes / 2)} more characters are not shown`,
    });
  });

  it("shares the room of a message among its texts, the first ones first", async () => {
    const words = "x".repeat(ATTACHMENT_BOUNDS.fileTextMaxBytes - 10);
    const { contents } = await read([words, words, words, words].map((one) => ({ content: text(one) })));
    const shown = contents.map((content) => (content.kind === "text" ? content.text.length : content.kind));
    expect(shown).toEqual([words.length, words.length, 20, "unseen"]);
    expect(contents[2]).toMatchObject({ left: `${String(words.length - 20)} more characters are not shown` });
    expect(contents[3]).toMatchObject({ why: "its text is left out: the files before it have too much" });
  });

  it("says which pages of a long PDF it shows, and which PDFs cannot be read", async () => {
    const page = "word ".repeat(3_000).trim();
    const long = await contentOf({ content: pdfOf(Array.from({ length: 9 }, () => page)) });
    expect(long).toMatchObject({ kind: "text", left: "only of the first 5 of 9 pages" });
    expect(await contentOf({ content: pdfOf(["", ""]) })).toEqual({
      kind: "unseen",
      why: "it is a PDF of 2 pages without text, such as a scan",
    });
    expect(await contentOf({ content: text("%PDF-1.7 broken") })).toMatchObject({
      why: "it is a PDF that cannot be read: damaged, locked, or too much",
    });
  });

  it("tells a text about PDFs from a PDF that has other bytes before it", async () => {
    const about = "How PDFs begin: %PDF-1.7. My notes follow.";
    expect(await contentOf({ content: text(about) })).toEqual({ kind: "text", text: about });
    const late = Buffer.concat([Buffer.from("\r\n"), pdfOf(["A letter"])]);
    expect(await contentOf({ content: late })).toEqual({ kind: "text", text: "A letter" });
    expect(await contentOf({ content: Buffer.concat([Buffer.from([0, 1]), text("%PDF-1.7 broken")]) })).toMatchObject({
      why: "it is a PDF that cannot be read: damaged, locked, or too much",
    });
  });

  it("gives up what is not there in time", async () => {
    const { contents } = await read([{ content: text("late") }], AbortSignal.abort());
    expect(contents).toEqual([{ kind: "unseen", why: "it could not be fetched" }]);
  });
});
