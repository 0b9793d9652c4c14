/** Shows a turn's answer while it grows: never in the way of the turn, never more often than the channel allows. */
import { OUTBOUND_BOUNDS } from "../../protocol/bounds.ts";
import { ChannelError } from "../../protocol/errors.ts";
import type { PreviewHandle } from "../../worker/channels/registry.ts";

export type Screen = {
  /** Shows `text`, or with an empty text that we are busy. */
  show(text: string, handle: PreviewHandle | undefined): Promise<PreviewHandle>;
  /** Whether a growing text can be shown at all; if not, only that we are busy. */
  readonly showsText: boolean;
  readonly everyMs: number;
};

/** One turn's preview. Best effort: a failure is swallowed, and a rate limit ends all previews of the turn. */
export class GrowingAnswer {
  readonly #screen: Screen;
  #text = "";
  #handle: PreviewHandle | undefined;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #lastShownAt = 0;
  #isShowing = false;
  #isOver = false;

  constructor(screen: Screen) {
    this.#screen = screen;
    this.#plan(0);
  }

  append(text: string): void {
    this.replace(this.#text + text);
  }

  replace(text: string): void {
    this.#text = text;
    if (this.#isOver || this.#isShowing || !this.#screen.showsText) return;
    const sinceShown = Date.now() - this.#lastShownAt;
    this.#plan(this.#handle ? Math.max(0, this.#screen.everyMs - sinceShown) : 0);
  }

  /** No more previews; one that is under way is not waited for. */
  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #plan(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#show(), delayMs);
  }

  #pauseAfter(shown: string): number {
    const hasMore = this.#screen.showsText && this.#text !== shown;
    if (hasMore) return this.#handle ? this.#screen.everyMs : 0;
    return shown === "" ? OUTBOUND_BOUNDS.typingEveryMs : OUTBOUND_BOUNDS.previewKeepAliveMs;
  }

  async #show(): Promise<void> {
    const text = this.#screen.showsText ? this.#text : "";
    this.#isShowing = true;
    this.#lastShownAt = Date.now();
    try {
      const handle = await this.#screen.show(text, this.#handle);
      if (text !== "") this.#handle = handle;
    } catch (error) {
      // Refused once is refused for the turn: a preview is worth no second error.
      if (error instanceof ChannelError && error.code !== "channel_unreachable") this.stop();
    }
    this.#isShowing = false;
    if (this.#isOver) return;
    this.#plan(this.#pauseAfter(text));
  }
}
