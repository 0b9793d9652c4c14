/** The commands that the edge carries out itself, without the model. Pure. */
import { assertNever } from "../../protocol/assert.ts";
import { commandHelp } from "../../protocol/commands.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import type { ConversationKey, SessionKey } from "../../protocol/session-key.ts";
import type { Usage } from "../../protocol/turn-event.ts";
import type { State } from "./turn-state.ts";

/** `reply`: answered with a text at once. `stop` and `new` reach beyond the session and run after the commit. */
export type EdgeCommand =
  | { readonly kind: "reply"; readonly show: "start" | "help" | "whoami" | "status" }
  | { readonly kind: "stop" }
  /** When the bot takes part in a group; empty: only asked. */
  | { readonly kind: "activation"; readonly to: string }
  /** `rest` is the first prompt of the new conversation; empty: none. */
  | { readonly kind: "new"; readonly rest: string };

/** The command of a message, or null when its text is for the agent (other slash words included). */
export function edgeCommandOf({ command }: Pick<Inbound, "command">): EdgeCommand | null {
  switch (command?.name) {
    case "start":
    case "help":
    case "whoami":
    case "status":
      return { kind: "reply", show: command.name };
    case "id":
      return { kind: "reply", show: "whoami" };
    case "stop":
      return { kind: "stop" };
    case "new":
    case "reset":
      return { kind: "new", rest: command.rest.trim() };
    case "activation":
      return { kind: "activation", to: command.rest.trim().toLowerCase() };
    default:
      return null;
  }
}

export type StatusFacts = {
  readonly session: SessionKey;
  readonly conversation: ConversationKey;
  readonly model: string | null;
  readonly state: State;
  readonly lastUsage: Usage | null;
  readonly release: string;
  readonly now: number;
};

/** The Markdown that answers a `reply` command. */
export function renderReply(
  show: "start" | "help" | "whoami" | "status",
  inbound: Inbound,
  facts: StatusFacts,
): string {
  switch (show) {
    case "start":
      return `👋 Hello. I am your assistant; just write to me.\n\n${helpOf(inbound)}`;
    case "help":
      return helpOf(inbound);
    case "whoami":
      return `You are \`${inbound.channel}:${inbound.sender.id}\`, writing in \`${facts.session}\`.`;
    case "status":
      return renderStatus(facts);
    default:
      return assertNever(show);
  }
}

function helpOf({ chat }: Inbound): string {
  return commandHelp(chat.kind === "direct" ? "direct" : "group");
}

/** A release is a hash on a laptop; this much of it tells two apart. */
const RELEASE_SHOWN = 12;

function renderStatus({ session, conversation, model, state, lastUsage, release, now }: StatusFacts): string {
  const { turn, open } = state;
  const doing = turn ? `${turn.phase} for ${Math.round((now - turn.startedAt) / 1000)} s` : "idle";
  const waiting = open.filter((message) => message.state === "accepted").length;
  const tokens = lastUsage
    ? `${lastUsage.inputTokens} in, ${lastUsage.outputTokens} out, $${lastUsage.costUsd.toFixed(4)} (last turn, \`${lastUsage.model}\`)`
    : "none yet";
  return [
    `🦞 agent-claw, release \`${release.slice(0, RELEASE_SHOWN)}\``,
    `🧠 Model: \`${model ?? lastUsage?.model ?? "chosen by the keys that are set"}\``,
    `🧮 Tokens: ${tokens}`,
    `🧵 Conversation: \`${conversation}\``,
    `📍 Session: \`${session}\``,
    `🪢 Turn: ${doing}, ${waiting} waiting`,
  ].join("\n\n");
}
