/** What a model is given with the next message, and how much of it: the answer to `/context`. Pure. */
import type { AgentMessage } from "@earendil-works/pi-agent-core";
import type { ContextUse } from "../../../protocol/turn-event.ts";
import type { InjectedFile } from "../prompt/project-context.ts";
import { type CommandWords, formatCount } from "./command-words.ts";
import { picturesOf } from "./inbound-message.ts";
import { fenced } from "./quoting.ts";
import type { AgentTool } from "./tool.ts";

export type ContextFacts = {
  readonly use: ContextUse;
  readonly systemPrompt: string;
  readonly files: readonly InjectedFile[];
  readonly tools: readonly Pick<AgentTool, "name" | "description" | "parameters">[];
  /** As the model sees them. */
  readonly messages: readonly AgentMessage[];
};

/** Ways to show it; the first unless another is asked for. */
const FORMS = ["list", "detail", "json"] as const;
type Form = (typeof FORMS)[number];

type Report = ReturnType<typeof reportOf>;

/** The answer in Markdown. `rest`: what followed the command. */
export function describeContext(facts: ContextFacts, rest: string, words: CommandWords): string {
  const form: Form = FORMS.find((name) => name === rest.trim().toLowerCase()) ?? "list";
  const report = reportOf(facts);
  return form === "json" ? fenced(JSON.stringify(report, null, 2), "json") : listOf(report, form === "detail", words);
}

function reportOf({ use, systemPrompt, files, tools, messages }: ContextFacts) {
  const schemas = tools.map(({ name, description, parameters }) => ({
    name,
    chars: JSON.stringify({ name, description, parameters }).length,
  }));
  const of = (...roles: readonly AgentMessage["role"][]) => {
    const found = messages.filter(({ role }) => roles.includes(role));
    return { count: found.length, chars: sum(found.map(lengthOf)) };
  };
  return {
    ...use,
    systemPrompt: {
      chars: systemPrompt.length,
      files: files.map(({ name, chars, shown }) => ({ name, chars, shown: shown?.length ?? null })),
    },
    tools: schemas,
    conversation: {
      summary: of("compactionSummary").chars,
      messages: of("user", "custom"),
      answers: of("assistant"),
      toolResults: of("toolResult"),
      pictures: sum(messages.map((message) => picturesOf(message).length)),
    },
  };
}

function listOf(
  { systemPrompt, tools, conversation, ...use }: Report,
  isDetailed: boolean,
  words: CommandWords,
): string {
  const { context } = words;
  const { summary, messages, answers, toolResults, pictures } = conversation;
  const share = Math.round((100 * use.tokens) / Math.max(1, use.windowTokens));
  const count = (number: number) => formatCount(number, words);
  const chars = (number: number) => context.chars(count(number));
  const fileLine = (all: number, shown: number | null) => {
    if (shown === null) return context.missing;
    return shown < all ? context.cut(chars(all), count(shown)) : chars(all);
  };
  const lines = [
    context.total(count(use.tokens), count(use.windowTokens), String(share)),
    `- ${context.prompt(chars(systemPrompt.chars))}`,
    ...systemPrompt.files.map(({ name, chars: all, shown }) => `  - ${name}: ${fileLine(all, shown)}`),
    `- ${context.tools(count(tools.length), chars(sum(tools.map((tool) => tool.chars))))}`,
    ...(isDetailed ? tools.map((tool) => `  - ${tool.name}: ${chars(tool.chars)}`) : []),
    `- ${context.messages(count(messages.count), chars(messages.chars))}`,
    `- ${context.answers(count(answers.count), chars(answers.chars))}`,
    `- ${context.results(count(toolResults.count), chars(toolResults.chars))}`,
    ...(pictures > 0 ? [`- ${context.pictures(count(pictures))}`] : []),
    `- ${use.compactions === 0 ? context.neverSummedUp : context.summary(count(use.compactions), chars(summary))}`,
  ];
  return lines.join("\n");
}

function lengthOf(message: AgentMessage): number {
  switch (message.role) {
    case "user":
    case "custom":
    case "toolResult":
      return typeof message.content === "string" ? message.content.length : sum(message.content.map(textLength));
    case "assistant":
      return sum(message.content.map((block) => (block.type === "text" ? block.text.length : callLength(block))));
    case "compactionSummary":
      return message.summary.length;
    default:
      return 0;
  }
}

function textLength(block: { readonly type: string; readonly text?: string }): number {
  return block.text?.length ?? 0;
}

function callLength(block: { readonly type: string; readonly arguments?: unknown }): number {
  return block.type === "toolCall" ? JSON.stringify(block.arguments).length : 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
