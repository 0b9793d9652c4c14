/** Updates that the Worker refuses, on the disk of the laptop, so that Telegram may go on to those behind them. */
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { readFileIfAny, writePrivateFile } from "./private-file.ts";
import { updates, type Update } from "./telegram-lanes.ts";

/** Most updates in the file. Beyond it they stay with Telegram, which shows the oldest 100 of them, for 24 hours. */
export const WAITING_MAX = 1_000;

export class TelegramWaitingFile {
  readonly #path: string;

  /** `stateDir` is absolute. Update ids are the bot's own, so another token may mean another file. */
  constructor(stateDir: string, botToken: string) {
    const [bot = ""] = botToken.split(":");
    this.#path = join(stateDir, `telegram-waiting-${bot.replaceAll(/\D/g, "")}.json`);
  }

  /**
   * What an earlier run left, or `unreadable` when that could not be understood: then it is kept beside, with that word
   * at its end. Throws when the disk fails.
   */
  read(): readonly Update[] | "unreadable" {
    const text = readFileIfAny(this.#path);
    if (text === null) return [];
    try {
      return v.parse(updates, JSON.parse(text));
    } catch {
      renameSync(this.#path, `${this.#path}.unreadable`);
      return "unreadable";
    }
  }

  /** Replaces what is there. Throws when the disk fails. */
  write(waiting: readonly Update[]): void {
    if (waiting.length === 0) rmSync(this.#path, { force: true });
    else writePrivateFile(this.#path, JSON.stringify(waiting));
  }
}
