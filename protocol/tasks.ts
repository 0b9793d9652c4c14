/**
 * A run of something that nobody has just written: a heartbeat, a job, a hook. `JobScheduler` orders it from the session
 * of the job (channel `job`), which runs it as a turn like any other and hands back what came of it.
 */
import type { ThinkingLevel } from "./access.ts";
import type { InboundId, TurnId } from "./ids.ts";
import type { ConversationKey, SessionKey } from "./session-key.ts";
import type { AnswerFile, Usage } from "./turn-event.ts";

export const TASK_KINDS = ["heartbeat", "job", "hook"] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

/** What a session is to run. The same `id` is run once, however often it is ordered. */
export type TaskOrder = {
  /** Of the message that stands for it: `run:<run id>:<attempt>`. */
  readonly id: InboundId;
  readonly kind: TaskKind;
  /** What people call the job. */
  readonly name: string;
  /** The owner's own one, or `agent:<a>:job:<job>:run:<run>`. */
  readonly conversation: ConversationKey;
  /** What the model is asked, in our words or the owner's. */
  readonly text: string;
  /** What somebody else sent: shown to the model as such, and it taints the turn. */
  readonly untrusted?: string;
  /** Only the checklist of all files, no notes of earlier days. */
  readonly isLight?: true;
  /** What it says goes beyond the owner, and `untrusted` may try to carry their files there: it gets none. */
  readonly isForOthers?: true;
  /** Over those of the configuration. */
  readonly model?: string;
  readonly thinking?: ThinkingLevel;
  readonly timeoutMs: number;
  /** Conversations of earlier runs whose time is over; the agent removes their transcripts. */
  readonly expired: readonly ConversationKey[];
};

/** What came of it. Told until `JobScheduler` has it. */
export type TaskOutcome = {
  readonly id: InboundId;
  readonly turnId: TurnId | null;
  readonly conversation: ConversationKey;
  readonly usage: Usage | null;
  readonly at: number;
} & (
  | { readonly kind: "answered"; readonly text: string; readonly files: readonly AnswerFile[] }
  /** `code`: as of a turn that failed. `text`: what it had said until then. */
  | { readonly kind: "failed"; readonly code: string; readonly message?: string; readonly text?: string }
  | { readonly kind: "stopped" }
);

/** Something that is to be said in a chat though nobody wrote there. The same `id` is said once. */
export type Announcement = {
  readonly id: string;
  /** Markdown. */
  readonly text: string;
  readonly files: readonly AnswerFile[];
  /** Whose space the files are in. */
  readonly conversation: ConversationKey | null;
  /** What the model is told of it with the next message of the chat; null: nothing. */
  readonly note: { readonly text: string; readonly isUntrusted: boolean } | null;
};

/**
 * What became of one. `unknown`: the chat does not know it (any more). `in_doubt`: given up, and the platform never said
 * whether it was shown.
 */
export type AnnouncementState = "pending" | "delivered" | "failed" | "in_doubt" | "unknown";

/** Where something is said: a chat, or the owner's direct chat, wherever that is when it is said. */
export type Destination = SessionKey | "owner";
