/** What the edge itself says in a chat: short, plain, and never more of a failure than the person can use. */
import { assertNever } from "../../protocol/assert.ts";
import type { DeadLetter } from "../../protocol/dead-letter.ts";
import { renderDeadLetters } from "./dead-letter-notice.ts";
import type { Activation } from "./settings.ts";

export type Notice =
  | { readonly kind: "failed"; readonly code: string; readonly message?: string; readonly text?: string }
  | { readonly kind: "stopped"; readonly running: boolean }
  | { readonly kind: "new_conversation" }
  | { readonly kind: "empty_answer" }
  /** An answer that is nothing but buttons needs a text that they hang on. */
  | { readonly kind: "choose" }
  | {
      readonly kind: "activation";
      readonly told: Activation | "only_in_groups" | "only_the_owner" | "unknown";
    }
  /** We came to a group; `group` is set if we do not listen to it: what the owner must let in. */
  | { readonly kind: "joined"; readonly group: string | null }
  /** Files that the platform does not take. */
  | { readonly kind: "files_left_out"; readonly names: readonly string[] }
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
    case "choose":
      return "👇";
    case "activation":
      return ACTIVATION[notice.told];
    case "joined":
      return notice.group === null ? JOINED : renderNotAllowed(notice.group);
    case "files_left_out":
      return `📎 Left out, since it cannot be shown here: ${notice.names.join(", ")}`;
    case "not_admitted":
      return [
        "🔒 This assistant is private, and you are not on its list yet.",
        "",
        `Your id here is \`${notice.peer}\`. Whoever runs the assistant can let you in: by adding it to \`ALLOW_FROM\` and starting again.`,
      ].join("\n");
    case "dead_letters":
      return renderDeadLetters(notice.deadLetters, notice.more);
    default:
      return assertNever(notice);
  }
}

const ACTIVATION: Readonly<Record<Extract<Notice, { kind: "activation" }>["told"], string>> = {
  mention: "⚙️ I take part when somebody mentions me or replies to me. `/activation always` changes that.",
  always: "⚙️ I read every message here and answer when I have something to say. `/activation mention` changes that.",
  only_in_groups: "⚙️ That is for groups: here I always listen.",
  only_the_owner: "⚙️ Only my owner can change that.",
  unknown: "⚙️ It is `/activation mention` or `/activation always`.",
};

const JOINED =
  "👋 Hello. Mention me or reply to one of my messages when you want something from me; I will then have read what was " +
  "said before.";

function renderNotAllowed(group: string): string {
  return `🔒 I do not listen to this group yet. To let it in, add \`${group}\` to \`GROUP_ALLOW_FROM\` and start me again.`;
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
