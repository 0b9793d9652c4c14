/** What a turn needs from the rest of the container; the composition root fills it in, tests fill it differently. */
import type { Fence, TurnId } from "../../../protocol/ids.ts";
import type { ApproveInvocation, Grants, ResumeInvocation, TurnInvocation } from "../../../protocol/invocation.ts";
import type { ToolClass } from "../../../protocol/policy.ts";
import type { FinalEvent } from "../../../protocol/turn-event.ts";
import type { Candidates } from "../agent/models/candidates.ts";
import type { Cooldowns } from "../agent/models/cooldowns.ts";
import type { OpenModel } from "../agent/models/providers.ts";
import type { AgentTool } from "../agent/tool.ts";
import type { InjectedFile } from "../prompt/project-context.ts";
import type { FilePublisher } from "../tools/attach-file.ts";
import type { SpaceStore } from "../stores/space-store.ts";
import type { StoreRequest } from "../stores/stores.ts";
import type { WarmSessions } from "../stores/warm-sessions.ts";

/** The invocations that run or re-join a turn and are answered by a stream. */
export type TurnRequest = TurnInvocation | ResumeInvocation | ApproveInvocation;

/** The files of the space during one turn. */
interface TurnWorkspace extends FilePublisher {
  list(): Promise<readonly { readonly path: string; readonly bytes: number }[]>;
  /** The text of a file; null when absent. */
  readText(path: string): Promise<string | null>;
  /** Writes a whole file; throws `WorkspaceRefusal` for what is not to be. */
  write(path: string, text: string): Promise<unknown>;
  /** Stores what changed under a manifest private to the turn; null when nothing did. */
  checkpoint(): Promise<string | null>;
  /** Moves the head; idempotent for a turn. */
  commit(): Promise<FinalEvent["workspace"]>;
  close(): Promise<void>;
}

/** Facts for the system prompt and the tools. */
type TurnFacts = { readonly model: string; readonly tools: readonly AgentTool[] };

/** A workspace with the tools and the prompt that are made from it. */
export interface TurnHome {
  readonly workspace: TurnWorkspace;
  readonly tools: readonly AgentTool[];
  readonly systemPrompt: (facts: TurnFacts) => Promise<string>;
  /** The files that the prompt holds. */
  injectedFiles(): Promise<readonly InjectedFile[]>;
}

export type HomeRequest = {
  readonly request: TurnRequest;
  readonly store: SpaceStore;
  /** The workspace checkpoint that an interrupted turn goes on from. */
  readonly manifestId: string | undefined;
  /** The fence at this moment: a live turn can be given a later one. */
  readonly fence: () => Fence;
  /** Resolves when no later fence is being given to the turn just now. */
  readonly settled: () => Promise<unknown>;
  /** Where the files are and with which credentials, at this moment: a resume brings newer ones. */
  readonly blobs: () => Grants["blobs"];
  /** Why a file that steers the agent is not to be written, for the model. */
  readonly refuseSteering: (path: string) => Promise<string | null>;
  readonly now: () => number;
};

export type TurnPorts = {
  /** Throws `StorageError`. */
  storeOf(request: StoreRequest): SpaceStore;
  openHome(home: HomeRequest): Promise<TurnHome>;
  /** Names of the tools that `openHome` makes. */
  readonly homeTools: readonly string[];
  /** What a tool does; one that has no class exists for nobody. */
  readonly classOf: (tool: string) => ToolClass | null;
  /** `keys`: those of the moment, for a live turn is given newer ones. */
  openModel(request: TurnRequest, candidates: Candidates, keys: () => Grants["models"]): Promise<OpenModel>;
  readonly cooldowns: Cooldowns;
  /** What this process knows of transcripts between turns. */
  readonly warm: WarmSessions;
  readonly now: () => number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly log: (line: { readonly event: string; readonly turnId?: TurnId; readonly [field: string]: unknown }) => void;
};
