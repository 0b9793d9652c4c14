/** Discord, and whoever writes there: with /ask, which Discord sends once, or by messages that come over the Gateway. */
import { acknowledge } from "../emulators/discord/callback.ts";
import { commandData } from "../emulators/discord/command-data.ts";
import type { WorldEvent } from "../emulators/discord/events.ts";
import type { Fault } from "../emulators/discord/faults.ts";
import type { DiscordGatewayEmulator } from "../emulators/discord/gateway.ts";
import { startDiscord } from "../emulators/discord/gateway/whole.ts";
import type { DiscordEmulator, EmulatorOptions, Person, ShownMessage } from "../emulators/discord/index.ts";
import { interactionToWire, isInstalledHere, ownersOf } from "../emulators/discord/interaction-wire.ts";
import { INTERACTION_TYPE } from "../emulators/discord/interactions.ts";
import { isObject, type Json } from "../emulators/discord/json.ts";
import { CHANNEL_TYPE } from "../emulators/discord/place.ts";
import { discordPlaceOf, GUILD, GUILD_AWAY, sessionOf, type Written } from "./chats.ts";
import { DISCORD_CALLS, type DiscordCall } from "./discord-calls.ts";
import { until } from "./until.ts";

/** An id holds its time above so many bits. */
const BELOW_TIME_BITS = 22n;
const HISTORY = "/channels/{channel_id}/messages";
const MESSAGE = `${HISTORY}/{message_id}`;

type Asked = {
  readonly interaction: Json & { readonly id: string };
  readonly token: string;
  /** Null: Discord has no answer yet. */
  isAccepted: boolean | null;
};

export class DiscordPeople {
  readonly http: DiscordEmulator;
  readonly gateway: DiscordGatewayEmulator;
  readonly #member: Person;
  readonly #people = new Map<number, Person>();
  readonly #asked = new Map<string, Asked>();
  readonly #said = new Map<string, WorldEvent & { readonly id: string }>();
  /** How many texts of the bot were older than that of a message, by its id. */
  readonly #order = new Map<string, number>();

