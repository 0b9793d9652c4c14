/**
 * Brings an exported transcript in as a new epoch of its conversation. Turns write to the new epoch only when all of it is
 * there. The order can be repeated: the same transcript goes on in the epoch that it has begun to fill.
 */
import type { ImportOutcome, ImportRefusal } from "../../protocol/conversations.ts";
import { AgentError } from "../../protocol/errors.ts";
import { type ConversationKey, parseConversationKey } from "../../protocol/session-key.ts";
import { sha256Hex } from "../../worker/agentcore/signer.ts";
import { errorFields, log } from "../../worker/log.ts";
import { channelSession } from "../../worker/objects.ts";
import type { ClosedLanes } from "./closed-lanes.ts";
import type { DirectoryContext } from "./directory-context.ts";
import { knowsConversation } from "./forget-rows.ts";
import type { LaneEvent, LaneStep } from "./lane.ts";
import { readLane } from "./lanes.ts";
import { fillTranscript } from "./transcript-filler.ts";

/** Steps a lane, stores it, and wakes who waits for it. */
type Apply = (conversation: ConversationKey, event: LaneEvent) => LaneStep;

export class Importing {
  readonly #directory: DirectoryContext;
  readonly #closed: ClosedLanes;
  readonly #apply: Apply;

  constructor(directory: DirectoryContext, closed: ClosedLanes, apply: Apply) {
    this.#directory = directory;
    this.#closed = closed;
    this.#apply = apply;
  }

  /** `lines` are known to be a transcript. A turn that runs is stopped, and whoever waits for one is told. */
  async bringIn(agent: string, conversation: ConversationKey, lines: readonly string[]): Promise<ImportOutcome> {
    if (!isKnown(this.#directory.sql, agent, conversation)) return refused("unknown_conversation");
    if (!this.#closed.close(conversation)) return refused("unavailable");
    let outcome: ImportOutcome = refused("unavailable");
    try {
      outcome = await this.#fill(conversation, lines);
    } catch (error) {
      log("warn", "transcript_not_imported", { conversation, ...errorFields(error) });
      // The agent has said no: what is in that epoch is not for this transcript.
      const isHopeless = error instanceof AgentError && error.code === "agent_refused";
      if (isHopeless) this.#apply(conversation, { kind: "import_fails" });
    } finally {
      this.#closed.open(conversation);
    }
    // Whoever waited for the turn that was stopped; who came meanwhile asks again.
    this.#apply(conversation, { kind: "pass" });
    return outcome;
  }

  async #fill(conversation: ConversationKey, lines: readonly string[]): Promise<ImportOutcome> {
    const digest = await sha256Hex(new TextEncoder().encode(lines.join("\n")));
    await this.#stopTurn(conversation);
    const { lane } = this.#apply(conversation, { kind: "import_begins", digest });
    if (!lane.importing) throw new Error("an import without an epoch");
    const { epoch } = lane.importing;
    const { entries } = await fillTranscript(this.#directory.config(), {
      conversation,
      epoch,
      fence: lane.fence,
      lines,
    });
    const { reply } = this.#apply(conversation, { kind: "import_ends", epoch });
    if (reply.kind === "lost") return refused("overtaken");
    log("info", "transcript_imported", { conversation, epoch, entries });
    return { kind: "imported", epoch, entries };
  }

  /** As `/stop` does: whoever wrote is told, and the agent. */
  async #stopTurn(conversation: ConversationKey): Promise<void> {
    const { env, sql, config } = this.#directory;
    const { holder } = readLane(sql, conversation);
    if (holder) await channelSession(env, holder.session, config()).stopTurn(holder.turnId);
  }
}

/** The owner's conversation is there from the beginning. Each run of a job has one of its own, which nobody goes on with. */
function isKnown(sql: SqlStorage, agent: string, conversation: ConversationKey): boolean {
  const ref = parseConversationKey(conversation);
  if (!ref.ok || ref.value.agent !== agent || ref.value.kind === "job") return false;
  return ref.value.kind === "main" || knowsConversation(sql, conversation);
}

function refused(code: ImportRefusal): ImportOutcome {
  return { kind: "refused", code };
}
