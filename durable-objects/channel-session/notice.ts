/** What the edge itself says in a chat: short, plain, and never more of a failure than the person can use. */
import { assertNever } from "../../protocol/assert.ts";

export type Notice =
  | { readonly kind: "failed"; readonly code: string }
  | { readonly kind: "stopped"; readonly running: boolean }
  | { readonly kind: "new_conversation" }
  | { readonly kind: "empty_answer" }
  | { readonly kind: "not_admitted"; readonly peer: string };

/** The Markdown of a notice. Pure. */
export function renderNotice(notice: Notice): string {
  switch (notice.kind) {
    case "failed":
      return `⚠️ I could not answer that: ${reasonOf(notice.code)} (\`${notice.code}\`)`;
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
    default:
      return assertNever(notice);
  }
}

function reasonOf(code: string): string {
  const known: Readonly<Record<string, string>> = {
    agent_refused: "the agent runtime refused the request; its settings need a look.",
    agent_stream_broken: "the agent stopped in the middle, several times. Please try it another way.",
    agent_unavailable: "the agent crashed on it, several times. Please try it another way.",
    agent_answered_nothing: "the agent ended without an answer. Please try again.",
    turn_too_long: "it took longer than a turn may take.",
    turn_deadline: "it took longer than a turn may take.",
    aborted: "it was stopped.",
    model_unknown: "the configured model does not exist; check AGENT_MODEL.",
    model_unavailable: "the model provider did not answer. Please try again later.",
    model_refused: "the model provider refused the request; check its key and the model's name.",
  };
  return known[code] ?? "something went wrong on the way. Please try again.";
}
