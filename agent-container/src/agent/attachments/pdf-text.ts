/** The text of a PDF, bounded in pages, time and memory. The reader is loaded only when a PDF comes. */
import { Worker } from "node:worker_threads";
import * as v from "valibot";
import { ATTACHMENT_BOUNDS } from "../bounds.ts";

/** What the thread is told. */
export type PdfTask = { readonly content: Uint8Array; readonly pagesMax: number; readonly charsMax: number };

const pdfText = v.object({ pages: v.array(v.string()), pagesTotal: v.number() });
/** The texts of the first pages, and how many there are in all. */
export type PdfText = v.InferOutput<typeof pdfText>;

/** Beside this module; the build makes it a file of its own (build.ts). */
const READER = new URL(import.meta.url.endsWith(".ts") ? "pdf-worker.ts" : "pdf-worker.js", import.meta.url);

/** About `charsMax` characters. Null for what cannot be read, or not in time: damaged, locked, or too much. */
export async function readPdfText(content: Uint8Array, charsMax: number, signal: AbortSignal): Promise<PdfText | null> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(ATTACHMENT_BOUNDS.pdfMaxMs)]);
  const task: PdfTask = { content, charsMax, pagesMax: ATTACHMENT_BOUNDS.pdfPagesMax };
  const reader = new Worker(READER, {
    workerData: task,
    env: {},
    execArgv: [],
    // Ours is for the port alone; what the reader has to say interests nobody.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: ATTACHMENT_BOUNDS.pdfHeapMaxMb },
  });
  const answer = await new Promise<unknown>((resolve) => {
    const giveUp = () => {
      resolve(undefined);
    };
    stop.addEventListener("abort", giveUp, { once: true });
    reader.once("message", resolve);
    reader.once("error", giveUp);
    reader.once("exit", giveUp);
    if (stop.aborted) giveUp();
  });
  await reader.terminate();
  const parsed = v.safeParse(pdfText, answer);
  return parsed.success ? parsed.output : null;
}
