/**
 * How often one bot may call ("Bots FAQ"): about a message a second in a private chat with short bursts above, 20 a minute
 * in a group, 30 calls a second in all. How Telegram counts exactly is not published; chosen here: edits count like
 * messages, and each item of an album does. Who has not used up a limit may go over it once, and waits longer then.
 */
import type { Params } from "./request.ts";

const PRIVATE_BURST = 10;
const PRIVATE_EVERY_MS = 1_000;
const GROUP_MAX = 20;
const GROUP_WINDOW_MS = 60_000;
const BOT_MAX = 30;
const BOT_WINDOW_MS = 1_000;

export class Rates {
  /** Until when the messages of a private chat are paid for. */
  readonly #paidUntil = new Map<number, number>();
  readonly #groups = new Map<unknown, number[]>();
  #calls: number[] = [];

  /** Counts a call, or returns how many seconds it comes too early. */
  take(method: string, params: Params, now: number): number | null {
    if (!/^(?:send|edit)/u.test(method)) return null;
    this.#calls = this.#calls.filter((at) => now - at < BOT_WINDOW_MS);
    if (this.#calls.length >= BOT_MAX) return waitS((this.#calls[0] ?? now) + BOT_WINDOW_MS - now);
    const wait = this.#takeInChat(method, params, now);
    if (wait === null) this.#calls.push(now);
    return wait;
  }

  #takeInChat(method: string, params: Params, now: number): number | null {
    if (method.endsWith("Draft") || method === "sendChatAction") return null;
    const { chat_id: chat, media } = params;
    const messages = Array.isArray(media) ? media.length : 1;
    if (typeof chat === "number" && chat > 0) {
      const paidUntil = Math.max(this.#paidUntil.get(chat) ?? 0, now);
      const early = paidUntil - now - (PRIVATE_BURST - 1) * PRIVATE_EVERY_MS;
      if (early > 0) return waitS(early);
      this.#paidUntil.set(chat, paidUntil + messages * PRIVATE_EVERY_MS);
      return null;
    }
    const sent = (this.#groups.get(chat) ?? []).filter((at) => now - at < GROUP_WINDOW_MS);
    const blocking = sent.at(-GROUP_MAX);
    if (blocking !== undefined) return waitS(blocking + GROUP_WINDOW_MS - now);
    this.#groups.set(chat, [...sent, ...Array.from({ length: messages }, () => now)]);
    return null;
  }
}

function waitS(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
