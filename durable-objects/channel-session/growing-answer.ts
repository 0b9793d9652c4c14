/** Shows a turn's answer while it grows: never in the way of the turn, never more often than the channel allows. */
import { OUTBOUND_BOUNDS } from "../../protocol/bounds.ts";
import { ChannelError } from "../../protocol/errors.ts";
import type { InboundId } from "../../protocol/ids.ts";
import type { PreviewHandle } from "../../worker/channels/registry.ts";
import { OBJECT_BOUNDS } from "../bounds.ts";

export type Screen = {
  /** Shows `text`, or with an empty text that we are busy. Null: not now, ask again later. */
  show(text: string, handle: PreviewHandle | undefined): Promise<PreviewHandle | null>;
  /** From how many characters on a growing text is shown; null: never, only that we are busy. */
  readonly textFrom: number | null;
  /** Says which message the text is a reply to, in place of the first of its turn. Counts until the text is shown. */
  replyTo(id: InboundId | undefined): void;
  /** Whether it is shown that we are busy while there is no text. */
  readonly showsBusy: boolean;
  readonly everyMs: number;
  /** How often it is shown again that we are busy. */
  readonly busyEveryMs: number;
  /** Epoch ms at which the screen must be seen to once more, however quiet it is; null: never. */
  readonly seenToAt: number | null;
};

/** One turn's preview. Best effort: a failure is swallowed, and a rate limit ends all previews of the turn. */
export class GrowingAnswer {
  readonly #screen: Screen;
  readonly #startedAt = Date.now();
  #text = "";
  #handle: PreviewHandle | undefined;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #lastShownAt = 0;
  #showing: Promise<void> | null = null;
  #isOver = false;

  constructor(screen: Screen) {
    this.#screen = screen;
    this.#plan(0);
  }

  /** Which message it is a reply to; undefined: the first of its turn. */
  replyTo(id: InboundId | undefined): void {
    this.#screen.replyTo(id);
  }

  append(text: string): void {
    this.replace(this.#text + text);
  }

  replace(text: string): void {
    this.#text = text;
    if (this.#isOver || this.#showing || this.#visible() === "") return;
    const sinceShown = Date.now() - this.#lastShownAt;
    this.#plan(this.#handle ? Math.max(0, this.#screen.everyMs - sinceShown) : 0);
  }

  /** No more previews; one that is under way is not waited for. */
  stop(): void {
    this.#isOver = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  /** Resolves when no preview is under way. Never rejects. */
  async settled(): Promise<void> {
    await this.#showing;
  }

  #plan(delayMs: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#showing = this.#show().finally(() => {
        this.#showing = null;
        this.#planNext();
      });
    }, delayMs);
  }

  #planNext(): void {
    if (this.#isOver) return;
    const text = this.#visible();
    if (text !== "" && text !== this.#handle?.shownText) return this.#plan(this.#handle ? this.#screen.everyMs : 0);
    if (text !== "") return this.#plan(OUTBOUND_BOUNDS.previewKeepAliveMs);
    const now = Date.now();
    const isLong = now - this.#startedAt >= OBJECT_BOUNDS.typingMaxMs;
    const { showsBusy, busyEveryMs, seenToAt } = this.#screen;
    if (showsBusy && !isLong) this.#plan(busyEveryMs);
    else if (seenToAt !== null && seenToAt > now) this.#plan(seenToAt - now);
  }

  /** What is to be seen. Once a text is, so is every later one: what was taken back must not stay on the screen. */
  #visible(): string {
    const { textFrom } = this.#screen;
    if (textFrom === null) return "";
    const isShown = (this.#handle?.shownText ?? "") !== "";
    if (isShown && this.#text === "") return TAKEN_BACK;
    return isShown || this.#text.length >= textFrom ? this.#text : "";
  }

  async #show(): Promise<void> {
    const text = this.#visible();
    if (text === "" && !this.#screen.showsBusy) return;
    this.#lastShownAt = Date.now();
    try {
      const handle = await this.#screen.show(text, this.#handle);
      if (text !== "") this.#handle = handle ?? this.#handle ?? NOT_YET;
    } catch (error) {
      // Refused once is refused for the turn: a preview is worth no second error.
      if (error instanceof ChannelError && !isPassing(error)) this.stop();
      this.#handle ??= NOT_YET;
    }
  }
}

/** Whether the next preview may be shown: nobody was reached, or only this chat had too much at once. */
function isPassing({ code, scope }: ChannelError): boolean {
  return code === "channel_unreachable" || (code === "channel_rate_limited" && scope === "chat");
}

/** Stands where a text was taken back and no other has come yet. */
const TAKEN_BACK = "…";
/** A text that could not be shown now is tried again no sooner than the next one would be. */
const NOT_YET: PreviewHandle = { shownText: "" };
