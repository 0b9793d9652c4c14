/**
 * A transcript as a file: JSON lines, the first a header, then one entry a line, each with its id and that of the one before,
 * as pi keeps them. The edge and the agent read it alike; what it says is data. Pure.
 */
import * as v from "valibot";
import { TRANSCRIPT_BOUNDS } from "./bounds.ts";
import { err, ok, type Result } from "./result.ts";

/** Raised when a line changes its meaning; a file of a later version is refused. */
const TRANSCRIPT_VERSION = 1;

type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
/** Checked by hand: valibot's `record` lets go of keys such as `constructor` without a word. */
const json = v.custom<JsonValue>(isJson);
const jsonObject = v.custom<{ [key: string]: JsonValue }>((value) => isJson(value) && isObject(value));
const number = v.pipe(v.number(), v.finite());

const id = v.pipe(v.string(), v.regex(/^[\w:.-]{1,200}$/));
const timestamp = number;
const maybeText = v.exactOptional(v.string());

const text = v.strictObject({ type: v.literal("text"), text: v.string(), textSignature: maybeText });
const image = v.strictObject({ type: v.literal("image"), data: v.string(), mimeType: v.string() });
const thinking = v.strictObject({
  type: v.literal("thinking"),
  thinking: v.string(),
  thinkingSignature: maybeText,
  redacted: v.exactOptional(v.boolean()),
});
const toolCall = v.strictObject({
  type: v.literal("toolCall"),
  id: v.string(),
  name: v.string(),
  arguments: jsonObject,
  thoughtSignature: maybeText,
  namespace: maybeText,
});
const seen = v.array(v.variant("type", [text, image]));

const usage = v.strictObject({
  input: number,
  output: number,
  cacheRead: number,
  cacheWrite: number,
  cacheWrite1h: v.exactOptional(number),
  reasoning: v.exactOptional(number),
  totalTokens: number,
  cost: v.strictObject({
    input: number,
    output: number,
    cacheRead: number,
    cacheWrite: number,
    total: number,
  }),
});
const diagnostic = v.strictObject({
  type: v.string(),
  timestamp,
  error: v.exactOptional(
    v.strictObject({
      name: maybeText,
      message: v.string(),
      stack: maybeText,
      code: v.exactOptional(v.union([v.string(), number])),
    }),
  ),
  details: v.exactOptional(jsonObject),
});

/** No `system` message: what the model is told to be is never in a transcript. */
const message = v.variant("role", [
  v.strictObject({ role: v.literal("user"), content: v.union([v.string(), seen]), timestamp }),
  v.strictObject({
    role: v.literal("assistant"),
    content: v.array(v.variant("type", [text, thinking, toolCall])),
    api: v.string(),
    provider: v.string(),
    model: v.string(),
    responseModel: maybeText,
    responseId: maybeText,
    providerThinkingLevel: maybeText,
    diagnostics: v.exactOptional(v.array(diagnostic)),
    usage,
    stopReason: v.picklist(["stop", "length", "toolUse", "error", "aborted"]),
    errorMessage: maybeText,
    rawStopReason: maybeText,
    endTurn: v.exactOptional(v.boolean()),
    timestamp,
  }),
  v.strictObject({
    role: v.literal("toolResult"),
    toolCallId: v.string(),
    toolName: v.string(),
    content: seen,
    details: v.exactOptional(json),
    usage: v.exactOptional(usage),
    isError: v.boolean(),
    timestamp,
  }),
  v.strictObject({
    role: v.literal("custom"),
    customType: v.string(),
    content: v.union([v.string(), seen]),
    display: v.boolean(),
    details: v.exactOptional(json),
    timestamp,
  }),
  v.strictObject({ role: v.literal("compactionSummary"), summary: v.string(), tokensBefore: number, timestamp }),
]);

const place = { id, parentId: v.nullable(id) };
const entry = v.variant("type", [
  v.strictObject({ type: v.literal("message"), ...place, message, terminate: v.exactOptional(v.literal(true)) }),
  v.strictObject({
    type: v.literal("compaction"),
    ...place,
    summary: v.string(),
    retainedTail: v.array(message),
    tokensBefore: number,
    details: v.exactOptional(json),
    usage: v.exactOptional(usage),
    fromHook: v.boolean(),
  }),
  v.strictObject({ type: v.literal("custom"), ...place, customType: v.string(), data: v.exactOptional(json) }),
]);
export type TranscriptEntry = v.InferOutput<typeof entry>;

const header = v.object({
  type: v.literal("session"),
  version: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  conversation: v.string(),
  epoch: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  /** ISO 8601. */
  exportedAt: v.string(),
});
type TranscriptHeader = v.InferOutput<typeof header>;

/** Why a file is not taken; `line` counts from 1. Never a word of what it says. */
export type TranscriptFault =
  | { readonly code: "malformed_transcript"; readonly line: number; readonly problem: string }
  | { readonly code: "newer_transcript"; readonly version: number }
  | { readonly code: "transcript_too_large" };

