/** Somebody who may delete what the bot writes in groups. */
import type { TelegramEmulator } from "../emulators/telegram/index.ts";

export class Moderator {
  readonly #telegram: TelegramEmulator;
  readonly #token: string;
  readonly #watched = new Set<number>();

  constructor(telegram: TelegramEmulator, token: string) {
    this.#telegram = telegram;
    this.#token = token;
    telegram.onCall(({ method, status, params: { chat_id: chat } }) => {
      if (method !== "sendMessage" || status !== 200 || typeof chat !== "number") return;
      if (this.#watched.delete(chat)) void this.#deleteLast(chat);
    });
  }

  /** Deletes the next message that the bot writes in each chat, as soon as it is there. */
  deleteFirst(chats: readonly number[]): void {
    for (const chat of chats) this.#watched.add(chat);
  }

  /** Chats where nothing was deleted. */
  get left(): number {
    return this.#watched.size;
  }

  callOff(): void {
    this.#watched.clear();
  }

  /** The emulator's people cannot delete, so it is called as the bot. */
  async #deleteLast(chat: number): Promise<void> {
    const message = this.#telegram.answers(chat).at(-1);
    await fetch(`${this.#telegram.url}/bot${this.#token}/deleteMessage`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ chat_id: chat, message_id: message?.message_id }),
    });
  }
}
