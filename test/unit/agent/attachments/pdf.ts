/** Makes small PDFs: a page for each text, one line below the other; or one that is small only while it is packed. */
import { deflateSync } from "node:zlib";

const HEAD_OBJECTS = 3;

/** The bytes of a PDF whose pages say this. */
export function pdfOf(pages: readonly string[]): Buffer<ArrayBuffer> {
  const kids = pages.map((_, at) => `${String(pageId(at))} 0 R`).join(" ");
  return assemble([
    ...headObjects(kids, pages.length),
    ...pages.flatMap((text, at) => [pageObject(at), contentObject(text)]),
  ]);
}

/** The bytes of a PDF of some kilobytes, the content of whose page is so many spaces: packed, and packed again. */
export function pdfBomb(bytes: number): Buffer<ArrayBuffer> {
  const stream = deflateSync(deflateSync(Buffer.alloc(bytes, " "))).toString("latin1");
  const content = streamObject(stream, "/Filter [/FlateDecode /FlateDecode]");
  return assemble([...headObjects(`${String(pageId(0))} 0 R`, 1), pageObject(0), content]);
}

function headObjects(kids: string, pages: number): readonly string[] {
  return [
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Kids [${kids}] /Count ${String(pages)} >>`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
}

function pageId(at: number): number {
  return HEAD_OBJECTS + 1 + at * 2;
}

function pageObject(at: number): string {
  // Wide and high enough for every line: what lies outside of its page is no text to a reader.
  const content = `/Contents ${String(pageId(at) + 1)} 0 R`;
  return `<< /Type /Page /Parent 2 0 R /MediaBox [0 -90000 90000 792] ${content} /Resources << /Font << /F1 3 0 R >> >> >>`;
}

function contentObject(text: string): string {
  const lines = text.split("\n").map((line) => `(${line.replaceAll(/[()\\]/g, String.raw`\$&`)}) Tj T*`);
  return streamObject(`BT /F1 12 Tf 14 TL 50 700 Td ${lines.join(" ")} ET`);
}

function streamObject(stream: string, filter = ""): string {
  return `<< /Length ${String(stream.length)} ${filter} >>\nstream\n${stream}\nendstream`;
}

/** Objects with their table of places. */
function assemble(objects: readonly string[]): Buffer<ArrayBuffer> {
  let file = "%PDF-1.4\n";
  const places = objects.map((object, at) => {
    const place = file.length;
    file += `${String(at + 1)} 0 obj\n${object}\nendobj\n`;
    return `${String(place).padStart(10, "0")} 00000 n \n`;
  });
  const size = objects.length + 1;
  const table = `xref\n0 ${String(size)}\n0000000000 65535 f \n${places.join("")}`;
  const trailer = `trailer\n<< /Size ${String(size)} /Root 1 0 R >>\nstartxref\n${String(file.length)}\n%%EOF\n`;
  return Buffer.from(file + table + trailer, "latin1");
}
