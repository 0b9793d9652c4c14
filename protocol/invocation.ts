/** The body of `POST /invocations`: what the edge may ask of the agent. Versioned; a later version is refused. */
import * as v from "valibot";
import { LANGUAGES, THINKING_LEVELS } from "./access.ts";
import { spent } from "./budget.ts";
import { INBOUND_BOUNDS, TRANSCRIPT_BOUNDS } from "./bounds.ts";
import { AGENT_COMMANDS } from "./commands.ts";
import { err, ok, type Result } from "./result.ts";
import { conversationKey, count, fence, inboundId, spaceId, turnId } from "./schema.ts";
import { CHANNEL_IDS } from "./session-key.ts";
import { TASK_KINDS } from "./tasks.ts";

/** Raised when a field changes its meaning; the agent refuses a version that it does not know. */
export const PROTOCOL_VERSION = 1;

const short = v.pipe(v.string(), v.maxLength(INBOUND_BOUNDS.labelMax));

/** The last part of an object's key; the edge makes it. */
const attachmentName = v.pipe(v.string(), v.regex(/^[\w.-]{1,200}$/));

/** A message as the model gets it: the person's words, and who wrote them where and when. */
const promptMessage = v.object({
  id: inboundId,
  text: v.pipe(v.string(), v.maxLength(INBOUND_BOUNDS.textMax + 100)),
  sender: v.object({ id: short, name: short }),
  sentAt: count,
  /** `isOwn`: words of the agent, or of the sender's own. */
  quoted: v.optional(v.object({ sender: short, text: v.string(), isOwn: v.optional(v.literal(true)) })),
  attachments: v.optional(
    v.array(
      v.object({
        kind: short,
        name: v.optional(short),
        mimeType: v.optional(short),
        durationS: v.optional(count),
        /** Where its bytes are: below `<agent>/<space>/attachments/` in the bucket of `grants.blobs`. */
        stored: v.optional(v.object({ name: attachmentName, bytes: count })),
        /** Why they are nowhere. */
        missing: v.optional(short),
      }),
    ),
  ),
  /** What is neither text nor file: a location, a contact, a poll. Shown to the model as it is. */
  shared: v.optional(v.array(v.record(v.string(), v.unknown()))),
  forwarded: v.optional(v.object({ from: short, sentAt: v.optional(count) })),
  /** The message is a command that only the agent can carry out; it is alone in its turn, and no model reads its text. */
  command: v.optional(v.object({ name: v.picklist(AGENT_COMMANDS), rest: v.string() })),
  /** What else was said or happened in the chat since the model last had a message of it; oldest first. */
  context: v.optional(
    v.array(
      v.variant("kind", [
        v.object({ kind: v.literal("said"), at: count, from: short, text: v.string() }),
        v.object({
          kind: v.literal("happened"),
          at: count,
          text: v.string(),
          isUntrusted: v.optional(v.literal(true)),
        }),
      ]),
    ),
  ),
});

export const awsCredentials = v.object({
  accessKeyId: v.string(),
  secretAccessKey: v.string(),
  sessionToken: v.optional(v.string()),
});

/** Keys that live as long as the turn. They exist only in this body and in the agent's memory. */
const grants = v.object({
  models: v.object({
    anthropic: v.optional(v.object({ apiKey: v.string(), baseUrl: v.optional(v.string()) })),
    openai: v.optional(v.object({ apiKey: v.string(), baseUrl: v.optional(v.string()) })),
    bedrock: v.optional(
      v.object({ credentials: awsCredentials, region: v.string(), endpoint: v.optional(v.string()) }),
    ),
  }),
  /** Where the blobs of this space are, and credentials that reach nothing else. */
  blobs: v.object({
    endpoint: v.string(),
    region: v.string(),
    bucket: v.string(),
    credentials: awsCredentials,
    expiresAt: count,
  }),
  /**
   * Where the edge takes calls of this turn (`POST /agent/rpc`), the token for them, and what may be called with it.
   * Absent: it takes none. Without `verbs`, from an edge of an earlier release: all of `cron.*`.
   */
  edge: v.optional(v.object({ url: v.string(), token: v.string(), verbs: v.optional(v.array(v.string())) })),
  /** The table of transcripts and manifests, reached with the credentials of `blobs`. Absent: the runtime's own disk. */
  store: v.optional(v.object({ endpoint: v.string(), region: v.string(), table: v.string() })),
});

