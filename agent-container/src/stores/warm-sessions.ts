/** What this process knows of transcripts between turns, so that a turn need not read again what the last one wrote. */
import type { Fence } from "../../../protocol/ids.ts";
import type { WarmSession } from "./session-cache.ts";
import type { Transcript } from "./space-store.ts";

/** Transcripts that are remembered, the ones used last; a runtime of one conversation per process has one. */
const REMEMBERED_MAX = 4;

export class WarmSessions {
  readonly #known = new Map<string, { readonly fence: Fence; readonly session: WarmSession }>();

  /**
   * Takes out what is known, if nobody else can have written since: every writer raises the fence first, and
   * `fenceBefore` is the one that it had until now.
   */
  take(transcript: Transcript, fenceBefore: Fence): WarmSession | undefined {
    const known = this.#known.get(nameOf(transcript));
    this.#known.delete(nameOf(transcript));
    return known?.fence === fenceBefore ? known.session : undefined;
  }

  /** Keeps what is known after a turn that had `fence` last. */
  keep(transcript: Transcript, fence: Fence, session: WarmSession): void {
    this.#known.delete(nameOf(transcript));
    this.#known.set(nameOf(transcript), { fence, session });
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size > REMEMBERED_MAX) this.#known.delete(oldest);
  }
}

function nameOf({ conversation, epoch }: Transcript): string {
  return `${conversation}#${String(epoch)}`;
}
