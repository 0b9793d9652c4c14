/** Answers the commands that need nothing beyond the session: in the transaction that takes them in. */
import { assertNever } from "../../protocol/assert.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import type { ConversationKey } from "../../protocol/session-key.ts";
import { enqueueText } from "./answer-rows.ts";
import { isOwner } from "./admission.ts";
import { type EdgeCommand, renderReply } from "./command.ts";
import { markInbound } from "./inbox.ts";
import { renderNotice } from "./notice.ts";
import { readLastUsage } from "./rows.ts";
import type { SessionContext } from "./session-context.ts";
import { changeSettings, readSettings } from "./settings-rows.ts";
import type { TurnStore } from "./turn-store.ts";

type Asked = {
  readonly inbound: Inbound;
  readonly command: EdgeCommand;
  readonly conversation: ConversationKey;
};

/** Enqueues the answer of a command; one that reaches beyond the session is left for `CommandRunner`. */
export function answerAtOnce(session: SessionContext, turns: TurnStore, asked: Asked, now: number): void {
  const text = replyTo(session, turns, asked, now);
  if (text === null) return;
  const { sql } = session;
  markInbound(sql, [asked.inbound.id], { state: "answered" }, now);
  enqueueText(sql, null, [asked.inbound.id], text, turns.rowContext(now));
}

function replyTo(
  session: SessionContext,
  turns: TurnStore,
  { inbound, command, conversation }: Asked,
  now: number,
): string | null {
  const config = session.config();
  switch (command.kind) {
    case "stop":
    case "new":
      return null;
    case "activation":
      return activate(session, inbound, command.to);
    case "reply":
      return renderReply(command.show, inbound, {
        session: session.key,
        conversation,
        model: config.models.model,
        state: turns.state,
        lastUsage: readLastUsage(session.sql),
        release: config.release,
        now,
      });
    default:
      return assertNever(command);
  }
}

function activate({ sql, ref, config }: SessionContext, inbound: Inbound, to: string): string {
  if (ref.chatKind === "direct") return renderNotice({ kind: "activation", told: "only_in_groups" });
  const { activation } = readSettings(sql);
  if (to === "") return renderNotice({ kind: "activation", told: activation });
  if (!isOwner(inbound, config().access)) return renderNotice({ kind: "activation", told: "only_the_owner" });
  if (to !== "mention" && to !== "always") return renderNotice({ kind: "activation", told: "unknown" });
  changeSettings(sql, { activation: to });
  return renderNotice({ kind: "activation", told: to });
}
