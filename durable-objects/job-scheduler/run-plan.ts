/** What a run is, from its plan on, and the name by which its session knows each try of it. Pure. */
import type { ThinkingLevel } from "../../protocol/access.ts";
import { isInboundId, type InboundId } from "../../protocol/ids.ts";
import type { Delivery } from "../../protocol/jobs.ts";
import { type ConversationKey, parseConversationKey } from "../../protocol/session-key.ts";
import type { TaskKind } from "../../protocol/tasks.ts";

/** What a run is to do, fixed when it is planned: a later change of the job does not reach it. */
export type RunPlan = {
  readonly name: string;
  readonly delivery: Delivery;
  readonly work:
    /** Said as it is; no agent is asked. */
    | { readonly kind: "say"; readonly text: string }
    | {
        readonly kind: "ask";
        readonly text: string;
        readonly untrusted?: string;
        readonly isLight?: true;
        readonly model?: string;
        readonly thinking?: ThinkingLevel;
        readonly timeoutMs: number;
      };
};

export type NewRun = {
  /** `<job>:<slot>`, `<job>:manual:<id>`, `heartbeat:<slot>`, `hook:<id>`. The same one is planned once. */
  readonly runId: string;
  readonly jobId: string;
  readonly kind: TaskKind;
  /** Epoch ms: when it should have begun. */
  readonly slot: number;
  readonly conversation: ConversationKey;
  readonly plan: RunPlan;
};

export type Run = NewRun & {
  readonly phase: "waiting" | "running" | "ended";
  readonly attempt: number;
  readonly startedAt: number | null;
};

/** Whether it has a conversation of its own, and is not told in the owner's. */
export function isOwnConversation({ conversation }: Pick<Run, "conversation">): boolean {
  const ref = parseConversationKey(conversation);
  return ref.ok && ref.value.kind === "job";
}

/** The id of the message that stands for one try of a run. */
export function orderId({ runId, attempt }: Pick<Run, "runId" | "attempt">): InboundId {
  const id = `run:${runId}:${attempt}`;
  if (!isInboundId(id)) throw new Error("a run id is too long");
  return id;
}

/** The run and the try that a message stands for; null: it stands for none. */
export function runOfOrder(id: InboundId): { readonly runId: string; readonly attempt: number } | null {
  const [, runId, attempt] = /^run:(.+):(\d+)$/.exec(id) ?? [];
  return runId === undefined ? null : { runId, attempt: Number(attempt) };
}
