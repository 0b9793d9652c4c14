/** What the emulated Discord tells about its world, as the Gateway would send it; the Gateway half listens. */

export type EventName =
  | "MESSAGE_CREATE"
  | "MESSAGE_UPDATE"
  | "MESSAGE_DELETE"
  | "MESSAGE_REACTION_ADD"
  | "MESSAGE_REACTION_REMOVE"
  | "THREAD_CREATE"
  | "INTERACTION_CREATE";

/**
 * A dispatch without its sequence number. Told only of places where the bot is, and with the whole content: leaving it
 * out without the privileged intent is the Gateway's (`withoutContent` in content-intent.ts).
 */
export type WorldEvent = {
  readonly t: EventName;
  readonly d: Readonly<Record<string, unknown>>;
  /** Absent in direct chats. */
  readonly guildId?: string;
};

export type EventListener = (event: WorldEvent) => void;

export class Events {
  readonly #listeners = new Set<EventListener>();

  /** Calls `listener` for each event from now on; returns how to stop that. */
  onEvent(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: WorldEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
