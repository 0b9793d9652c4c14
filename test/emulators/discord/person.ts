/** Somebody on the emulated Discord: each verb changes the world, and the bot hears of it as it would. */
import { buttonsOf } from "./components.ts";
import type { GivenFile } from "./files.ts";
import { commandData, type OptionValue, suggestionData, targetData } from "./command-data.ts";
import { type Asked, interact, type Outcome } from "./interact.ts";
import { INTERACTION_TYPE } from "./interactions.ts";
import type { Json } from "./json.ts";
import { CHANNEL_MENTIONS, pingsOf } from "./mentions.ts";
import { type Message, MESSAGE_FLAGS, MESSAGE_TYPE } from "./message.ts";
import { openDirect, openThread } from "./opening.ts";
import type { Place } from "./place.ts";
import { addMessage, editMessage, react, removeMessage, wireOf } from "./posting.ts";
import type { User } from "./wire.ts";
import type { World } from "./world.ts";

/** A channel; absent: the direct conversation with the bot. */
export type Where = { readonly in?: string };
export type SaidOptions = Where & {
  readonly replyTo?: string;
  /** Whoever is answered is not called. */
  readonly isQuietReply?: boolean;
  readonly files?: readonly GivenFile[];
  /** The first file is spoken. */
  readonly isVoice?: boolean;
};

/** Of a made up voice message. */
const VOICE = { durationSecs: 2.5, waveform: "AAEC" } as const;

export class Person {
  readonly #world: World;
  readonly user: User;

  constructor(world: World, user: User) {
    this.#world = world;
    this.user = user;
  }

  get id(): string {
    return this.user.id;
  }

  /** How a text calls them. */
  get mention(): string {
    return `<@${this.id}>`;
  }

