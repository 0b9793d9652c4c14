import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundaryOf, readMultipart } from "../../../emulators/telegram/multipart.ts";

const MEGABYTE = 1_048_576;

const part = (headers: string, content: string) => `--x\r\n${headers}\r\n\r\n${content}\r\n`;
const file = (disposition: string, content = "y") =>
  part(`content-disposition: form-data; name="f"; ${disposition}`, content);

async function* pieces(...texts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield typeof text === "string" ? Buffer.from(text) : text;
}

const read = (...texts: readonly (string | Uint8Array)[]) => readMultipart(pieces(...texts), "x");
const problemOf = (reading: Promise<unknown>) =>
  reading.then(
    () => null,
    (error: Error) => error.message,
  );

describe("readMultipart", () => {
  it("reads values and files, wherever the body is cut", async () => {
    const content = "a\r\n--y is no boundary, nor is --x\r\n\0\r\n-";
    const body = Buffer.from(
      `before it${"\r\n"}${part('content-disposition: form-data; name="a"', "é")}` +
        `--x\r\ncontent-disposition:form-data;name="f";filename=n.txt\r\nContent-Type: text/plain\r\n\r\n${content}\r\n--x--\r\nafter`,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(body.length), { maxLength: 12 }), async (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), body.length];
        const form = await read(...ends.map((end, index) => body.subarray(ends[index - 1] ?? 0, end)));
        expect(form.fields).toEqual([["a", "é"]]);
        expect(form.files.get("f")).toEqual({
          name: "n.txt",
          mimeType: "text/plain",
          bytes: content.length,
          sha256: createHash("sha256").update(content).digest("hex"),
          content: Buffer.from(content),
        });
      }),
    );
  });

  it.each([
    ['filename="a b;c.txt"', "a b;c.txt"],
    ['filename="say \\"hi\\" \\\\"', 'say "hi" \\'],
    ["filename=a b.txt", "a b.txt"],
    ["filename=a;b.txt", "a"],
    ["filename=a%20b%C3%A9.txt", "a bé.txt"],
    ["filename=100%.txt", "100%.txt"],
    ["filename=", ""],
  ])("names a file as Telegram does: %s", async (disposition, name) => {
    const form = await read(`${file(disposition)}--x--`);
    expect(form.files.get("f")?.name).toBe(name);
  });

  it("hashes large files and forgets their bytes", async () => {
    const large = Buffer.alloc(4 * MEGABYTE + 1, "z");
    const form = await read(
      '--x\r\ncontent-disposition: form-data; name="f"; filename="l"\r\n\r\n',
      large,
      "\r\n--x--",
    );
    const sha256 = createHash("sha256").update(large).digest("hex");
    expect(form.files.get("f")).toMatchObject({ bytes: large.length, sha256, content: null });
  });

  it("takes 50 MB in all files of a call together, and no more", async () => {
    const half = Buffer.alloc(25 * MEGABYTE);
    const head = (name: string) => `\r\n--x\r\ncontent-disposition: form-data; name="${name}"; filename="l"\r\n\r\n`;
    const form = await read(head("a"), half, head("b"), half, "\r\n--x--");
    expect(form.files.size).toBe(2);
    expect(await problemOf(read(head("a"), half, head("b"), half, "1", "\r\n--x--"))).toBe("Request Entity Too Large");
  });

  it.each([
    ["no end", file("filename=a"), "unexpected end"],
    ["a boundary that goes on", `${file("filename=a")}--x!!`, "boundary expected"],
    ["no name", `${part("content-disposition: form-data; filename=a", "y")}--x--`, "field name"],
    ["no disposition", `${part("content-type: a/b", "y")}--x--`, "form-data content disposition"],
    ["endless headers", `--x\r\n${"a: b\r\n".repeat(4_000)}`, "Header Fields Too Large"],
  ])("refuses a body with %s", async (_what, body, problem) => {
    expect(await problemOf(read(body))).toContain(problem);
  });
});

describe("boundaryOf", () => {
  it.each([
    ["multipart/form-data; boundary=abc", "abc"],
    ['multipart/form-data; charset=x; Boundary="a b"', "a b"],
    ["multipart/form-data", null],
  ])("of %j", (type, boundary) => {
    expect(boundaryOf(type)).toBe(boundary);
  });
});
