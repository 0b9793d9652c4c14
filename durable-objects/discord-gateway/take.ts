/**
 * Takes events that were dispatched: what tells of the world is written down, what somebody said or did for us is stored with
 * its number in one transaction, and everything else is passed over.
 */
import { type DiscordSettings, type DispatchReading, readDispatch } from "../../worker/channels/registry.ts";
import { log } from "../../worker/log.ts";
import type { ConnectedArrival } from "./arrivals.ts";
import type { ReadMessage } from "./backfill.ts";
import { GATEWAY_BOUNDS } from "./bounds.ts";
import { type ActiveChannel, noteMessage, noteSeen } from "./channel-rows.ts";
import { type InteractionReading, isStored } from "./deliver.ts";
import { type Facts, factsOf } from "./event-facts.ts";
import type { GatewayStore } from "./gateway-store.ts";
import type { Handover } from "./handover.ts";
import { insertEvent } from "./inbox.ts";
import type { LateMembers } from "./late-members.ts";
import type { Listening, Standing } from "./listening.ts";
import { readReady } from "./ready.ts";
import { readWorldEvent, type WorldChange } from "./world-events.ts";
import { changeWorld, worldOf } from "./world-rows.ts";

/** An event that is to be stored. */
export type Storable = {
  readonly name: string;
  readonly facts: Facts;
  readonly lane: string;
  /** As JSON. */
  readonly data: string;
  readonly isLate: boolean;
  /** Whether its channel is read after a lost session. Strangers, who can be any number, take no place of it. */
  readonly isOfActive: boolean;
};

export type TakePorts = {
  readonly sql: SqlStorage;
  readonly store: GatewayStore;
  readonly listening: Listening;
  readonly handover: Handover;
  readonly members: LateMembers;
  /** Throws when there are none. */
  readonly settings: () => DiscordSettings;
  /** Answers somebody who waits for nothing that must be stored. Never rejects. */
  readonly answer: (reading: InteractionReading) => Promise<void>;
};

export class Taker {
  readonly #ports: TakePorts;
  /** Newest messages by channel that were passed over; written down with the next heartbeat. */
  readonly #seen = new Map<string, string>();
  #lastReceivedAt = 0;

  constructor(ports: TakePorts) {
    this.#ports = ports;
  }

  /** Takes one event of the connection. Throws when it could not be stored, and then nothing has changed. */
  async take(arrival: ConnectedArrival): Promise<void> {
    const { store } = this.#ports;
    const { name, seq, connection, data } = arrival;
    if (!store.isCurrent(arrival)) return;
    if (name === "READY") return this.#ready(arrival);
    if (name === "RESUMED") return store.dispatch({ kind: "resumed", connection, seq });
    const { seen, self, session } = store.state;
    // It was sent again after a RESUME.
    if (self === null || session === null || seq <= (seen ?? 0)) return;
    const change = readWorldEvent(name, data, self.userId);
    return change ? this.#learn(change, arrival) : this.#hear(arrival, `${session.id}:${seq}`);
  }

  /** The messages of a page of a channel that somebody hears. */
  async chooseLate(channel: ActiveChannel, page: readonly ReadMessage[]): Promise<readonly Storable[]> {
    const chosen: Storable[] = [];
    for (const message of page) {
      const storable = await this.#storableLate(channel, message);
      if (storable) chosen.push({ ...storable, isLate: true });
    }
    return chosen;
  }

  /** Null: nobody hears it. What REST tells of a message lacks its guild, and the roles of whoever wrote it. */
  async #storableLate(channel: ActiveChannel, message: ReadMessage): Promise<Storable | null> {
    const { guildId, channelType } = channel;
    const data = {
      ...message,
      ...(guildId !== null && { guild_id: guildId }),
      ...(channelType !== null && { channel_type: channelType }),
    };
    const { facts, reading, standing } = await this.#judge("MESSAGE_CREATE", data, "");
    if (!facts || !reading) return null;
    const roles = standing === "unheard" ? await this.#rolesFor(channel, facts, reading) : [];
    if (roles.length === 0) return storableOf("MESSAGE_CREATE", facts, data, standing);
    const told = { ...data, member: { roles } };
    return storableOf("MESSAGE_CREATE", facts, told, (await this.#judge("MESSAGE_CREATE", told, "")).standing);
  }

  /** The roles of whoever wrote it, if it may be heard for one of them. */
  async #rolesFor(
    { guildId }: ActiveChannel,
    { authorId }: Facts,
    reading: DispatchReading,
  ): Promise<readonly string[]> {
    const { listening, members } = this.#ports;
    if (guildId === null || authorId === null || reading.kind === "unknown_thread") return [];
    const [first] = reading.intake.kind === "messages" ? reading.intake.messages : [];
    if (first === undefined || !(await listening.hearsRoles(first.session))) return [];
    return await members.rolesOf(guildId, authorId);
  }

