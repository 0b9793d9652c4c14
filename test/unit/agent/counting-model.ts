/**
 * A model that counts and refuses as providers do, and whose notes and summaries keep what they are asked to keep: the
 * lines that say "The code of ... is ...". It records what it was asked.
 */
import type { Message, TranscriptContext } from "@earendil-works/pi-ai";
import type { Reply, Script } from "./scripted-model.ts";

/** What a request was for. */
export type Ask = { readonly kind: "step" | "notes" | "summary"; readonly text: string; readonly tokens: number };

export type CountingModel = { readonly script: Script; readonly asks: Ask[]; count(kind: Ask["kind"]): number };

export type CountingOptions = {
  readonly windowTokens: number;
  /** Characters of a token. */
  readonly charsPerToken?: number;
  /** What it answers in a step. */
  readonly answer: (messages: readonly Message[]) => Reply;
  /** What its summaries hold besides. */
  readonly rambling?: string;
  /** What happens before it answers anything; it can throw. */
  readonly before?: (kind: Ask["kind"]) => void | Promise<void>;
};

const FACT = /The code of \w+ is [\w-]+/g;

export function countingModel(options: CountingOptions): CountingModel {
  const { windowTokens, charsPerToken = 4, answer, before, rambling = "" } = options;
  const asks: Ask[] = [];
  return {
    asks,
    count: (kind) => asks.filter((ask) => ask.kind === kind).length,
    script: async ({ messages }: TranscriptContext) => {
      const text = messages.map(textOf).join("\n");
      const tokens = Math.ceil(text.length / charsPerToken);
      const kind = kindOf(text);
      asks.push({ kind, text, tokens });
      await before?.(kind);
      if (tokens > windowTokens) {
        throw new Error(`prompt is too long: ${String(tokens)} tokens > ${String(windowTokens)} maximum`);
      }
      if (kind === "step") return { tokens, ...answer(messages) };
      return { tokens, text: keptOf(kind, text) + (kind === "summary" ? rambling : "") };
    },
  };
}

function kindOf(text: string): Ask["kind"] {
  if (text.includes("You take notes for a personal assistant")) return "notes";
  return text.includes("You are a context summarization assistant") ? "summary" : "step";
}

function keptOf(kind: "notes" | "summary", text: string): string {
  const facts = [...new Set(text.match(FACT))];
  if (kind === "notes") return facts.length === 0 ? "NO_REPLY" : facts.map((fact) => `- ${fact}`).join("\n");
  const kept = text.includes("verbatim") ? facts.map((fact) => `- ${fact}`) : [];
  const headings = ["## Goal", "## Constraints & Preferences", "## Progress", "## Key Decisions", "## Next Steps"];
  return [...headings, "## Critical Context", ...kept].join("\n");
}

/** Everything of a message that counts. */
function textOf(message: Message): string {
  const { content } = message;
  if (typeof content === "string") return content;
  return content.map((block) => ("text" in block && block.text ? block.text : JSON.stringify(block))).join("\n");
}
