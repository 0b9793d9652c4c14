/** Reads the text of one PDF in a thread of its own (`pdf-text.ts`), where it can be stopped: strangers make PDFs. */
import { parentPort, workerData } from "node:worker_threads";
import { getDocumentProxy } from "unpdf";
import type { PdfTask, PdfText } from "./pdf-text.ts";

/** The library's own `isEvalSupported`: no code is made from what a file says. */
const SAFE = { isEvalSupported: false, verbosity: 0 } as const;

async function readPdf({ content, pagesMax, charsMax }: PdfTask): Promise<PdfText> {
  const pdf = await getDocumentProxy(content, SAFE);
  const pages: string[] = [];
  let chars = 0;
  while (pages.length < Math.min(pdf.numPages, pagesMax) && chars <= charsMax) {
    const page = await pdf.getPage(pages.length + 1);
    const { items } = await page.getTextContent();
    const text = items.map((item) => ("str" in item ? item.str + (item.hasEOL ? "\n" : "") : "")).join("");
    pages.push(text.trim());
    chars += text.length;
    page.cleanup();
  }
  return { pages, pagesTotal: pdf.numPages };
}

parentPort?.postMessage(await readPdf(workerData));
