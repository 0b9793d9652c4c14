/** Presses of buttons, which the bot should answer soon: until then the button spins. */
import { badRequest } from "./failure.ts";
import { stringOf } from "./values.ts";

export type PressAnswer = { readonly text: string; readonly isAlert: boolean };

type Press = { readonly at: number; answer: PressAnswer | null };

/** How long a press can be answered is not documented; bots have reported this much. */
const PRESS_MS = 15_000;
/** "answerCallbackQuery": 0-200 characters. */
const TEXT_MAX = 200;
const TOO_OLD = "query is too old and response timeout expired or query ID is invalid";

export class Presses {
  readonly #presses = new Map<string, Press>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Returns the id of the query. */
  add(): string {
    // As long as the real ones, and no number that JavaScript could hold.
    const id = `43826164370${String(this.#presses.size + 1).padStart(8, "0")}`;
    this.#presses.set(id, { at: this.#now(), answer: null });
    return id;
  }

  /** Throws a 400 for a query that is unknown, too old or answered. */
  answer(id: unknown, answer: PressAnswer): void {
    if (answer.text.length > TEXT_MAX) throw badRequest("MESSAGE_TOO_LONG");
    const press = this.#presses.get(stringOf(id));
    if (!press || press.answer !== null || this.#now() - press.at > PRESS_MS) throw badRequest(TOO_OLD);
    press.answer = answer;
  }

  answerOf(id: string): PressAnswer | null {
    return this.#presses.get(id)?.answer ?? null;
  }
}
