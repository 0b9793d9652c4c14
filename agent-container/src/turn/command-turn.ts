/**
 * A turn that is one command for the agent: `/compact`, `/context`. No model reads its text, and neither the command nor
 * its answer enters the transcript.
 */
import { TRANSCRIPT_BOUNDS } from "../../../protocol/bounds.ts";
import type { PromptMessage } from "../../../protocol/invocation.ts";
import { type CommandWords, formatCount } from "../agent/command-words.ts";
import { describeContext } from "../agent/context-report.ts";
import type { AgentLoop } from "../agent/loop.ts";
import type { TurnSetting } from "./turn-setting.ts";

export type Command = NonNullable<PromptMessage["command"]>;

/** The command that a turn is about; undefined: it is an ordinary one. */
export function commandOf([first, ...rest]: readonly PromptMessage[]): Command | undefined {
  return rest.length === 0 ? first?.command : undefined;
}

/** What `/compact` wants to be looked at. */
export function instructionsOf({ rest }: Command): string {
  return rest.trim().slice(0, TRANSCRIPT_BOUNDS.instructionsMax);
}

/** What is said once the loop is through with summing up. */
export async function compactedText(loop: AgentLoop, words: CommandWords): Promise<string> {
  const outcome = await loop.compacted();
  if (outcome === undefined) {
    return loop.compactionProblem === "nothing" ? words.nothingToSumUp : words.notSummedUp;
  }
  return words.summedUp(rounded(outcome.before, words), rounded(outcome.after, words));
}

/** What the next message brings to the model. */
export async function contextText(setting: TurnSetting, { rest }: Command, words: CommandWords): Promise<string> {
  const { loop } = setting;
  const [home, equipment] = await Promise.all([setting.home(), setting.equipment()]);
  const facts = {
    use: await loop.contextUse(),
    messages: await loop.shownMessages(),
    systemPrompt: await equipment.systemPrompt(),
    files: await home.injectedFiles(),
    tools: equipment.tools,
  };
  return describeContext(facts, rest, words);
}

/** Two digits that count. */
function rounded(tokens: number, words: CommandWords): string {
  const step = 10 ** Math.max(0, String(Math.round(tokens)).length - 2);
  return formatCount(Math.round(tokens / step) * step, words);
}