const settings = v.object({
  /** `provider/model`; null: the first one a key exists for, else the offline model. */
  model: v.nullable(v.string()),
  fallbacks: v.array(v.string()),
  timezone: v.string(),
  /** How hard the model thinks; absent: not at all. */
  thinking: v.optional(v.picklist(THINKING_LEVELS)),
  /** In which the answers to commands are; absent: English. */
  language: v.optional(v.picklist(LANGUAGES)),
});

/** The turn is a run of a heartbeat, a job or a hook (`TaskOrder`). */
const task = v.object({
  kind: v.picklist(TASK_KINDS),
  name: short,
  /** What somebody else sent; it is shown to the model as such and taints the turn. */
  untrusted: v.optional(v.string()),
  isLight: v.optional(v.literal(true)),
  /** Its answer does not go to the owner: no files, neither to be read nor shown. */
  isForOthers: v.optional(v.literal(true)),
  /** Conversations whose transcripts are to be removed. */
  expired: v.array(conversationKey),
});

/** What the turn may still use before it asks for its lane anew; null: as much as it likes. */
const turnBudget = v.object({ microUsd: v.nullable(count), tokens: v.nullable(count) });

const turnFields = {
  protocol: v.literal(PROTOCOL_VERSION),
  turnId,
  fence,
  conversation: conversationKey,
  /** Counts `/new`: each epoch of a conversation has a transcript of its own. */
  epoch: count,
  space: spaceId,
  /** Where the answer will appear; for the prompt only. */
  place: v.object({ channel: v.picklist([...CHANNEL_IDS, "job"]), chatKind: short, title: v.optional(short) }),
  messages: v.pipe(v.array(promptMessage), v.minLength(1)),
  settings,
  /** `leftMs`: how long the turn may still run. */
  limits: v.object({
    leftMs: count,
    pingEveryMs: count,
    budget: v.optional(turnBudget),
    /** What the turn is known to have used before: `budget` is what it may use beyond. */
    spent: v.optional(spent),
  }),
  task: v.optional(task),
  grants,
} as const;

const turn = v.object({ kind: v.literal("turn"), ...turnFields });
/** Goes on with a turn, or starts it if it never began. Events up to `afterSeq` have been seen. */
const resume = v.object({ kind: v.literal("resume"), ...turnFields, afterSeq: count });
/** Answers a stored `ask`; the stored call is consumed exactly once. */
const approve = v.object({
  kind: v.literal("approve"),
  ...turnFields,
  callId: short,
  decision: v.picklist(["allow_once", "allow_always", "deny"]),
});
const steer = v.object({
  kind: v.literal("steer"),
  protocol: v.literal(PROTOCOL_VERSION),
  turnId,
  fence,
  conversation: conversationKey,
  message: promptMessage,
});
const abort = v.object({
  kind: v.literal("abort"),
  protocol: v.literal(PROTOCOL_VERSION),
  turnId,
  fence,
  conversation: conversationKey,
  /** Where the fence is kept, for a process that has not had this turn. */
  grants: v.optional(grants),
});
const query = v.object({
  kind: v.literal("query"),
  protocol: v.literal(PROTOCOL_VERSION),
  conversation: conversationKey,
  epoch: count,
  space: spaceId,
  grants,
  ask: v.variant("what", [
    v.object({ what: v.literal("history"), limit: v.pipe(count, v.maxValue(500)) }),
    v.object({ what: v.literal("files") }),
    v.object({ what: v.literal("file"), path: short }),
    /** The transcript as lines of JSON, from a line on; a reply holds at most `TRANSCRIPT_BOUNDS.pageMaxBytes` of them. */
    v.object({ what: v.literal("transcript"), from: count }),
  ]),
});

