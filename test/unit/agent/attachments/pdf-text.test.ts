import { Worker } from "node:worker_threads";
import { describe, expect, it, vi } from "vitest";
import { readPdfText } from "../../../../agent-container/src/agent/attachments/pdf-text.ts";
import { ATTACHMENT_BOUNDS } from "../../../../agent-container/src/agent/bounds.ts";
import { PROCESS_TEST_MS } from "../eventually.ts";
import { pdfBomb, pdfOf } from "./pdf.ts";

vi.setConfig({ testTimeout: PROCESS_TEST_MS });

const patient = new AbortController().signal;

describe("readPdfText", () => {
  it("reads the text of the pages, one by one", async () => {
    const pdf = await readPdfText(pdfOf(["Dear (Ada),\nhello", "Yours"]), 1_000, patient);
    expect(pdf).toEqual({ pages: ["Dear (Ada),\nhello", "Yours"], pagesTotal: 2 });
  });

  it("reads no more pages than are wanted, and never more than its limit", async () => {
    const long = Array.from({ length: 300 }, (_, at) => `page ${String(at)}`);
    expect(await readPdfText(pdfOf(long), 20, patient)).toEqual({ pages: long.slice(0, 4), pagesTotal: 300 });
    const all = await readPdfText(pdfOf(long), 100_000, patient);
    expect(all?.pages).toHaveLength(ATTACHMENT_BOUNDS.pdfPagesMax);
  });

  it("has no answer for what is damaged, and none for who does not wait", async () => {
    expect(await readPdfText(Buffer.from("%PDF-1.4 and no more"), 1_000, patient)).toBeNull();
    expect(await readPdfText(pdfOf(["x"]), 1_000, AbortSignal.abort())).toBeNull();
  });

  it("stops in the middle of its work, which holds up nobody meanwhile", async () => {
    const endless = pdfOf([`${"x".repeat(20_000)}\n`.repeat(1_000)]);
    let beats = 0;
    const heart = setInterval(() => {
      beats += 1;
    }, 10);
    expect(await readPdfText(endless, 100, AbortSignal.timeout(500))).toBeNull();
    clearInterval(heart);
    expect(beats).toBeGreaterThan(10);
  });

  it("gives up a small file that unpacks to very much, before it has taken the memory", async () => {
    const bomb = pdfBomb(3 * ATTACHMENT_BOUNDS.pdfBuffersMaxBytes);
    expect(bomb.byteLength).toBeLessThan(10_000);
    const heapOf = vi.spyOn(Worker.prototype, "getHeapStatistics");
    expect(await readPdfText(bomb, 1_000, patient)).toBeNull();
    const seen = await Promise.all(heapOf.mock.results.map(({ value }) => value.catch(() => null)));
    expect(Math.max(...seen.map((heap) => heap?.external_memory ?? 0))).toBeLessThan(
      2 * ATTACHMENT_BOUNDS.pdfBuffersMaxBytes,
    );
    expect(await readPdfText(pdfOf(["the next one"]), 1_000, patient)).toMatchObject({ pages: ["the next one"] });
  });

  it("reads several files that come at once", async () => {
    const files = [pdfOf(["a"]), Buffer.from("%PDF-1.4 and no more"), pdfOf(["b"])];
    const found = await Promise.all(files.map((file) => readPdfText(file, 1_000, patient)));
    expect(found.map((pdf) => pdf?.pages)).toEqual([["a"], undefined, ["b"]]);
  });

  it("has one reader at a time", async () => {
    let running = 0;
    const seen: number[] = [];
    const count = (reader: Worker) => {
      running += 1;
      seen.push(running);
      reader.once("exit", () => {
        running -= 1;
      });
    };
    process.on("worker", count);
    await Promise.all([1, 2, 3].map((at) => readPdfText(pdfOf([String(at)]), 1_000, patient)));
    process.off("worker", count);
    expect(seen).toEqual([1, 1, 1]);
  });
});
