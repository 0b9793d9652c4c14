/** What the heartbeat must know before it begins a beat, in one answer: nothing of it costs a call of AWS. */
import { type ConversationKey, formatConversationKey, type SessionKey } from "../../protocol/session-key.ts";
import { readChecklistHash } from "./checklist.ts";
import type { DirectoryContext } from "./directory-context.ts";
import { readLane } from "./lanes.ts";
import { reachableOwnerChat } from "./owner-place.ts";
import { lastTurnAt } from "./sessions.ts";

export type BeatFacts = {
  /** Null: the checklist asks for nothing, or there is none. */
  readonly checklistHash: string | null;
  /** When the owner's own conversation had its last turn that a message began; null: never. */
  readonly ownerActiveAt: number | null;
  /** Whether a turn of that conversation is under way. */
  readonly isLaneBusy: boolean;
  readonly mayAfford: boolean;
  /** Where the owner can be told; null: they have never written anywhere. */
  readonly ownerChat: SessionKey | null;
  readonly timezone: string;
  /** As they are set; null: always. */
  readonly activeHours: string | null;
  /** Null: the models of the configuration. */
  readonly model: string | null;
};

/** The facts at `now`. */
export function readBeatFacts(
  directory: DirectoryContext,
  agent: string,
  { mayAfford, now }: { readonly mayAfford: boolean; readonly now: number },
): BeatFacts {
  const { sql, standing } = directory;
  const conversation = formatConversationKey({ kind: "main", agent });
  const { holder } = readLane(sql, conversation);
  const { heartbeat, timezone } = standing().config;
  return {
    checklistHash: readChecklistHash(sql),
    ownerActiveAt: activeAt(sql, conversation),
    isLaneBusy: holder !== null && holder.leaseUntil > now,
    mayAfford,
    ownerChat: reachableOwnerChat(directory, agent),
    timezone,
    ...heartbeat,
  };
}

/** A conversation that was begun anew does not know what was before. */
function activeAt(sql: SqlStorage, conversation: ConversationKey): number | null {
  const times = [readLane(sql, conversation).activeAt, lastTurnAt(sql, conversation)];
  return times.reduce((latest, time) => (latest === null || (time !== null && time > latest) ? time : latest), null);
}
