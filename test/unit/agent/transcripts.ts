/** Generated transcripts, as pi keeps them: words of people, answers, calls with their results, and tries that failed. */
import type { AgentMessage } from "@earendil-works/pi-agent-core";
import fc from "fast-check";
import { emptyAssistantMessage } from "./model-messages.ts";
import { toolCall } from "./scripted-model.ts";

export function said(text: string, timestamp = 0): AgentMessage {
  return { role: "user", content: text, timestamp };
}

export function step(text: string, timestamp = 0) {
  return emptyAssistantMessage({ content: [{ type: "text", text }], timestamp });
}

export function result(callId: string, text: string, timestamp = 0): AgentMessage {
  const content = [{ type: "text" as const, text }];
  return { role: "toolResult", toolCallId: callId, toolName: "read", content, isError: false, timestamp };
}

/** One thing that happens, at a time. */
type Happening = (at: number, id: number) => readonly AgentMessage[];

/** Up to 300 words, each of them another one. */
const text = fc
  .tuple(fc.integer({ min: 0, max: 9_999 }), fc.integer({ min: 1, max: 300 }))
  .map(([first, count]) => Array.from({ length: count }, (_, n) => `w${String(first + n)}`).join(" "));

/** What a tool brings, which can be long. */
const output = fc.tuple(text, fc.constantFrom(1, 1, 20)).map(([one, times]) => one.repeat(times));

const happening: fc.Arbitrary<Happening> = fc.oneof(
  text.map((one): Happening => (at) => [said(one, at)]),
  text.map((one): Happening => (at) => [step(one, at)]),
  fc.constant<Happening>((at) => [emptyAssistantMessage({ stopReason: "error", errorMessage: "503", timestamp: at })]),
  fc.tuple(text, fc.array(output, { minLength: 1, maxLength: 3 })).map(([intro, results]): Happening => (at, id) => {
    const ids = results.map((_, n) => `call-${String(id)}-${String(n)}`);
    const calls = ids.map((call) => toolCall(call, "read", { path: "notes.md" }));
    const content = [{ type: "text" as const, text: intro }, ...calls];
    const call = emptyAssistantMessage({ content, stopReason: "toolUse", timestamp: at });
    return [call, ...results.map((one, n) => result(ids[n] ?? "", one, at))];
  }),
);

/** Some time in each, mostly short and sometimes longer than any cache lives. */
const pause = fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 300_001, max: 900_000 }));

/** Transcripts whose calls are all answered. */
export const transcripts: fc.Arbitrary<AgentMessage[]> = fc
  .array(fc.tuple(happening, pause), { minLength: 1, maxLength: 25, size: "max" })
  .map((happenings) => {
    let at = 0;
    return [said("the first", 0), ...happenings.flatMap(([happen, pauseMs], id) => happen((at += pauseMs), id))];
  });
