/** What the machine of a session works on: its state, what can happen, and what it asks for. Pure. */
import type { QueueMode } from "../../protocol/access.ts";
import type { Amount, Spent, Unpaid } from "../../protocol/budget.ts";
import type { AgentErrorCode } from "../../protocol/errors.ts";
import type { Fence, InboundId, TurnId } from "../../protocol/ids.ts";
import type { TurnBudget } from "../../protocol/invocation.ts";
import type { ConversationKey } from "../../protocol/session-key.ts";
import type { AgentAnswer, AnswerContent } from "./answer-parts.ts";
import type { Notice } from "./notice.ts";

/** An accepted message that no answer covers yet. `leased`: given to the turn; `running`: the agent has it. */
export type OpenMessage = {
  readonly id: InboundId;
  readonly conversation: ConversationKey;
  readonly state: "accepted" | "leased" | "running";
  /** It wants an answer of its own: it is never steered into a turn, and shares none with what was there before. */
  readonly isAlone?: true;
  /** A command for the agent: alone like those, and nothing that comes later joins its turn. */
  readonly isCommand?: true;
};

export type Turn = {
  readonly turnId: TurnId;
  readonly conversation: ConversationKey;
  readonly phase:
    /** Asks for the lane, or waits for it. */
    | "waiting"
    /** An instance reads its stream. */
    | "running"
    /** The agent could not be reached or stopped; tried again at `wakeAt`. */
    | "parked";
  /** The highest fence granted to this turn; 0 before the first grant. */
  readonly fence: number;
  /** The transcript that it writes to, fixed by the first grant. */
  readonly epoch: number;
  /** The agent has it in its ledger: from then on it is resumed with the messages it began with. */
  readonly begun: boolean;
  /** How often the agent was asked to run it, the current run included. */
  readonly runs: number;
  /** Runs in a row that ended without progress. */
  readonly attempts: number;
  /** Tries in a row that did not reach the agent at all. */
  readonly unreachable: number;
  /** Instances in a row that died while they read it. */
  readonly takeovers: number;
  /** When the lane was granted first (before that, when it was asked for), moved on by the time nobody looked after it. */
  readonly startedAt: number;
  readonly wakeAt: number;
  /** The agent has seen this fence; only a grant above it is of use. 0: as far as is known, any. */
  readonly passedBy: number;
  /** What the run may use; absent or null: as much as it likes. */
  readonly budget?: TurnBudget | null;
  /** What it had used when it was given that. */
  readonly spent?: Spent;
  /** What the next model call takes at least, once the run had too little left for it. */
  readonly needs?: Amount;
  /** Since when it waits because nothing is left; the chat has been told. */
  readonly unpaidSince?: number;
  /** The release that it began under: its runtime session, with the code that works on it, is named by that. */
  readonly release?: string;
};

export type State = { readonly turn: Turn | null; readonly open: readonly OpenMessage[] };

/** What a run of a turn says carries both: fences of two conversations of one session can be equal. */
export type RunRef = { readonly turnId: TurnId; readonly fence: Fence };

/** A turn that is over, what it held, and where it ran; without `release`: where a new one would. */
export type TurnRef = RunRef & Pick<Turn, "conversation" | "release">;

export type Event =
  | ({ readonly kind: "message" } & Pick<OpenMessage, "id" | "conversation" | "isAlone" | "isCommand">)
  | {
      readonly kind: "granted";
      readonly conversation: ConversationKey;
      readonly turnId: TurnId;
      readonly fence: Fence;
      readonly epoch: number;
      readonly budget?: TurnBudget | null;
      readonly spent?: Spent;
    }
  | { readonly kind: "busy"; readonly turnId: TurnId }
  /** Nothing is left that it could use. `isFinal`: it does not wait until there is. */
  | { readonly kind: "unpaid"; readonly turnId: TurnId; readonly unpaid: Unpaid; readonly isFinal: boolean }
  /** The alarm went off. `reading`: this instance reads the running turn's stream. */
  | { readonly kind: "wake"; readonly reading: boolean }
  /** The directory says that the lane which the turn waits for was given back. */
  | { readonly kind: "lane_free" }
  | ({ readonly kind: "begun" } & RunRef)
  | ({ readonly kind: "steered"; readonly id: InboundId; readonly status: "queued" | "not_running" } & RunRef)
  | ({ readonly kind: "final"; readonly consumed: readonly InboundId[] } & AnswerContent & RunRef)
  | ({ readonly kind: "failed"; readonly failure: Failure; readonly progressed?: boolean } & RunRef)
  /** The stream ended without an end of the turn. */
  | ({ readonly kind: "run_ended"; readonly failure: Failure; readonly progressed: boolean } & RunRef)
  /** Ends the turn and drops `ids`; messages that came after the wish to stop stay. */
  | { readonly kind: "stop"; readonly ids: readonly InboundId[] };

/** `code` is `run_bound` when the edge itself closed a long stream to re-attach. */
export type Failure = {
  readonly code: AgentErrorCode | "run_bound" | (string & {});
  readonly retry: "never" | "after";
  /** The agent's own words for it; absent when the edge saw the failure. */
  readonly message?: string;
  /** The agent was reached: a further failure of the same kind counts against the turn. */
  readonly reached: boolean;
  /** With `fence_lost`: the fence that the agent has seen. */
  readonly passedBy?: number;
  /** With `budget_short`: what the next model call takes at least. */
  readonly needs?: Amount;
  /** What the turn holds already: text that is finished, and the messages that its transcript has taken in. */
  readonly soFar?: SoFar;
};

export type SoFar = { readonly text: string; readonly consumed: readonly InboundId[] };

export type Effect =
  | {
      readonly kind: "mark";
      readonly ids: readonly InboundId[];
      readonly state: "accepted" | "leased" | "running" | "answered" | "failed" | "stopped";
      readonly reason?: string;
    }
  | ({ readonly kind: "answer" } & AgentAnswer)
  | { readonly kind: "notice"; readonly turnId: TurnId; readonly ids: readonly InboundId[]; readonly notice: Notice }
  /** The chat is told that the turn waits. */
  | { readonly kind: "parked"; readonly ids: readonly InboundId[]; readonly unpaid: Unpaid }
  | { readonly kind: "turn_ended"; readonly turn: Turn; readonly outcome: "answered" | "failed" | "stopped" }
  /** `above`: the fence that the grant must exceed. */
  | {
      readonly kind: "ask_lane";
      readonly conversation: ConversationKey;
      readonly turnId: TurnId;
      readonly above: number;
      readonly needs?: Amount;
    }
  | { readonly kind: "run"; readonly turn: Turn; readonly resume: boolean }
  | { readonly kind: "steer"; readonly turn: Turn; readonly id: InboundId }
  | { readonly kind: "abort"; readonly turn: TurnRef }
  | {
      readonly kind: "release_lane";
      readonly conversation: ConversationKey;
      readonly turnId: TurnId;
      readonly fence: Fence;
    };

export type Step = { readonly state: State; readonly effects: readonly Effect[] };

/** What a transition needs of the world. */
export type Context = {
  readonly now: number;
  /** For a turn that may begin. */
  readonly nextTurnId: TurnId;
  /** What becomes of messages that come while a turn runs. */
  readonly queue: QueueMode;
  /** Longest turn of the session over all its runs. */
  readonly turnMaxMs: number;
  /** What is deployed now. */
  readonly release: string;
};

export const EMPTY_STATE: State = { turn: null, open: [] };

/** No step at all: the state stays, and nothing is asked for. */
export function still(state: State): Step {
  return { state, effects: [] };
}
