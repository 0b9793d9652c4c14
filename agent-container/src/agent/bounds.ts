/** Bounds of one turn of the agent loop: what a model without measure, or a message without one, is held to. */
import { OUTBOUND_BOUNDS } from "../../../protocol/bounds.ts";

export const LOOP_BOUNDS = {
  /** Tool calls of one model step that are run; the rest get an error result that says so. */
  toolCallsPerStepMax: 32,
  /** Longest text of an answer; the rest is cut and marked. UTF-16 units; leaves room for the mark. */
  answerTextMax: OUTBOUND_BOUNDS.answerMax - 100,
  /** Text of one model call; beyond it the call is hung up. UTF-16 units; over `answerTextMax`, so that the cut shows. */
  callTextMax: OUTBOUND_BOUNDS.answerMax,
  /** Pieces of text that follow another one within this time are sent together. */
  mergeDeltasMs: 5,
} as const;

/** Bounds of what a model is told beside the words of a message. */
export const FACTS_BOUNDS = {
  /** Longest quoted text that is shown; the rest is cut and marked. UTF-16 units. */
  quotedMax: 2_000,
  /** What is shared (a location, a poll) as JSON; the rest is cut. UTF-16 units; Telegram's longest poll has 1,500. */
  sharedMax: 4_000,
  /** What else was said or happened in the chat; the oldest of it is left out. UTF-8 bytes. */
  contextMaxBytes: 60_000,
  /** What another program sent for a run; the rest is cut and marked. UTF-16 units. */
  untrustedMax: 60_000,
} as const;

/** Bounds of what a model sees of files that came with messages. */
export const ATTACHMENT_BOUNDS = {
  /** Largest picture that goes to a model, a larger one is only named. Anthropic and Bedrock: 3.75 MB, 5 MB in base64. */
  imageMaxBytes: 3_750_000,
  /** Pictures of one request, the newest; older ones are named. Bedrock takes 20; beyond 20 Anthropic wants small ones. */
  requestImagesMax: 20,
  /** The same in bytes: as base64 with all texts below the 32 MB of an Anthropic request. */
  requestImagesMaxBytes: 15_000_000,
  /** Pictures that a process remembers, in bytes of base64: about those of one request. */
  imageCacheMaxBytes: 20_000_000,
  /** Text of one file that is shown, and of all files of a message; the rest is cut and marked. UTF-8 bytes. */
  fileTextMaxBytes: 60_000,
  messageTextMaxBytes: 120_000,
  /** Files that are fetched at the same time; each can be as large as an attachment. */
  parallelMax: 4,
  /** All files of new messages, or all pictures of a request, are waited for so long. Below `TURN_BOUNDS.callTimeoutMs`. */
  readMaxMs: 10_000,
  /** A text is looked through in pieces of this size; between them others get their turn. One takes some milliseconds. */
  decodeSliceBytes: 1_000_000,
  /** Pages of a PDF that are read, and how long and with how much memory (V8 heap, in MB) that may be done. */
  pdfPagesMax: 200,
  pdfMaxMs: 6_000,
  pdfHeapMaxMb: 256,
  /** Memory outside of that heap, where the reader unpacks streams, and how often it is looked at. The reader itself
   * takes 15 MB and the largest attachment 60 MB; unpacking takes 25 MB in 100 ms. */
  pdfBuffersMaxBytes: 160_000_000,
  pdfWatchMs: 50,
} as const;
