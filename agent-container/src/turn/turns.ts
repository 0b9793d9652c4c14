/** The live turns of this process: at most one per conversation. Decides who starts, who re-joins, who has to go. */
import type { Fence } from "../../../protocol/ids.ts";
import { type ConversationKey, parseConversationKey } from "../../../protocol/session-key.ts";
import { type SpaceId, spaceOf } from "../../../protocol/space.ts";
import type { AbortInvocation, AbortReply, SteerInvocation, SteerReply } from "../../../protocol/invocation.ts";
import { LiveTurn } from "./live-turn.ts";
import type { TurnPorts, TurnRequest } from "./ports.ts";
import { type ErrorBody, fenceLost, stoppedError, thrownError } from "./turn-error.ts";
import type { Subscriber } from "./turn-log.ts";

/** Lets go of a stream; the turn goes on. */
export type Detach = () => void;

export class Turns {
  readonly #ports: TurnPorts;
  readonly #live = new Map<ConversationKey, LiveTurn>();
  #isDraining = false;

  constructor(ports: TurnPorts) {
    this.#ports = ports;
  }

  /** Runs or re-joins a turn; its events go to the subscriber. Resolves once they do. */
  async join(request: TurnRequest, subscriber: Subscriber): Promise<Detach> {
    try {
      return await this.#join(request, subscriber);
    } catch (error) {
      return refuse(request, subscriber, thrownError(error));
    }
  }

  async #join(request: TurnRequest, subscriber: Subscriber): Promise<Detach> {
    if (this.#isDraining) return refuse(request, subscriber, stoppedError("shutting_down"));
    if (request.kind === "approve") return refuse(request, subscriber, UNKNOWN_APPROVAL);
    const live = this.#live.get(request.conversation);
    if (live !== undefined && request.fence < live.fence) return refuse(request, subscriber, fenceLost(live.fence));
    if (live !== undefined && live.turnId === request.turnId) {
      const attached = await live.attach(subscriber, request);
      if (attached === "over") {
        await live.done;
        return this.#join(request, subscriber);
      }
      if (attached === "joined") {
        return () => {
          live.detach(subscriber);
        };
      }
    }
    if (live !== undefined) {
      if (request.fence === live.fence) return refuse(request, subscriber, fenceLost(live.fence));
      await live.cut(fenceLost(request.fence));
      return this.#join(request, subscriber);
    }
    return this.#start(request, subscriber);
  }

  /** Resolves when no turn of the conversation runs any more. */
  async settled(conversation: ConversationKey): Promise<void> {
    await this.#live.get(conversation)?.done;
  }

  /** Offers a message to the running turn. */
  async steer({ conversation, turnId, fence, message }: SteerInvocation): Promise<SteerReply> {
    const live = this.#live.get(conversation);
    const isOurs = live !== undefined && live.turnId === turnId && fence >= live.fence;
    return { status: isOurs && (await live.steer(message)) ? "queued" : "not_running" };
  }

  /**
   * Stops the running turn; `aborted` once it is over. A turn that does not run here may run elsewhere, in a process
   * that cannot be reached: from now on it can commit nothing.
   */
  async abort(order: AbortInvocation): Promise<AbortReply> {
    const { conversation, turnId, fence } = order;
    const live = this.#live.get(conversation);
    if (live === undefined || live.turnId !== turnId || fence < live.fence) {
      await this.#outrun(order);
      return { status: "not_running" };
    }
    return { status: (await live.abort(fence)) ? "aborted" : "not_running" };
  }

  /** Cuts what works on a space, once all fences of it are above that of any turn. Resolves when it is over. */
  async leaveSpace(space: SpaceId, fenceOf: (conversation: ConversationKey) => Promise<Fence>): Promise<void> {
    const turns = [...this.#live.values()].filter((turn) => turn.space === space);
    await Promise.all(turns.map(async (turn) => turn.cut(fenceLost(await fenceOf(turn.conversation)))));
  }

  /**
   * Takes no more turns, waits for those that run, cuts what is left after `graceMs`. A turn that nobody reads is cut
   * at once: it was stopped, or will be resumed.
   */
  async drain(graceMs: number): Promise<void> {
    this.#isDraining = true;
    const ends = [...this.#live.values()].map((turn) =>
      turn.isHeard ? turn.done : turn.cut(stoppedError("shutting_down")),
    );
    const grace = new AbortController();
    await Promise.race([Promise.all(ends), this.#ports.sleep(graceMs, grace.signal)]);
    grace.abort();
    await Promise.all([...this.#live.values()].map((turn) => turn.cut(stoppedError("shutting_down"))));
  }

  /** Raises the stored fence; one that is higher already stays. */
  async #outrun({ conversation, fence, grants }: AbortInvocation): Promise<void> {
    const ref = parseConversationKey(conversation);
    if (!ref.ok) return;
    const store = this.#ports.storeOf({ conversation, space: spaceOf(ref.value), grants: () => grants });
    if ((await store.storedFence(conversation)) < fence) await store.raiseFence(conversation, fence);
  }

  #start(request: TurnRequest, subscriber: Subscriber): Detach {
    const turn = new LiveTurn(request, this.#ports, subscriber);
    this.#live.set(request.conversation, turn);
    void turn.done.then(() => {
      if (this.#live.get(request.conversation) === turn) this.#live.delete(request.conversation);
    });
    return () => {
      turn.detach(subscriber);
    };
  }
}

/** No tool asks for a person's yes yet, so no call can be waiting for it. */
const UNKNOWN_APPROVAL: ErrorBody = {
  kind: "error",
  code: "approval_unknown",
  message: "No call is waiting for this approval.",
  retry: "never",
};

function refuse(request: TurnRequest, subscriber: Subscriber, error: ErrorBody): Detach {
  subscriber.send({ ...error, turnId: request.turnId, fence: request.fence, seq: 1 });
  subscriber.close();
  return () => undefined;
}
