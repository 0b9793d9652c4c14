/** `session_status`: what the assistant can say about itself and the time. */
import { formatTime } from "../agent/local-time.ts";
import { type AgentTool, Type } from "../agent/tool.ts";

export const SESSION_STATUS = "session_status";

export type SessionStatus = {
  readonly model: string;
  readonly timezone: string;
  readonly conversation: string;
  readonly epoch: number;
  tokensUsed(): Promise<number>;
  filesCount(): Promise<number>;
  readonly now: () => number;
};

/** Makes the tool for one turn. One fact a line, so that people and the offline model can read it. */
export function createSessionStatusTool(status: SessionStatus): AgentTool {
  return {
    name: SESSION_STATUS,
    description:
      "Tells the current date and time in the person's time zone, and facts about this session: the model, the " +
      "conversation, tokens used so far, and how many files the workspace has. Use it whenever the time matters.",
    parameters: Type.Object({}),
    execute: async () => {
      const [tokens, files] = await Promise.all([status.tokensUsed(), status.filesCount()]);
      const lines = [
        `time: ${formatTime(status.now(), status.timezone)}`,
        `model: ${status.model}`,
        `conversation: ${status.conversation} (epoch ${String(status.epoch)})`,
        `tokens used in this conversation: ${String(tokens)}`,
        `workspace files: ${String(files)}`,
      ];
      return { text: lines.join("\n") };
    },
  };
}