  /** The id of the direct conversation with the bot. */
  get dm(): string {
    return openDirect(this.#world, this.user).id;
  }

  /** Takes no direct messages from the bot, or again. */
  forbidDirect(isForbidden = true): void {
    if (isForbidden) this.#world.closedTo.add(this.id);
    else this.#world.closedTo.delete(this.id);
  }

  /** Writes a message; returns it as REST would. */
  says(text: string, options: SaidOptions = {}): Json & { readonly id: string } {
    const world = this.#world;
    const place = this.#place(options);
    const replied = options.replyTo === undefined ? null : this.#message(place, options.replyTo);
    const allowed = options.isQuietReply === true ? { parse: CHANNEL_MENTIONS, replied_user: false } : null;
    const files = (options.files ?? []).map((file) => ({
      file: world.files.add(file),
      ...(options.isVoice === true && VOICE),
    }));
    const message = addMessage(world, place, {
      author: this.user,
      type: replied ? MESSAGE_TYPE.reply : MESSAGE_TYPE.default,
      content: text,
      pings: pingsOf(text, {
        allowed,
        byDefault: CHANNEL_MENTIONS,
        replied,
        userOf: (id) => world.people.get(id) ?? null,
      }),
      attachments: files,
      flags: options.isVoice === true ? MESSAGE_FLAGS.voice : 0,
      // What clients send, as a number of their own.
      nonce: world.ids.next(),
      reference: replied && { channelId: place.id, messageId: replied.id },
    });
    return { ...wireOf(world, message), id: message.id };
  }

  edits(messageId: string, text: string, where: Where = {}): void {
    const message = this.#own(messageId, where);
    const rules = { allowed: null, byDefault: CHANNEL_MENTIONS, replied: null };
    const userOf = (id: string) => this.#world.people.get(id) ?? null;
    editMessage(this.#world, message, { ...message, content: text, mentions: pingsOf(text, { ...rules, userOf }) });
  }

  deletes(messageId: string, where: Where = {}): void {
    removeMessage(this.#world, this.#own(messageId, where));
  }

  reacts(messageId: string, emoji: string, where: Where = {}): void {
    react(this.#world, this.#message(this.#place(where), messageId), this.user, emoji, true);
  }

  unreacts(messageId: string, emoji: string, where: Where = {}): void {
    react(this.#world, this.#message(this.#place(where), messageId), this.user, emoji, false);
  }

  /** Opens a thread in a channel of a guild, at a message or without; returns its id. */
  opensThread(name: string, where: { readonly in: string; readonly at?: string }): string {
    const { at = null } = where;
    return openThread(this.#world, this.#place(where), at, name, this.user).id;
  }

  /** Uses a slash command. */
  async uses(name: string, options: Readonly<Record<string, OptionValue>> = {}, where: Where = {}): Promise<Outcome> {
    const place = this.#place(where);
    const data = commandData(this.#world, place, name, options);
    return this.#ask({ type: INTERACTION_TYPE.command, place, data, command: name });
  }

  /** Uses a command of the menu of a message. */
  async usesOn(messageId: string, name: string, where: Where = {}): Promise<Outcome> {
    const place = this.#place(where);
    const data = targetData(this.#world, place, name, this.#message(place, messageId));
    return this.#ask({ type: INTERACTION_TYPE.command, place, data, command: name });
  }

  /** Types into an option of a slash command that suggests something. */
  async types(name: string, option: string, text: string, where: Where = {}): Promise<Outcome> {
    const place = this.#place(where);
    const data = suggestionData(this.#world, place, name, option, text);
    return this.#ask({ type: INTERACTION_TYPE.autocomplete, place, data, command: name });
  }

  /** Presses the button with that label. Throws when they do not see one that can be pressed. */
  async presses(messageId: string, label: string, where: Where = {}): Promise<Outcome> {
    const place = this.#place(where);
    const message = this.#message(place, messageId);
    const button = buttonsOf(message.components).find((one) => one.label === label && !one.isDisabled);
    if (button?.customId === null || !button) throw new Error(`message ${messageId} has no button ${label} to press`);
    return this.sendsPress(messageId, button.customId, where, button.id);
  }

  /** Sends a press as no client would: of a button that is not there, for instance. */
  async sendsPress(messageId: string, customId: string, where: Where = {}, buttonId = 2): Promise<Outcome> {
    const place = this.#place(where);
    const data = { component_type: 2, custom_id: customId, id: buttonId };
    return this.#ask({ type: INTERACTION_TYPE.component, place, data, messageId });
  }

  /** Sends off a form that the bot showed. */
  async submits(customId: string, values: Readonly<Record<string, string>>, where: Where = {}): Promise<Outcome> {
    const components = Object.entries(values).map(([name, value], index) => ({
      type: 18,
      id: index * 2 + 1,
      component: { type: 4, id: index * 2 + 2, custom_id: name, value },
    }));
    const data = { custom_id: customId, components };
    return this.#ask({ type: INTERACTION_TYPE.modal, place: this.#place(where), data });
  }

  #ask(asked: Omit<Asked, "person">): Promise<Outcome> {
    return interact(this.#world, { ...asked, person: this.user });
  }

  #place({ in: channelId = this.dm }: Where): Place {
    const { places, guilds } = this.#world;
    const place = places.get(channelId);
    const isThere = place.guildId === null || guilds.get(place.guildId)?.members.has(this.id) === true;
    if (!isThere) throw new Error(`${this.user.username} is not in guild ${place.guildId}`);
    return place;
  }

  /** A message that they see. Throws for any other. */
  #message(place: Place, id: string): Message {
    const message = this.#world.places.message(place, id);
    const isSeen = message && (message.ephemeralFor === null || message.ephemeralFor === this.id);
    if (!isSeen) throw new Error(`no message ${id} in channel ${place.id}`);
    return message;
  }

  #own(id: string, where: Where): Message {
    const message = this.#message(this.#place(where), id);
    if (message.author.id !== this.id) throw new Error(`message ${id} is not of ${this.user.username}`);
    return message;
  }
}
