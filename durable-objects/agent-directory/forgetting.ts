/**
 * Forgets a person: transcripts, files, messages and ledger. Each step can be done again, and what finds them goes last,
 * so that whatever a crash leaves can be forgotten by asking again; a receipt is given only for all of it.
 */
import type { Peer } from "../../protocol/access.ts";
import type { ForgetReply } from "../../protocol/invocation.ts";
import type { ForgetOutcome, ForgetReceipt } from "../../protocol/people.ts";
import { CHANNEL_IDS, type ConversationKey, type SessionKey } from "../../protocol/session-key.ts";
import { spaceOf } from "../../protocol/space.ts";
import { errorFields, log } from "../../worker/log.ts";
import { channelSession } from "../../worker/objects.ts";
import { policyOfKey } from "./access.ts";
import type { ClosedLanes } from "./closed-lanes.ts";
import type { DirectoryContext } from "./directory-context.ts";
import { deleteTracesOf, knowsConversation } from "./forget-rows.ts";
import { applyLaneEvent } from "./lanes.ts";
import { ownerOf } from "./owner.ts";
import { conversationOf, sessionsOfPerson } from "./people.ts";
import { deletePerson } from "./people-rows.ts";
import { channelOf, isListed, peerOfPerson, peersOf, personIdOf, personOf } from "./roster.ts";
import { countGroups } from "./sessions.ts";
import { eraseSpace } from "./space-eraser.ts";
import { forgetPayer } from "./spend-rows.ts";

/** Somebody, and the conversation that is theirs. */
type Self = { readonly personId: string; readonly conversation: ConversationKey };
type Gone = { readonly messages: number } & ForgetReply;

export class Forgetting {
  readonly #directory: DirectoryContext;
  readonly #closed: ClosedLanes;

  /** No turn of a conversation may begin while it is forgotten. */
  constructor(directory: DirectoryContext, closed: ClosedLanes) {
    this.#directory = directory;
    this.#closed = closed;
  }

  /** Forgets anybody but the owner who ever wrote, whoever let them in. Somebody who is listed can go on writing. */
  async forget(agent: string, personId: string): Promise<ForgetOutcome> {
    const { standing, sql } = this.#directory;
    const { config, roster } = standing();
    const conversation = conversationOf(agent, personId);
    const isByHand = roster.people.has(personId) || isListed(personId, config, roster);
    if (conversation === null || !(isByHand || knowsConversation(sql, conversation))) return refused("unknown_person");
    if (personId === ownerOf(config, roster)) return refused("is_owner");
    // Two at a time would count the same things twice.
    if (!this.#closed.close(conversation)) return refused("unavailable");
    try {
      return { kind: "forgotten", receipt: await this.#forget(agent, personId, conversation) };
    } catch (error) {
      log("warn", "person_not_forgotten", { person: personId, ...errorFields(error) });
      return refused("unavailable");
    } finally {
      this.#closed.open(conversation);
    }
  }

  async #forget(agent: string, personId: string, conversation: ConversationKey): Promise<ForgetReceipt> {
    const { sql, rewrite } = this.#directory;
    const peers = this.#peersOf(personId);
    const sessions = sessionsOfPerson(this.#directory, agent, personId, peers);
    const former = this.#formerSelves(agent, personId, peers);
    const { messages: before, ...gone } = await this.#empty({ agent, personId, conversation }, sessions);
    for (const self of former) {
      const more = await this.#empty({ agent, ...self }, []);
      gone.transcripts += more.transcripts;
      gone.files += more.files;
      gone.blobs += more.blobs;
    }
    rewrite(() => [personId, ...former.map((self) => self.personId)].forEach((id) => deletePerson(sql, id)));
    const messages = before + (await this.#emptyAgain(sessions));
    const channels = CHANNEL_IDS.filter((id) => peers.some((peer) => channelOf(peer) === id));
    const groups = channels.reduce((sum, channel) => sum + countGroups(sql, agent, channel), 0);
    rewrite(() => {
      deleteTracesOf(sql, sessions);
      for (const id of [personId, ...former.map((self) => self.personId)]) {
        forgetPayer(sql, spaceOf({ kind: "person", agent, personId: id }));
      }
    });
    log("info", "person_forgotten", { sessions: sessions.length, messages, ...gone });
    return { personId, peers, sessions: sessions.length, messages, ...gone, groups, forgottenAt: Date.now() };
  }

  /** First nothing more can be committed, then no session has anything left to run, then what the agent has goes. */
  async #empty(
    { agent, personId, conversation }: Self & { readonly agent: string },
    sessions: readonly SessionKey[],
  ): Promise<Gone> {
    const { sql, config } = this.#directory;
    const { lane } = applyLaneEvent(sql, conversation, { kind: "clear" }, Date.now());
    const messages = await this.#emptySessions(sessions);
    const space = spaceOf({ kind: "person", agent, personId });
    const gone = await eraseSpace(config(), { agent, conversation, space, fence: lane.fence });
    return { messages, ...gone };
  }

  /** What came meanwhile from who is let in no more: nobody would find it later. */
  async #emptyAgain(sessions: readonly SessionKey[]): Promise<number> {
    const { standing } = this.#directory;
    const now = standing();
    return this.#emptySessions(sessions.filter((session) => policyOfKey(session, now).access.kind !== "admitted"));
  }

  /** How many messages they held. */
  async #emptySessions(sessions: readonly SessionKey[]): Promise<number> {
    const { env, config } = this.#directory;
    const forgotten = await Promise.all(sessions.map((session) => channelSession(env, session, config()).forget()));
    return forgotten.reduce((sum, { messages }) => sum + messages, 0);
  }

  /** Whom they were on channels that they joined later: persons of their own, of whom nothing but files may be left. */
  #formerSelves(agent: string, personId: string, peers: readonly Peer[]): readonly Self[] {
    const { standing, sql } = this.#directory;
    const { config, roster } = standing();
    const ids = new Set(peers.map(personIdOf).filter((id) => id !== personId && id !== ownerOf(config, roster)));
    return [...ids].flatMap((id) => {
      const conversation = conversationOf(agent, id);
      const isSomebody = peersOf(id, config, roster).length > 0;
      return conversation === null || isSomebody || !knowsConversation(sql, conversation)
        ? []
        : [{ personId: id, conversation }];
    });
  }

  /** Their peers; also the one that their id is made of, if it is nobody else's now. */
  #peersOf(personId: string): readonly Peer[] {
    const { config, roster } = this.#directory.standing();
    const own = peerOfPerson(personId);
    const isOwn = own !== null && personOf(own, roster) === personId;
    return [...new Set([...peersOf(personId, config, roster), ...(isOwn ? [own] : [])])];
  }
}

function refused(code: Extract<ForgetOutcome, { kind: "refused" }>["code"]): ForgetOutcome {
  return { kind: "refused", code };
}
