/**
 * What a model is shown of a transcript: old tool results are trimmed or left out, and old pictures only named. The
 * transcript stays as it is. What is pruned follows from the transcript alone and changes only where a message came so late
 * that the provider's cache was cold anyway: between two such pauses each request begins with the one before it. Pure.
 */
import type { AgentMessage } from "@earendil-works/pi-agent-core";
import { pictureLine } from "../attachments/content.ts";
import { EARLIER } from "../attachments/turn-attachments.ts";
import { contextTokens, estimate } from "../compaction/measure.ts";
import { picturesOf, withPictures } from "../inbound-message.ts";
import { PRUNING_BOUNDS, RESULT_CAPS } from "./bounds.ts";

type ToolResult = Extract<AgentMessage, { role: "toolResult" }>;

/** The messages as the model sees them. */
export function prune(messages: readonly AgentMessage[], windowTokens: number): readonly AgentMessage[] {
  const shown = messages.map((message) => capped(message, windowTokens));
  for (const at of pausesOf(messages)) pruneBefore(shown, at, windowTokens);
  return shown;
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

/** Changes what stands before `end`, which is where a pause ends. */
function pruneBefore(shown: AgentMessage[], end: number, windowTokens: number): void {
  nameOldPictures(shown, end);
  const before = shown.slice(0, end);
  const limit = protectedFrom(before);
  const charsBefore = estimate(before);
  if (contextTokens(before) < windowTokens * PRUNING_BOUNDS.trimShare) return;
  change(shown, limit, trimmed);
  const saved = charsBefore - estimate(shown.slice(0, end));
  const results = shown.slice(0, limit).filter((message) => message.role === "toolResult");
  const chars = results.reduce((sum, result) => sum + textOf(result).length, 0);
  const isFull = contextTokens(before) - saved >= windowTokens * PRUNING_BOUNDS.clearShare;
  if (isFull && chars >= PRUNING_BOUNDS.clearMin) change(shown, limit, cleared);
}

function change(shown: AgentMessage[], end: number, to: (result: ToolResult) => ToolResult): void {
  for (const [at, message] of shown.slice(0, end).entries()) {
    if (message.role === "toolResult") shown[at] = to(message);
  }
}

/** The place of the oldest answer that is kept as it is, with its results. */
function protectedFrom(messages: readonly AgentMessage[]): number {
  const answers = messages.flatMap(({ role }, at) => (role === "assistant" ? [at] : []));
  return answers.at(-PRUNING_BOUNDS.stepsKept) ?? 0;
}

function nameOldPictures(shown: AgentMessage[], end: number): void {
  const ends = shown.slice(0, end).flatMap((message, at) => (isTurnEnd(message) ? [at] : []));
  const old = ends.at(-PRUNING_BOUNDS.pictureTurns) ?? 0;
  for (const [at, message] of shown.slice(0, old).entries()) {
    if (message.role !== "custom" || picturesOf(message).length === 0) continue;
    const named = withPictures(message, (picture) => [{ type: "text", text: pictureLine(picture, EARLIER) }]);
    // Without its details nothing of it is fetched.
    shown[at] = named.role === "custom" ? { ...named, details: null } : named;
  }
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
