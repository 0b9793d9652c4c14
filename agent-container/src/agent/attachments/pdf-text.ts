/** The text of a PDF, bounded in pages, time and memory. The reader is loaded only when a PDF comes. */
import { Worker } from "node:worker_threads";
import * as v from "valibot";
import { ATTACHMENT_BOUNDS } from "../bounds.ts";
import { OneAtATime } from "./one-at-a-time.ts";

/** What the thread is told. */
export type PdfTask = { readonly content: Uint8Array; readonly pagesMax: number; readonly charsMax: number };

const pdfText = v.object({ pages: v.array(v.string()), pagesTotal: v.number() });
/** The texts of the first pages, and how many there are in all. */
export type PdfText = v.InferOutput<typeof pdfText>;

/** Beside this module; the build makes it a file of its own (build.ts). */
const READER = new URL(import.meta.url.endsWith(".ts") ? "pdf-worker.ts" : "pdf-worker.js", import.meta.url);

/** Of all turns of this process: what one reader may take, two would take twice. */
const readers = new OneAtATime();

/** About `charsMax` characters. Null for what cannot be read, or not in time: damaged, locked, or too much. */
export async function readPdfText(content: Uint8Array, charsMax: number, signal: AbortSignal): Promise<PdfText | null> {
  return readers.run(async () => (signal.aborted ? null : readAlone(content, charsMax, signal)));
}

async function readAlone(content: Uint8Array, charsMax: number, signal: AbortSignal): Promise<PdfText | null> {
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
  let watch: NodeJS.Timeout | undefined;
  const answer = await new Promise<unknown>((resolve) => {
    const giveUp = () => {
      resolve(undefined);
    };
    stop.addEventListener("abort", giveUp, { once: true });
    reader.once("message", resolve);
    reader.once("error", giveUp);
    reader.once("exit", giveUp);
    watch = setInterval(
      () => void isTooMuch(reader).then((tooMuch) => tooMuch && giveUp()),
      ATTACHMENT_BOUNDS.pdfWatchMs,
    );
    if (stop.aborted) giveUp();
  });
  clearInterval(watch);
  await reader.terminate();
  const parsed = v.safeParse(pdfText, answer);
  return parsed.success ? parsed.output : null;
}

/** Few bytes can unpack to gigabytes, in buffers that no limit of the thread counts. */
async function isTooMuch(reader: Worker): Promise<boolean> {
  try {
    const { external_memory: bytes } = await reader.getHeapStatistics();
    return bytes > ATTACHMENT_BOUNDS.pdfBuffersMaxBytes;
  } catch {
    // It has not started yet, or has ended.
    return false;
  }
}
