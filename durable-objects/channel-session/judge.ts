/** Judges what is said in a session by its policy, its settings and what went before. */
import type { SessionPolicy } from "../../protocol/access.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import { isCalledBy } from "../../protocol/mention-pattern.ts";
import type { SessionRef } from "../../protocol/session-key.ts";
import { type Admission, admit } from "./admission.ts";
import { countBotTurns } from "./bot-turns.ts";
import { edgeCommandOf } from "./command.ts";
import type { SessionContext } from "./session-context.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";
import { readSettings } from "./settings-rows.ts";

type Said = Pick<Inbound, "chat" | "sender" | "command" | "text">;

/** Whether and where a message belongs. `sql`: null before there is a database. */
export function judge(
  said: Said,
  { ref, sql }: { readonly ref: SessionRef; readonly sql: SqlStorage | null },
  policy: SessionPolicy,
  now: number,
): Admission {
  const settings = sql ? readSettings(sql) : DEFAULT_SETTINGS;
  const botTurns = sql && said.sender.isBot ? countBotTurns(sql, now) : 0;
  return admit(said, ref, policy, { ...settings, botTurns, isCalled: isCalled(said, policy) });
}

/** The same by the policy that is known. */
export function judgeHere(said: Said, { ref, sql, policy }: SessionContext, now: number): Admission {
  return judge(said, { ref, sql }, policy(), now);
}

/**
 * Whether a judgement may rest on what the directory said a while ago: only a yes to a prompt, which is asked about once
 * more when its turn begins. A command acts at once, and whoever is not heard may have been let in a moment ago.
 */
export function canWait(said: Said, admission: Admission): boolean {
  return admission.kind === "admitted" && edgeCommandOf(said) === null;
}

/** Whether a message of a group calls us by a name that counts. */
export function isCalled({ chat, text }: Pick<Said, "chat" | "text">, { behaviour }: SessionPolicy): boolean {
  if (chat.kind === "direct") return false;
  const { mentionPatterns } = behaviour;
  return mentionPatterns === null ? chat.named === true : isCalledBy(text, mentionPatterns);
}