/** The first line of a file. */
export function headerLine(about: Pick<TranscriptHeader, "conversation" | "epoch" | "exportedAt">): string {
  const { conversation, epoch, exportedAt } = about; // and nothing else: whoever asks may know secrets
  const line: TranscriptHeader = { type: "session", version: TRANSCRIPT_VERSION, conversation, epoch, exportedAt };
  return JSON.stringify(line);
}

/** Reads the lines of a file. Never throws. */
export function parseTranscript(lines: readonly string[]): Result<readonly TranscriptEntry[], TranscriptFault> {
  const entries: TranscriptEntry[] = [];
  const found = walk(lines, (each) => entries.push(each));
  return found === null ? ok(entries) : err(found);
}

/** Why lines are no transcript; null: they are one. Holds one entry at a time: a file can be as large as a Worker's memory. */
export function findTranscriptFault(lines: readonly string[]): TranscriptFault | null {
  return walk(lines, () => undefined);
}

/** Entries form one line of descent: each is the child of the one before. */
function walk(lines: readonly string[], take: (entry: TranscriptEntry) => void): TranscriptFault | null {
  const [first = "", ...rest] = lines;
  const about = v.safeParse(header, parseJson(first));
  if (!about.success) return fault(1, `is no header of a transcript${wrongPart(about.issues)}`);
  const { version } = about.output;
  if (version > TRANSCRIPT_VERSION) return { code: "newer_transcript", version };
  if (rest.length > TRANSCRIPT_BOUNDS.entriesMax) return { code: "transcript_too_large" };
  if (rest.length === 0) return fault(2, "there are no entries");
  const ids = new Set<string>();
  let lastId: string | null = null;
  let calls: OpenCalls = NO_CALLS;
  for (const [index, line] of rest.entries()) {
    const at = index + 2;
    const parsed = readEntry(line);
    if (parsed === null) return fault(at, "is nested too deeply");
    if (!parsed.success) return fault(at, problemOf(parsed.issues));
    const { output } = parsed;
    if (ids.has(output.id)) return fault(at, "id: is there twice");
    if (output.parentId !== lastId) return fault(at, "parentId: is not the entry before");
    const callsThen = callsAfter(calls, output);
    if (callsThen === null) return fault(at, "has the result of a call that is not right before it");
    calls = callsThen;
    ids.add(output.id);
    lastId = output.id;
    take(output);
  }
  return null;
}

/** Ids of the calls that can have a result now. */
type OpenCalls = ReadonlySet<string>;
const NO_CALLS: OpenCalls = new Set();

/** Null for a result without its call: every model would refuse the conversation. A call without result is filled in by pi. */
function callsAfter(calls: OpenCalls, entry: TranscriptEntry): OpenCalls | null {
  switch (entry.type) {
    case "message":
      return callsAfterMessage(calls, entry.message);
    case "compaction": {
      // The model reads nothing of what was before it.
      let open: OpenCalls | null = NO_CALLS;
      for (const each of entry.retainedTail) open = open && callsAfterMessage(open, each);
      return open;
    }
    case "custom":
      return calls;
  }
}

function callsAfterMessage(calls: OpenCalls, said: v.InferOutput<typeof message>): OpenCalls | null {
  switch (said.role) {
    case "assistant": {
      // No model is shown an answer that broke off.
      const isShown = said.stopReason !== "error" && said.stopReason !== "aborted";
      return new Set(said.content.flatMap((block) => (isShown && block.type === "toolCall" ? [block.id] : [])));
    }
    case "toolResult": {
      const left = new Set(calls);
      return left.delete(said.toolCallId) ? left : null;
    }
    default:
      return NO_CALLS;
  }
}

function isJson(value: unknown): value is JsonValue {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value);
    case "object":
      return value === null || (Array.isArray(value) ? value : Object.values(value)).every(isJson);
    default:
      return false;
  }
}

function isObject(value: JsonValue): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The lines of a file, without empty ones at its end. */
export function transcriptLines(content: string): readonly string[] {
  return content.trimEnd().split(/\r?\n/u);
}

function fault(line: number, problem: string): TranscriptFault {
  return { code: "malformed_transcript", line, problem };
}

/** Null: it is nested so deeply that the stack ends. */
function readEntry(line: string): v.SafeParseResult<typeof entry> | null {
  try {
    return v.safeParse(entry, parseJson(line), { abortEarly: true });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Undefined: it is no JSON. */
function parseJson(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return value;
  } catch {
    return undefined;
  }
}

/** Which field of the header is wrong, if it has fields. */
function wrongPart([issue]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string {
  const path = v.getDotPath(issue);
  return path === null ? "" : ` (${path})`;
}

function problemOf([issue]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string {
  const path = v.getDotPath(issue);
  return path === null ? "is not what is expected there" : `${path}: is not what is expected there`;
}
