/** The rules of the offline model: pure, one step at a time, from what was asked and what the tools said since. */
import type { ToolCall } from "@earendil-works/pi-ai";
import { checklistStep, readChecklistWish } from "./offline-checklist.ts";
import { heartbeatReply, isHeartbeat } from "./offline-heartbeat.ts";
import type { OfflineRequest } from "./offline-message.ts";
import { readReminder } from "./offline-reminder.ts";
import { reminderStep } from "./offline-reminder-steps.ts";

/** The next step: words, or one call of a tool. */
export type OfflineReply =
  /** `isBare`: nothing of ours is said besides. */
  | { readonly kind: "say"; readonly text: string; readonly isBare?: true }
  | { readonly kind: "call"; readonly tool: string; readonly args: ToolCall["arguments"] };

export type OfflineResult = { readonly text: string; readonly failed: boolean };

const MEMORY_FILE = "MEMORY.md";
/** Longest piece of a file or a message that is repeated in an answer. UTF-16 units. */
const SHOWN_MAX = 3_000;

/** How the read tool marks an empty file, and one of which it shows only a part. */
const NOTICE_EMPTY = /^\[.* is empty\.\]$/;
const NOTICE = /\n\[[^\n]*\]$/;

/** Said once, below the first answer: what answers, and how to get better answers. */
export const HOW_TO =
  "I am the offline model: no model key is set, so I only follow simple rules. For real answers set " +
  "ANTHROPIC_API_KEY or OPENAI_API_KEY (or AWS credentials for Bedrock) in .dev.vars and start again.";

type Rule = {
  readonly pattern: RegExp;
  reply(asked: RegExpExecArray, results: readonly OfflineResult[]): OfflineReply;
};

