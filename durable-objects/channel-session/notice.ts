/** What the edge itself says in a chat: short, plain, and never more of a failure than the person can use. */
import { assertNever } from "../../protocol/assert.ts";
import type { DeadLetter } from "../../protocol/dead-letter.ts";
import { renderDeadLetters } from "./dead-letter-notice.ts";

export type Notice =
  | { readonly kind: "failed"; readonly code: string; readonly message?: string; readonly text?: string }
  | { readonly kind: "stopped"; readonly running: boolean }
  | { readonly kind: "new_conversation" }
  | { readonly kind: "empty_answer" }
  | { readonly kind: "not_admitted"; readonly peer: string }
  /** For the owner; `more` counts those that are not named. */
  | { readonly kind: "dead_letters"; readonly deadLetters: readonly DeadLetter[]; readonly more: number };

/** The Markdown of a notice. Pure. */
export function renderNotice(notice: Notice): string {
  switch (notice.kind) {
    case "failed":
      return renderFailure(notice);
    case "stopped":
      return notice.running ? "⚙️ Stopped." : "⚙️ Nothing was running.";
    case "new_conversation":
      return "🆕 New conversation. What I wrote down in my files stays.";
    case "empty_answer":
      return "(There was nothing to add.)";
    case "not_admitted":
      return [
        "🔒 This assistant is private, and you are not on its list yet.",
        "",
        `Your id here is \`${notice.peer}\`. Whoever runs the assistant can let you in by adding it to \`ALLOW_FROM\`.`,
      ].join("\n");
    case "dead_letters":
      return renderDeadLetters(notice.deadLetters, notice.more);
    default:
      return assertNever(notice);
  }
}

function renderFailure({ code, message, text }: Extract<Notice, { kind: "failed" }>): string {
  const why = `${message ?? REASONS[code] ?? UNKNOWN} (\`${code}\`)`;
  return text === undefined ? `⚠️ I could not answer that. ${why}` : `${text}\n\n⚠️ I could not go on. ${why}`;
}

/** Why the edge itself gave a turn up; the agent brings its own words. */
const REASONS: Readonly<Record<string, string>> = {
  agent_refused: "The agent runtime refuses our requests; its settings need a look.",
  agent_stream_broken: "The agent stopped in the middle, several times. Please try it another way.",
  agent_unavailable: "The agent crashed on it, several times. Please try it another way.",
  agent_answered_nothing: "The agent ended without an answer. Please try again.",
  fence_lost: "Another turn took over, several times. Please try again.",
  edge_interrupted: "I was interrupted in it, over and over. Please try it another way.",
  turn_too_long: "It took longer than a turn may take.",
};
const UNKNOWN = "Something went wrong on the way. Please try again.";
