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
const json: v.GenericSchema<unknown, JsonValue> = v.lazy(() =>
  v.union([v.null(), v.boolean(), v.number(), v.string(), v.array(json), v.record(v.string(), json)]),
);
const jsonObject = v.record(v.string(), json);

const id = v.pipe(v.string(), v.regex(/^[\w:.-]{1,200}$/));
const timestamp = v.number();
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
  input: v.number(),
  output: v.number(),
  cacheRead: v.number(),
  cacheWrite: v.number(),
  cacheWrite1h: v.exactOptional(v.number()),
  reasoning: v.exactOptional(v.number()),
  totalTokens: v.number(),
  cost: v.strictObject({
    input: v.number(),
    output: v.number(),
    cacheRead: v.number(),
    cacheWrite: v.number(),
    total: v.number(),
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
      code: v.exactOptional(v.union([v.string(), v.number()])),
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
  v.strictObject({ role: v.literal("compactionSummary"), summary: v.string(), tokensBefore: v.number(), timestamp }),
]);

const place = { id, parentId: v.nullable(id) };
const entry = v.variant("type", [
  v.strictObject({ type: v.literal("message"), ...place, message, terminate: v.exactOptional(v.literal(true)) }),
  v.strictObject({
    type: v.literal("compaction"),
    ...place,
    summary: v.string(),
    retainedTail: v.array(message),
    tokensBefore: v.number(),
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
  if (!about.success) return fault(1, `is no header of a transcript: ${problemOf(about.issues)}`);
  const { version } = about.output;
  if (version > TRANSCRIPT_VERSION) return { code: "newer_transcript", version };
  if (rest.length > TRANSCRIPT_BOUNDS.entriesMax) return { code: "transcript_too_large" };
  if (rest.length === 0) return fault(2, "there are no entries");
  const ids = new Set<string>();
  let lastId: string | null = null;
  for (const [index, line] of rest.entries()) {
    const at = index + 2;
    const parsed = readEntry(line);
    if (parsed === null) return fault(at, "is nested too deeply");
    if (!parsed.success) return fault(at, problemOf(parsed.issues));
    const { output } = parsed;
    if (ids.has(output.id)) return fault(at, "id: is there twice");
    if (output.parentId !== lastId) return fault(at, "parentId: is not the entry before");
    ids.add(output.id);
    lastId = output.id;
    take(output);
  }
  return null;
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

function problemOf([issue]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string {
  const path = v.getDotPath(issue);
  return path === null ? "is not what is expected there" : `${path}: is not what is expected there`;
}