const RULES: readonly Rule[] = [
  { pattern: /^(?:please )?remember(?: that)?[:,]?\s+(?<note>\S[\s\S]*)$/i, reply: remember },
  { pattern: /^what do you (?:remember|know)|^(?:show|list) (?:your )?memory/i, reply: recall },
  { pattern: /^(?:please )?send (?:me )?(?:the )?(?:file )?(?<path>[^\s?!]+\.[a-z0-9]+)\b/i, reply: sendFile },
  { pattern: /^(?:please )?offer (?:me )?(?<choices>\S[\s\S]*)$/i, reply: offer },
  { pattern: /^(?:read|show|open|cat)\s+(?<path>[^\s?!]+\.[a-z0-9]+)\b/i, reply: readFile },
  { pattern: /^\/?status\b|\bsession status\b/i, reply: status },
  { pattern: /\bwhat(?:'s| is)? (?:the )?(?:time|date|day)\b|\bwhat time\b|^(?:time|date)\??$/i, reply: tellTime },
  { pattern: /^(?:hi|hello|hey|good (?:morning|afternoon|evening)|hallo|moin)\b/i, reply: greet },
];

/** How pi ends the result of a tool that a crash cut short: whether it did its work, nobody knows. */
const INTERRUPTED = "[Tool execution was interrupted.";

/** What the offline model does next. `results` are in the order of its own calls. */
export function replyTo(asked: OfflineRequest, results: readonly OfflineResult[]): OfflineReply {
  if (isHeartbeat(asked)) return heartbeatReply(asked, results);
  if (asked.run === undefined) return replyToPerson(asked, results);
  const reply = asked.run === "event" ? say(shown(asked.words.join("\n").trim())) : replyToTask(asked, results);
  // Nobody has asked who answers.
  return reply.kind === "say" ? { ...reply, isBare: true } : reply;
}

/** It follows no words of another program: it passes them on. */
function replyToTask(asked: OfflineRequest, results: readonly OfflineResult[]): OfflineReply {
  if (asked.sent === undefined) return replyToPerson(asked, results);
  return say(`Another program sent this:\n\n${shown(asked.sent.trim())}`);
}

function replyToPerson({ words, brought, clock }: OfflineRequest, results: readonly OfflineResult[]): OfflineReply {
  const request = words.at(-1)?.trim() ?? "";
  const step = stepFor(request, clock, results);
  if (step) return withIgnored(words.slice(0, -1), orInterrupted(results, step));
  const lines = [
    ...(brought.length > 0 ? [`You sent: ${brought.map(shown).join("; ")}`] : []),
    ...(words.length > 0 ? [`You wrote: ${words.map((text) => shown(text.trim())).join(" / ")}`] : []),
  ];
  return say(lines.join("\n"));
}

/** What answers a request that a rule is for. */
function stepFor(
  request: string,
  clock: OfflineRequest["clock"],
  results: readonly OfflineResult[],
): (() => OfflineReply) | null {
  const reminder = clock === undefined ? null : readReminder(request, clock);
  if (reminder) return () => reminderStep(reminder, results);
  const checklist = readChecklistWish(request);
  if (checklist) return () => checklistStep(checklist, results);
  for (const rule of RULES) {
    const asked = rule.pattern.exec(request);
    if (asked) return () => rule.reply(asked, results);
  }
  return null;
}

function orInterrupted(results: readonly OfflineResult[], step: () => OfflineReply): OfflineReply {
  const isInterrupted = results.some(({ text, failed }) => failed && text.includes(INTERRUPTED));
  return isInterrupted ? say("I was interrupted, and may not have done it. Please ask again.") : step();
}

/** Of messages that came together only the last one is followed. */
function withIgnored(others: readonly string[], reply: OfflineReply): OfflineReply {
  if (reply.kind === "call" || others.length === 0) return reply;
  return say(
    `${reply.text}\n\nI did not act on what came before: ${others.map((text) => shown(text.trim())).join(" / ")}`,
  );
}

function greet(): OfflineReply {
  return say(
    'Hello! Ask me for the time, for my status, or tell me "remember that ..." or "remind me in 20 minutes to stretch".',
  );
}

function tellTime(_asked: RegExpExecArray, results: readonly OfflineResult[]): OfflineReply {
  const [found] = results;
  if (!found) return { kind: "call", tool: "session_status", args: {} };
  const time = /^time: (?<time>.+)$/m.exec(found.text)?.groups?.["time"];
  return say(time === undefined ? "I could not find out what time it is." : `It is ${time}.`);
}

function status(_asked: RegExpExecArray, results: readonly OfflineResult[]): OfflineReply {
  const [found] = results;
  return found ? say(found.text) : { kind: "call", tool: "session_status", args: {} };
}

function readFile(asked: RegExpExecArray, results: readonly OfflineResult[]): OfflineReply {
  const path = asked.groups?.["path"] ?? "";
  const [found] = results;
  if (!found) return { kind: "call", tool: "read", args: { path } };
  return say(found.failed ? `I could not read ${path}: ${shown(found.text)}` : `${path}:\n\n${shown(found.text)}`);
}

function sendFile(asked: RegExpExecArray, results: readonly OfflineResult[]): OfflineReply {
  const path = asked.groups?.["path"] ?? "";
  const [found] = results;
  if (!found) return { kind: "call", tool: "attach_file", args: { path } };
  return say(found.failed ? `I could not send ${path}: ${shown(found.text)}` : `Here is ${path}.`);
}

function offer(asked: RegExpExecArray, results: readonly OfflineResult[]): OfflineReply {
  const labels = (asked.groups?.["choices"] ?? "")
    .split(/,|\bor\b/i)
    .map((label) => label.replace(/[.?!]+$/, "").trim());
  const choices = labels.filter((label) => label !== "").map((label) => ({ label }));
  const [found] = results;
  if (!found) return { kind: "call", tool: "offer_choices", args: { choices } };
  return say(found.failed ? `I could not offer that: ${shown(found.text)}` : "Which one?");
}

function recall(_asked: RegExpExecArray, results: readonly OfflineResult[]): OfflineReply {
  const [found] = results;
  if (!found) return { kind: "call", tool: "read", args: { path: MEMORY_FILE } };
  return say(found.failed ? "I remember nothing yet." : `This is what I remember:\n\n${shown(found.text)}`);
}

/** Reads the memory, writes it back with one more line, says so. */
function remember(asked: RegExpExecArray, results: readonly OfflineResult[]): OfflineReply {
  const note = (asked.groups?.["note"] ?? "").replaceAll(/\s+/g, " ").trim();
  const [memory, written] = results;
  if (!memory) return { kind: "call", tool: "read", args: { path: MEMORY_FILE } };
  if (!written) {
    const before = memory.failed || NOTICE_EMPTY.test(memory.text) ? "# Memory" : memory.text.trimEnd();
    if (NOTICE.test(before)) return say(`${MEMORY_FILE} is too long for me to change.`);
    return { kind: "call", tool: "write", args: { path: MEMORY_FILE, content: `${before}\n- ${note}\n` } };
  }
  return say(written.failed ? `I could not write that down: ${shown(written.text)}` : `I will remember: ${note}`);
}

function say(text: string): OfflineReply {
  return { kind: "say", text };
}

function shown(text: string): string {
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)} [cut]`;
}
