/**
 * What a model is shown of a transcript: old tool results are trimmed or left out, and old pictures only named. The
 * transcript stays as it is. What is pruned follows from the transcript alone and changes only where a message came so late
 * that the provider's cache was cold anyway: between two such pauses each request begins with the one before it. Pure.
 */
import type { AgentMessage } from "@earendil-works/pi-agent-core";
import { pictureLine } from "../attachments/content.ts";
import { EARLIER } from "../attachments/turn-attachments.ts";
import { estimate, lastReport } from "../compaction/measure.ts";
import { picturesOf, withPictures } from "../inbound-message.ts";
import { PRUNING_BOUNDS, RESULT_CAPS } from "./bounds.ts";

/** As pi counts. */
const CHARS_PER_TOKEN = 4;

type ToolResult = Extract<AgentMessage, { role: "toolResult" }>;

/** The messages as the model sees them. Linear in their number. */
export function prune(messages: readonly AgentMessage[], windowTokens: number): readonly AgentMessage[] {
  const shown = messages.map((message) => capped(message, windowTokens));
  const pauses = pausesOf(messages);
  if (pauses.length === 0) return shown;
  const pruner = new Pruner(shown, windowTokens);
  const oldTurns = nthBefore(messages, isTurnEnd, PRUNING_BOUNDS.pictureTurns);
  const oldSteps = nthBefore(messages, ({ role }) => role === "assistant", PRUNING_BOUNDS.stepsKept);
  for (const pause of pauses) {
    pruner.namePictures(oldTurns(pause));
    pruner.pruneResults(pause, oldSteps(pause));
  }
  return shown;
}

/** Changes messages from their beginning on, pause by pause; what was done stays done. */
class Pruner {
  readonly #shown: AgentMessage[];
  readonly #windowTokens: number;
  readonly #tokensBefore: ReturnType<typeof counter>;
  /** Up to where each was done. */
  #named = 0;
  #trimmed = 0;
  #cleared = 0;
  /** Characters of results that are trimmed, or short enough, and not left out. */
  #chars = 0;
  /** Tokens saved so far, by pi's count. */
  #saved = 0;

  constructor(shown: AgentMessage[], windowTokens: number) {
    this.#shown = shown;
    this.#windowTokens = windowTokens;
    this.#tokensBefore = counter(shown);
  }

  namePictures(end: number): void {
    for (; this.#named < end; this.#named += 1) {
      const message = this.#shown[this.#named];
      if (message === undefined || picturesOf(message).length === 0) continue;
      const named = withPictures(message, (picture) => [{ type: "text", text: pictureLine(picture, EARLIER) }]);
      // Without its details nothing of it is fetched.
      this.#shown[this.#named] = named.role === "custom" ? { ...named, details: null } : named;
    }
  }

  /** Results before `end`, as full as the window is at `pause`. */
  pruneResults(pause: number, end: number): void {
    const { trimShare, clearShare, clearMin } = PRUNING_BOUNDS;
    const savedBefore = this.#saved;
    const share = () =>
      this.#tokensBefore(pause, { before: savedBefore, now: this.#saved - savedBefore }) / this.#windowTokens;
    if (share() < trimShare) return;
    for (; this.#trimmed < end; this.#trimmed += 1) this.#chars += this.#change(this.#trimmed, trimmed);
    if (this.#chars < clearMin || share() < clearShare) return;
    for (; this.#cleared < end; this.#cleared += 1) this.#change(this.#cleared, cleared);
    this.#chars = 0;
  }

  /** Characters of what it becomes; 0 for what is no result. */
  #change(at: number, to: (result: ToolResult) => ToolResult): number {
    const message = this.#shown[at];
    if (message?.role !== "toolResult") return 0;
    const changed = to(message);
    const chars = textOf(changed).length;
    this.#saved += (textOf(message).length - chars) / CHARS_PER_TOKEN;
    this.#shown[at] = changed;
    return chars;
  }
}

/** Where a person wrote after the cache had gone cold. */
function pausesOf(messages: readonly AgentMessage[]): readonly number[] {
  let answeredAt: number | undefined;
  return messages.flatMap((message, at) => {
    if (message.role === "assistant") answeredAt = message.timestamp;
    const isWords = message.role === "user" || message.role === "custom";
    const isLate = answeredAt !== undefined && message.timestamp - answeredAt > PRUNING_BOUNDS.cacheTtlMs;
    return isWords && isLate ? [at] : [];
  });
}

/** Tokens saved before the pause, and at it. */
type Saved = { readonly before: number; readonly now: number };

/** Tokens of what stands before a place: as a provider counted them last, else estimated; without what was saved since.
 * To be asked in rising order, and so before what stands there is changed. */
function counter(messages: readonly AgentMessage[]): (end: number, saved: Saved) => number {
  let at = 0;
  let reported: number | undefined;
  /** By pi's count: all, or what came since the report. */
  let tokens = 0;
  return (end, saved) => {
    for (; at < end; at += 1) {
      const message = messages.slice(at, at + 1);
      const report = lastReport(message);
      reported = report?.tokens ?? reported;
      tokens = report === undefined ? tokens + estimate(message) : 0;
    }
    return reported === undefined ? tokens - saved.before - saved.now : reported + tokens - saved.now;
  };
}

/** Tells the place of the nth such message before another place; 0: there are not so many. To be asked in rising order. */
function nthBefore(
  messages: readonly AgentMessage[],
  isOne: (message: AgentMessage) => boolean,
  nth: number,
): (end: number) => number {
  const places: number[] = [];
  let at = 0;
  return (end) => {
    for (; at < end; at += 1) {
      const message = messages[at];
      if (message !== undefined && isOne(message)) places.push(at);
    }
    return places.at(-nth) ?? 0;
  };
}

function isTurnEnd(message: AgentMessage): boolean {
  return message.role === "assistant" && !message.content.some(({ type }) => type === "toolCall");
}

function capped(message: AgentMessage, windowTokens: number): AgentMessage {
  if (message.role !== "toolResult") return message;
  const cap = RESULT_CAPS.find((row) => windowTokens >= row.windowTokens)?.charsMax ?? 0;
  const half = Math.floor(cap / 2);
  return withEdges(message, cap, half);
}

function trimmed(result: ToolResult): ToolResult {
  return withEdges(result, PRUNING_BOUNDS.trimAbove, PRUNING_BOUNDS.trimEdge);
}

function cleared(result: ToolResult): ToolResult {
  return { ...result, content: [{ type: "text", text: "[The result of this call is not shown again.]" }] };
}

/** A text of more than `charsMax` becomes its first and last `edge` characters. */
function withEdges(result: ToolResult, charsMax: number, edge: number): ToolResult {
  const text = textOf(result);
  if (text.length <= charsMax) return result;
  const head = text.slice(0, edge).replace(/[\uD800-\uDBFF]$/, "");
  const tail = text.slice(-edge).replace(/^[\uDC00-\uDFFF]/, "");
  const left = text.length - head.length - tail.length;
  const shown = `${head}\n[... ${String(left)} characters of this result are not shown; call the tool again for them ...]\n${tail}`;
  const rest = result.content.filter(({ type }) => type !== "text");
  return { ...result, content: [{ type: "text", text: shown }, ...rest] };
}

function textOf({ content }: ToolResult): string {
  return content.map((block) => (block.type === "text" ? block.text : "")).join("\n");
}
