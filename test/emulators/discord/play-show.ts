/** How `play.ts` shows the channels: what is new or has changed since the last look, each message by a short number. */
import type { DiscordEmulator, ShownMessage } from "./index.ts";

export class PlayScreen {
  readonly #discord: DiscordEmulator;
  readonly #numbers = new Map<string, number>();
  readonly #shown = new Map<string, string>();

  constructor(discord: DiscordEmulator) {
    this.#discord = discord;
  }

  /** The id of a message by its number. Throws when there is none. */
  idOf(number: number): string {
    const found = [...this.#numbers].find(([, known]) => known === number);
    if (!found) throw new Error(`there is no message ${number}`);
    return found[0];
  }

  /** Lines for what is new in a place, or has changed. */
  changes(name: string, channelId: string): readonly string[] {
    return this.#discord.shown(channelId).flatMap((message) => {
      const line = describe(this.#discord, message);
      if (this.#shown.get(message.id) === line) return [];
      const isNew = !this.#shown.has(message.id);
      this.#shown.set(message.id, line);
      return [`${name} ${this.#numberOf(message.id)}${isNew ? "" : " now"} ${line}`];
    });
  }

  #numberOf(id: string): number {
    const number = this.#numbers.get(id) ?? this.#numbers.size + 1;
    this.#numbers.set(id, number);
    return number;
  }
}

function describe(discord: DiscordEmulator, message: ShownMessage): string {
  const author = discord.world.people.get(message.authorId)?.username ?? message.authorId;
  const secret = message.ephemeralFor === null ? "" : ` (only for ${message.ephemeralFor})`;
  const text = { written: message.content, thinking: "is thinking ...", failed: "did not respond" }[message.state];
  const files = message.files.map(({ file }) => `<${file.name} ${file.bytes} bytes>`);
  const buttons = message.buttons.map(({ label, isDisabled }) => (isDisabled ? `(${label})` : `[${label}]`));
  const reactions = Object.entries(message.reactions).map(([emoji, people]) => `${emoji}${people.length}`);
  return [`${author}${secret}: ${text}`, ...files, ...buttons, ...reactions].join(" ");
}
