/**
 * Which of Telegram's updates may go to the Worker now, and which Telegram may forget. Each chat has a lane: in it
 * updates keep their order, and no lane waits for another. Pure.
 */
import * as v from "valibot";
import { assert } from "../protocol/assert.ts";
import { backoffMs } from "../protocol/backoff.ts";
import { POLLING_FAILURE_BOUNDS } from "./telegram-failures.ts";

/** Bounds of a lane; what happens beyond each is said with it. */
export const LANE_BOUNDS = {
  /** Refusals in a row of an update as malformed (400, 413); then it is skipped, so that it blocks nobody. */
  malformedTriesMax: 3,
  /** Tries in a row (some two seconds) after which the refused chat is a problem that people are told of. */
  problemTries: 4,
} as const;

/** An update is passed on as it came: only its number and its chat matter here. */
export const updates = v.array(v.looseObject({ update_id: v.pipe(v.number(), v.safeInteger()) }));
export type Update = v.InferOutput<typeof updates>[number];

/** What the Worker's status means for the oldest update of a chat; `isNews` when people have to be told. */
export type Settled =
  | { readonly kind: "delivered" | "skipped"; readonly isNews: boolean }
  | { readonly kind: "refused"; readonly tries: number; readonly waitMs: number; readonly isNews: boolean };

/** Oldest update first, never empty; of the first: its refusals, how many at the end were as malformed, the last status. */
type Lane = { readonly updates: Update[]; tries: number; malformed: number; status: number };

/** The updates that were taken from Telegram and not delivered yet. */
export class TelegramLanes {
  readonly #lanes = new Map<string, Lane>();
  /** Updates that Telegram may still send again although they are known. */
  readonly #known = new Set<number>();
  /** Of those that wait, the ones that are on this disk, and the ones that only Telegram keeps. */
  readonly #saved = new Set<number>();
  readonly #unsaved = new Set<number>();
  #next = 0;

  /** Goes on with what an earlier run had saved; only before the first `take`. */
  restore(batch: readonly Update[]): void {
    for (const update of batch) {
      this.#append(update);
      this.#saved.add(update.update_id);
    }
  }

  /** Takes a batch in Telegram's order. Returns the chats of which nothing waited before. */
  take(batch: readonly Update[]): readonly string[] {
    const before = new Set(this.#lanes.keys());
    const { offset } = this;
    for (const id of this.#known) if (id < offset) this.#known.delete(id);
    for (const update of batch) {
      this.#next = update.update_id + 1;
      if (this.#known.has(update.update_id)) continue;
      this.#append(update);
      this.#unsaved.add(update.update_id);
    }
    return this.chats.filter((chat) => !before.has(chat));
  }

  /** The chats of which something waits. */
  get chats(): readonly string[] {
    return [...this.#lanes.keys()];
  }

  /** The only update of this chat that may be delivered now, or null. */
  head(chat: string): Update | null {
    return this.#lanes.get(chat)?.updates[0] ?? null;
  }

  /** The Worker answered with this status (0: not at all) to the chat's oldest update. */
  settle(chat: string, status: number): Settled {
    const lane = this.#lanes.get(chat);
    assert(lane !== undefined, "a chat without a lane has nothing to deliver");
    const wasProblem = isProblem(lane);
    if (status >= 200 && status < 300) {
      this.#leave(chat, lane);
      return { kind: "delivered", isNews: wasProblem };
    }
    lane.tries += 1;
    lane.malformed = status === 400 || status === 413 ? lane.malformed + 1 : 0;
    lane.status = status;
    if (lane.malformed >= LANE_BOUNDS.malformedTriesMax) {
      this.#leave(chat, lane);
      return { kind: "skipped", isNews: wasProblem };
    }
    const { tries } = lane;
    return {
      kind: "refused",
      tries,
      waitMs: backoffMs(tries, POLLING_FAILURE_BOUNDS),
      isNews: isProblem(lane) && !wasProblem,
    };
  }

  /** The `offset` for Telegram: it forgets what is below, so nothing below it waits without being saved. */
  get offset(): number {
    return Math.min(this.#next, ...this.#unsaved);
  }

  /** Whether Telegram keeps an update that it would send again at once. */
  get isHeldByTelegram(): boolean {
    return this.#unsaved.size > 0;
  }

  /** All that waits, each chat's in order. */
  get waiting(): readonly Update[] {
    return [...this.#lanes.values()].flatMap((lane) => lane.updates);
  }

  /** What waits and is on the disk, each chat's in order. */
  get saved(): readonly Update[] {
    return this.waiting.filter(({ update_id }) => this.#saved.has(update_id));
  }

  /** All that waits is on the disk now. */
  allSaved(): void {
    for (const id of this.#unsaved) this.#saved.add(id);
    this.#unsaved.clear();
  }

  /** What people should know of the chats that are refused, or null. */
  get problem(): string | null {
    const refused = [...this.#lanes].filter(([, lane]) => isProblem(lane));
    const [first] = refused;
    if (!first) return null;
    const [chat, { status }] = first;
    const more = refused.length > 1 ? `, and ${refused.length - 1} more` : "";
    const why = status === 0 ? "no answer" : `status ${status}`;
    return `${laneName(chat)} cannot be delivered to (${why})${more}; other chats go on`;
  }

  #append(update: Update): void {
    const chat = chatOf(update);
    const lane = this.#lanes.get(chat);
    if (lane) lane.updates.push(update);
    else this.#lanes.set(chat, { updates: [update], tries: 0, malformed: 0, status: 0 });
    this.#known.add(update.update_id);
  }

  #leave(chat: string, lane: Lane): void {
    const update = lane.updates.shift();
    if (!update) return;
    lane.tries = 0;
    lane.malformed = 0;
    this.#saved.delete(update.update_id);
    this.#unsaved.delete(update.update_id);
    if (lane.updates.length === 0) this.#lanes.delete(chat);
  }
}

const withChat = v.object({ chat: v.object({ id: v.number() }) });
const withMessage = v.object({ message: withChat });
/** The lane of what belongs to no chat, such as an inline query. */
export const NO_CHAT = "";

/** The chat that an update belongs to, whatever its kind ("Update": at most one kind is there). */
export function chatOf(update: Update): string {
  for (const content of Object.values(update)) {
    if (v.is(withChat, content)) return String(content.chat.id);
    if (v.is(withMessage, content)) return String(content.message.chat.id);
  }
  return NO_CHAT;
}

/** A chat as people are told of it. */
export function laneName(chat: string): string {
  return chat === NO_CHAT ? "what belongs to no chat" : `chat ${chat}`;
}

function isProblem({ tries }: Lane): boolean {
  return tries >= LANE_BOUNDS.problemTries;
}