  private constructor({ http, gateway }: Pick<DiscordPeople, "http" | "gateway">) {
    this.http = http;
    this.gateway = gateway;
    http.onCall(({ isCarriedOut, method, answer }) => {
      if (!isCarriedOut || method === "GET" || !isObject(answer) || typeof answer["content"] !== "string") return;
      this.#order.set(String(answer["id"]), http.calls.length);
    });
    this.#member = http.addPerson({ username: "member" });
    http.addGuild({ id: GUILD, members: [this.#member] });
    http.addGuild({ id: GUILD_AWAY, members: [this.#member], hasBot: false });
  }

  static async start(http: Pick<EmulatorOptions, "nonceWindowMs">): Promise<DiscordPeople> {
    return new DiscordPeople(await startDiscord({ http }));
  }

  /** Settings of the Worker. */
  get variables() {
    const { applicationId, publicKey, botToken, apiRoot } = this.http;
    return {
      DISCORD_APPLICATION_ID: applicationId,
      DISCORD_PUBLIC_KEY: publicKey,
      DISCORD_BOT_TOKEN: botToken,
      DISCORD_API_ROOT: apiRoot,
      DISCORD_GATEWAY: "on",
      DISCORD_REPLY_IN: "thread",
    };
  }

  /** Somebody calls the bot, `ageMs` ago by what the call says, or writes a message to it. */
  say({ chat, id }: Written, text: string, ageMs = 0): void {
    const person = this.#personIn(chat);
    const room = this.#roomOf(chat);
    if (discordPlaceOf(chat)?.startsWith("asked")) return this.#ask(id, person, room, { text, ageMs });
    const isDirect = discordPlaceOf(chat) === "said_direct";
    const stop = this.http.world.onEvent((event) => {
      if (event.t === "MESSAGE_CREATE") this.#said.set(id, { ...event, id: String(event.d["id"]) });
    });
    person.says(isDirect ? text : `<@${this.http.me.id}> ${text}`, { in: room });
    stop();
  }

  /** The same call once more, as somebody could send it who has heard it; the same event, as the Gateway repeats them. */
  async repeat({ id }: Written): Promise<void> {
    const asked = this.#asked.get(id);
    if (asked) await this.http.deliver(asked.interaction);
    const said = this.#said.get(id);
    if (said) this.http.world.events.emit(said);
  }

  /** Whether Discord has the answer that a call is taken. Messages are kept by Discord until they are heard. */
  isAccepted({ id }: Written): boolean {
    return this.#asked.get(id)?.isAccepted ?? this.#said.has(id);
  }

  isRefused({ id }: Written): boolean {
    return this.#asked.get(id)?.isAccepted === false;
  }

  /** Those of some messages whose people were shown that the bot did not respond, once that is known of all. */
  async refused(written: readonly Written[]): Promise<readonly Written[]> {
    await until(() => written.every(({ id }) => this.#asked.get(id)?.isAccepted !== null));
    return written.filter((one) => this.isRefused(one));
  }

  /**
   * What the bot has written in a chat, and then in each of its threads, in the order in which it came: an answer begins
   * where "thinking" stood, maybe above the end of another.
   */
  shown(chat: number): readonly string[] {
    const orderOf = ({ id }: ShownMessage) => this.#order.get(id) ?? 0;
    const inOrder = (answers: readonly ShownMessage[]) =>
      answers.toSorted((one, other) => orderOf(one) - orderOf(other));
    return this.#roomsOf(chat)
      .flatMap((room) => inOrder(this.http.answers(room)))
      .flatMap(({ state, content }) => (state === "written" ? [content] : []));
  }

  /** Whether something there still says that the bot is thinking; false for chats elsewhere. */
  isWaiting(chat: number): boolean {
    const rooms = discordPlaceOf(chat) === null ? [] : this.#roomsOf(chat);
    return rooms.some((room) => this.http.answers(room).some(({ state }) => state !== "written"));
  }

  sessionFor({ chat, id }: Written): string {
    return sessionOf(chat, discordPlaceOf(chat) === "said_thread" ? (this.#said.get(id)?.id ?? null) : null);
  }

  /** The edge's name for a message. */
  inboundIdOf({ id }: Written): string {
    return `discord:${this.http.applicationId}:${this.#asked.get(id)?.interaction.id ?? this.#said.get(id)?.id ?? ""}`;
  }

  /** The next calls of a kind that answer these messages meet a fault each. */
  fail(call: DiscordCall, written: readonly Written[], fault: Fault): void {
    const { by, ...which } = DISCORD_CALLS[call];
    for (const target of new Set(written.map((one) => this.#targetOf(call, one)))) {
      // The first message for a thread finds none, and opens it.
      const skip = by === "channelId" && !this.http.world.places.find(target) ? { skip: 1 } : {};
      this.http.fail({ ...fault, ...which, ...skip, [by]: target });
    }
  }

  /** Whether what the bot wrote in a chat was ever edited. */
  wasEdited(chat: number): boolean {
    return this.#wasCalled("PATCH", MESSAGE, chat);
  }

  /** Whether the bot ever looked at what is in a chat. */
  wasRead(chat: number): boolean {
    return this.#wasCalled("GET", HISTORY, chat);
  }

  /** What the bot did that no bot should do. */
  get violations(): readonly string[] {
    const ofCalls = this.http.violations.map(({ where, what }) => `${where}: ${what}`);
    return [...ofCalls, ...this.gateway.log.violations.map(({ kind, detail }) => `gateway: ${kind} ${detail}`)];
  }

  async close(): Promise<void> {
    await Promise.all([this.http.close(), this.gateway.close()]);
  }

  #ask(id: string, { user }: Person, room: string, { text, ageMs }: { readonly text: string; readonly ageMs: number }) {
    const { world } = this.http;
    const place = world.places.get(room);
    const ticket = world.interactions.open({
      type: INTERACTION_TYPE.command,
      person: user,
      placeId: room,
      isInstalledHere: isInstalledHere(world, place),
      command: "ask",
      messageId: null,
      owners: ownersOf(world, place, user),
    });
    const called = { ...ticket, id: String(BigInt(ticket.id) - (BigInt(ageMs) << BELOW_TIME_BITS)) };
    const data = commandData(world, place, "ask", { text });
    const interaction = { ...interactionToWire(world, called, data), id: called.id };
    const asked: Asked = { interaction, token: ticket.token, isAccepted: null };
    this.#asked.set(id, asked);
    void this.http.deliver(interaction).then(({ status, answer }) => {
      const json: unknown = status === 200 ? JSON.parse(answer) : null;
      asked.isAccepted = isObject(json);
      if (isObject(json)) acknowledge(world, ticket, { json, uploads: [] });
      else ticket.state = "dead";
    });
  }

  #personIn(chat: number): Person {
    const place = discordPlaceOf(chat);
    if (place !== "asked_direct" && place !== "said_direct") return this.#member;
    const person = this.#people.get(chat) ?? this.http.addPerson({ id: String(chat) });
    this.#people.set(chat, person);
    return person;
  }

  #roomOf(chat: number): string {
    const place = discordPlaceOf(chat);
    if (place === "asked_direct" || place === "said_direct") return this.#personIn(chat).dm;
    const id = String(chat);
    if (this.http.world.places.find(id)) return id;
    // In a channel of announcements no message begins a thread for its answers.
    const type = place === "said_channel" ? CHANNEL_TYPE.announcement : CHANNEL_TYPE.text;
    return this.http.addChannel(place === "asked_away" ? GUILD_AWAY : GUILD, { id, type });
  }

  /** A chat's room and the threads in it. */
  #roomsOf(chat: number): readonly string[] {
    const room = this.#roomOf(chat);
    if (discordPlaceOf(chat) !== "said_thread") return [room];
    const threads = this.http.world.places.of(GUILD).filter(({ parentId }) => parentId === room);
    return [room, ...threads.map(({ id }) => id)];
  }

  /** The token or the room by which a call for a message is known. */
  #targetOf(call: DiscordCall, { chat, id }: Written): string {
    if (DISCORD_CALLS[call].by === "token") return this.#asked.get(id)?.token ?? "";
    const isInThread = discordPlaceOf(chat) === "said_thread" && call !== "thread";
    return (isInThread ? this.#said.get(id)?.id : null) ?? this.#roomOf(chat);
  }

  #wasCalled(method: string, route: string, chat: number): boolean {
    const rooms = this.#roomsOf(chat);
    return this.http.calls.some(
      (call) => call.method === method && call.route === route && rooms.includes(call.params["channel_id"] ?? ""),
    );
  }
}
