/** The real lanes, with a second, simpler book of who holds what: a grant that the book forbids is a broken law. */
import {
  EMPTY_LANE,
  type Lane,
  type LaneEvent,
  type LaneStep,
  stepLane,
} from "../../../durable-objects/agent-directory/lane.ts";
import { TURN_BOUNDS } from "../../../protocol/bounds.ts";
import type { TurnId } from "../../../protocol/ids.ts";
import type { ConversationKey, SessionKey } from "../../../protocol/session-key.ts";

type Held = { readonly turnId: TurnId; readonly session: SessionKey; readonly fence: number; until: number };

export class LanesModel {
  readonly problems: string[] = [];
  readonly #lanes = new Map<ConversationKey, Lane>();
  readonly #held = new Map<ConversationKey, Held>();
  readonly #highest = new Map<ConversationKey, number>();

  apply(conversation: ConversationKey, event: LaneEvent, now: number): LaneStep {
    const before = this.#lanes.get(conversation) ?? EMPTY_LANE;
    const step = stepLane(before, event, now);
    this.#lanes.set(conversation, step.lane);
    const held = this.#held.get(conversation);
    if (event.kind === "begin" && step.reply.kind === "granted") {
      const { turnId, session } = event;
      this.#note(conversation, { turnId, session, fence: step.reply.fence, until: now + TURN_BOUNDS.leaseMs }, now);
    }
    if (event.kind === "renew" && held?.fence === event.fence) held.until = now + TURN_BOUNDS.leaseMs;
    if (givesBack(event, held)) this.#held.delete(conversation);
    return step;
  }

  holder(conversation: ConversationKey): Lane["holder"] {
    return this.#lanes.get(conversation)?.holder ?? null;
  }

  #note(conversation: ConversationKey, grant: Held, now: number): void {
    const held = this.#held.get(conversation);
    if (held && held.session !== grant.session && held.until > now) this.problems.push("two sessions held one lane");
    if (grant.fence <= (this.#highest.get(conversation) ?? 0)) this.problems.push("a fence was given out twice");
    this.#highest.set(conversation, grant.fence);
    this.#held.set(conversation, grant);
  }
}

function givesBack(event: LaneEvent, held: Held | undefined): boolean {
  if (event.kind === "end") return event.fence === held?.fence;
  if (event.kind === "leave") return event.turnId === held?.turnId;
  return event.kind === "revoke";
}