  /** Stores messages that were missed, and whatever `andThen` writes; false: there is no room. */
  storeLate(messages: readonly Storable[], andThen: () => void): boolean {
    const { store, handover } = this.#ports;
    if (handover.waiting + messages.length > GATEWAY_BOUNDS.inboxMax) return false;
    const stored = store.transact(() => {
      const added = messages.filter((message) => this.#insert(message, Date.now()));
      andThen();
      return added;
    });
    for (const { lane } of stored) handover.added(lane);
    return true;
  }

  /** Writes down up to where channels were looked at. Part of a transaction. */
  writeSeen(): void {
    for (const [channelId, messageId] of this.#seen) noteSeen(this.#ports.sql, channelId, messageId);
    this.#seen.clear();
  }

  #learn(change: WorldChange, { connection, seq }: ConnectedArrival): void {
    const { store, sql } = this.#ports;
    store.transact(() => {
      changeWorld(sql, change, store.state.self?.userId ?? "", Date.now());
      store.advance({ kind: "dispatched", connection, seq, isStored: true });
    });
  }

  async #hear(arrival: ConnectedArrival, occurrence: string): Promise<void> {
    const { store, answer } = this.#ports;
    const { name, seq, connection, data } = arrival;
    const { facts, reading, standing } = await this.#judge(name, data, occurrence);
    // Whoever is gone meanwhile is sent it again.
    if (!store.isCurrent(arrival)) return;
    const storable = facts && storableOf(name, facts, data, standing);
    if (storable) return this.#store(storable, arrival);
    if (reading?.kind === "interaction") void answer(reading);
    if (facts) this.#passOver(facts);
    store.dispatch({ kind: "dispatched", connection, seq, isStored: false });
  }

  #ready({ data, seq, connection }: ConnectedArrival): void {
    const ready = readReady(data);
    if (!ready) throw new Error("READY cannot be read");
    this.#ports.store.dispatch({ kind: "ready", connection, seq, ...ready });
  }

  #store(storable: Storable, { seq, connection }: ConnectedArrival): void {
    const { store, handover } = this.#ports;
    if (!handover.hasRoom) throw new Error("there is no room");
    const now = Date.now();
    const isNew = store.transact(() => {
      const inserted = this.#insert(storable, now);
      store.advance({ kind: "dispatched", connection, seq, isStored: true });
      return inserted;
    });
    if (!isNew) return;
    handover.added(storable.lane);
    handover.kick(now);
  }

  #insert({ name, facts, lane, data, isLate, isOfActive }: Storable, now: number): boolean {
    const { sql } = this.#ports;
    if (isOfActive) noteMessage(sql, facts, now);
    this.#lastReceivedAt = Math.max(now, this.#lastReceivedAt + 1);
    return insertEvent(sql, { key: facts.key, lane, name, data, isLate, receivedAt: this.#lastReceivedAt }, now);
  }

  /** Null: it is our own. */
  #read(name: string, { authorId }: Facts, data: unknown): DispatchReading | null {
    const { self } = this.#ports.store.state;
    if (!self) throw new Error("nobody has said who we are");
    if (authorId === self.userId) return null;
    return readDispatch({ name, data, receivedAt: Date.now() }, worldOf(this.#ports.sql, self), this.#ports.settings());
  }

  async #judge(name: string, data: unknown, occurrence: string) {
    const facts = factsOf(name, data, occurrence);
    const reading = facts && this.#read(name, facts, data);
    const standing: Standing = reading ? await this.#standingOf(reading) : "unheard";
    return { facts, reading, standing };
  }

  async #standingOf(reading: DispatchReading): Promise<Standing> {
    // Where it was written is not known before its channel is asked for.
    if (reading.kind === "unknown_thread") return "heard";
    if (!isStored(reading.intake)) return "unheard";
    // Whoever calls us is told if nobody listens.
    return reading.kind === "interaction" ? "heard" : this.#ports.listening.standingOf(reading.intake);
  }

  #passOver({ channelId, message }: Facts): void {
    if (!message) return;
    this.#seen.delete(channelId);
    this.#seen.set(channelId, message.id);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > GATEWAY_BOUNDS.seenMax && oldest !== undefined) this.#seen.delete(oldest);
  }
}

/** Null: nobody hears it, or it is larger than any message of Discord's. */
function storableOf(name: string, facts: Facts, data: unknown, standing: Standing): Storable | null {
  if (standing === "unheard") return null;
  const json = JSON.stringify(data);
  const isOfActive = standing === "heard";
  if (json.length <= GATEWAY_BOUNDS.eventMax)
    return { name, facts, lane: facts.lane, data: json, isLate: false, isOfActive };
  log("error", "gateway_event_too_large", { name, length: json.length });
  return null;
}
