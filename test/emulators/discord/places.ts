/** All places of the emulated Discord with their messages. */
import { refusal } from "./failure.ts";
import { MESSAGE_TYPE, type Message } from "./message.ts";
import { CHANNEL_TYPE, type ChannelType, may, type Permission, type Place } from "./place.ts";
import type { Guild, User } from "./wire.ts";

export type PlaceParts = {
  readonly id: string;
  readonly type: ChannelType;
  readonly guildId?: string;
  readonly parentId?: string;
  readonly name?: string;
  readonly ownerId?: string;
  readonly recipients?: readonly User[];
  readonly hasBot?: boolean;
};

/** "Typing Indicators": they last 10 seconds. */
const TYPING_MS = 10_000;

export class Places {
  readonly #now: () => number;
  readonly #places = new Map<string, Place>();
  readonly #guilds: ReadonlyMap<string, Guild>;
  readonly #botId: string;

  constructor(now: () => number, guilds: ReadonlyMap<string, Guild>, botId: string) {
    this.#now = now;
    this.#guilds = guilds;
    this.#botId = botId;
  }

  add({ id, type, hasBot = true, ...parts }: PlaceParts): Place {
    const place: Place = {
      id,
      type,
      guildId: parts.guildId ?? null,
      parentId: parts.parentId ?? null,
      name: parts.name ?? "",
      ownerId: parts.ownerId ?? null,
      recipients: parts.recipients ?? [],
      hasBot,
      // A thread has the permissions of its channel.
      denied: this.#places.get(parts.parentId ?? "")?.denied ?? 0n,
      messages: [],
      typingUntil: 0,
      isArchived: false,
      isLocked: false,
    };
    this.#places.set(id, place);
    return place;
  }

  delete(id: string): void {
    this.#places.delete(id);
  }

  find(id: string | undefined): Place | null {
    return this.#places.get(id ?? "") ?? null;
  }

  /** One that is there. Throws for a test's mistake. */
  get(id: string): Place {
    const place = this.find(id);
    if (!place) throw new Error(`no channel ${id}`);
    return place;
  }

  /** Those of a guild, threads included. */
  of(guildId: string): readonly Place[] {
    return [...this.#places.values()].filter((place) => place.guildId === guildId);
  }

  /** The conversation of the bot with somebody, if it was opened. */
  directWith(userId: string): Place | null {
    const isIt = ({ type, hasBot, recipients: [other] }: Place) =>
      type === CHANNEL_TYPE.direct && hasBot && other?.id === userId;
    return [...this.#places.values()].find(isIt) ?? null;
  }

  /** The place that a call of the bot names. Throws what Discord says of one that it cannot see. */
  reach(id: string | undefined, ...needed: readonly Permission[]): Place {
    const place = this.find(id);
    if (!place) throw refusal("unknownChannel");
    if (!this.isSeen(place)) throw refusal("missingAccess");
    if (needed.some((permission) => !may(place, permission))) throw refusal("missingPermissions");
    return place;
  }

  /** Whether the bot is there, and may look. */
  isSeen(place: Place): boolean {
    if (place.guildId === null) return place.hasBot;
    return this.isInGuild(place.guildId) && may(place, "VIEW_CHANNEL");
  }

  isInGuild(guildId: string | null): boolean {
    return guildId !== null && this.#guilds.get(guildId)?.members.has(this.#botId) === true;
  }

  message(place: Place, id: string | undefined): Message | null {
    return place.messages.find((message) => message.id === id) ?? null;
  }

  /** The newest message of all places for which `isIt` holds. */
  newestOf(isIt: (message: Message) => boolean): Message | null {
    const found = [...this.#places.values()].flatMap((place) => place.messages.findLast(isIt) ?? []);
    return found.toSorted((a, b) => b.at - a.at)[0] ?? null;
  }

  put(place: Place, message: Message): Message {
    const isNew = !place.messages.some(({ id }) => id === message.id);
    place.messages = isNew
      ? [...place.messages, message]
      : place.messages.map((other) => (other.id === message.id ? message : other));
    if (isNew && message.type !== MESSAGE_TYPE.threadStarter) place.isArchived = false;
    return message;
  }

  remove(place: Place, id: string): void {
    place.messages = place.messages.filter((message) => message.id !== id);
  }

  type(place: Place): void {
    place.typingUntil = this.#now() + TYPING_MS;
  }

  isTyping(place: Place): boolean {
    return this.#now() < place.typingUntil;
  }
}