/** Fills an epoch that has no transcript yet with the lines of an exported one. Can be repeated. */
const importing = v.object({
  kind: v.literal("import"),
  protocol: v.literal(PROTOCOL_VERSION),
  conversation: conversationKey,
  epoch: count,
  fence,
  space: spaceId,
  grants,
  lines: v.pipe(v.array(v.string()), v.maxLength(TRANSCRIPT_BOUNDS.entriesMax + 1)),
});

/** Removes all that a space holds: transcripts, files with their older versions, attachments. Can be repeated. */
const forget = v.object({
  kind: v.literal("forget"),
  protocol: v.literal(PROTOCOL_VERSION),
  /** A turn of the space's conversation with a lower fence can commit nothing any more. */
  conversation: conversationKey,
  fence,
  space: spaceId,
  grants,
});

const invocation = v.variant("kind", [turn, resume, approve, steer, abort, query, forget, importing]);

export type PromptMessage = v.InferOutput<typeof promptMessage>;
export type AwsCredentials = v.InferOutput<typeof awsCredentials>;
export type Grants = v.InferOutput<typeof grants>;
export type TurnTask = v.InferOutput<typeof task>;
export type TurnBudget = v.InferOutput<typeof turnBudget>;
export type TurnSettings = v.InferOutput<typeof settings>;
export type TurnInvocation = v.InferOutput<typeof turn>;
export type ResumeInvocation = v.InferOutput<typeof resume>;
export type ApproveInvocation = v.InferOutput<typeof approve>;
export type SteerInvocation = v.InferOutput<typeof steer>;
export type AbortInvocation = v.InferOutput<typeof abort>;
export type QueryInvocation = v.InferOutput<typeof query>;
export type ForgetInvocation = v.InferOutput<typeof forget>;
export type ImportInvocation = v.InferOutput<typeof importing>;
export type Invocation = v.InferOutput<typeof invocation>;

/** What a body is not: the first few places where it differs, without its values. */
export type MalformedInvocation = { readonly code: "malformed_invocation"; readonly problems: readonly string[] };

/** Reads a request body. Never throws; names at most five problems by path, and never a value of the body. */
export function parseInvocation(json: unknown): Result<Invocation, MalformedInvocation> {
  const parsed = v.safeParse(invocation, json, { abortPipeEarly: true });
  if (parsed.success) return ok(parsed.output);
  const problems = parsed.issues.slice(0, 5).map((issue) => `${v.getDotPath(issue) ?? "body"}: ${issue.type}`);
  return err({ code: "malformed_invocation", problems });
}

/** What `steer` answers. */
export type SteerReply = { readonly status: "queued" | "not_running" };
/** What `abort` answers: the turn is over, or this process does not run it. */
export type AbortReply = { readonly status: "aborted" | "not_running" };
/** What `query` answers. */
export type QueryReply =
  | { readonly what: "history"; readonly entries: readonly HistoryEntry[] }
  | { readonly what: "files"; readonly files: readonly { readonly path: string; readonly bytes: number }[] }
  | { readonly what: "file"; readonly path: string; readonly text: string | null }
  /** `next`: where the next lines begin; null: there are no more. No lines at all: there is no transcript. */
  | { readonly what: "transcript"; readonly lines: readonly string[]; readonly next: number | null };
/** What `forget` answers: how much there was. */
export type ForgetReply = { readonly transcripts: number; readonly files: number; readonly blobs: number };
/** What `import` answers: how many entries the transcript has now. */
export type ImportReply = { readonly entries: number };
export type HistoryEntry = { readonly role: "user" | "assistant"; readonly text: string; readonly at: number };

/** A refusal inside a 200 body: a non-2xx would reach the edge as a bare 424. */
export type CallRefused = { readonly error: { readonly code: string; readonly message: string } };
