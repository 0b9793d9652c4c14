/**
 * Answers the commands that need nothing beyond the session: in the transaction that takes them in. Who may not give a
 * command is told so here, whatever it needs.
 */
import { assertNever } from "../../protocol/assert.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import type { ConversationKey } from "../../protocol/session-key.ts";
import { inlineCode } from "../../protocol/texts/inline-code.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import type { SettingName } from "../../protocol/texts/texts.ts";
import { roleOf } from "./admission.ts";
import { enqueueText } from "./answer-rows.ts";
import { providersWithKeys } from "../../worker/model-keys.ts";
import type { EdgeCommand } from "./command.ts";
import { type Asker, renderCommands, renderHelp, renderStart, renderWhoami } from "./command-about.ts";
import { pickModel, renderModels } from "./command-model.ts";
import type { Said } from "./command-said.ts";
import { renderChoices, renderSetting, settingChange, typed } from "./command-setting.ts";
import { renderStatus, type StatusFacts } from "./command-status.ts";
import { markInbound } from "./inbox.ts";
import { readLastContext, readLastUsage } from "./rows.ts";
import type { SessionContext } from "./session-context.ts";
import { pickedModel } from "./settings.ts";
import { changeSettings, readSettings } from "./settings-rows.ts";
import type { TurnStore } from "./turn-store.ts";

type Asked = {
  readonly inbound: Inbound;
  readonly command: EdgeCommand;
  readonly conversation: ConversationKey;
};

/** Enqueues the answer of a command; one that reaches beyond the session is left for `CommandRunner`. */
export function answerAtOnce(session: SessionContext, turns: TurnStore, asked: Asked, now: number): void {
  const { inbound, command } = asked;
  const asker = askerOf(session, inbound);
  const said = refusal(command, asker) ?? replyTo(session, command, asker);
  if (said === null) return;
  const { sql } = session;
  markInbound(sql, [inbound.id], { state: "answered" }, now);
  enqueueText(sql, null, [inbound.id], said.text, turns.rowContext(now), said.buttons);
}

function askerOf({ languageOf, policy }: SessionContext, inbound: Inbound): Asker {
  return { inbound, role: roleOf(inbound.sender, policy()), language: languageOf(inbound.sender) };
}

/** Why somebody cannot give a command here; null: they can. */
function refusal(command: EdgeCommand, { inbound, role, language }: Asker): Said | null {
  const texts = textsFor(language).commands;
  const isDirect = inbound.chat.kind === "direct";
  if (role !== "owner" && isForOwner(command, isDirect)) return { text: texts.ownerOnly };
  if (!isDirect) {
    const name = privateName(command);
    return name === null ? null : { text: texts.onlyInDirect(inlineCode(`/${name}`)) };
  }
  const isOfGroups = command.kind === "setting" && command.setting === "activation";
  return isOfGroups ? { text: texts.onlyInGroups } : null;
}

/** Whether somebody cannot give a command here, which `answerAtOnce` then says. */
export function isRefused(session: SessionContext, { inbound, command }: Pick<Asked, "inbound" | "command">): boolean {
  return refusal(command, askerOf(session, inbound)) !== null;
}

/** The name of a command that is for direct chats only; null: it is not. */
function privateName(command: EdgeCommand): string | null {
  switch (command.kind) {
    case "config":
    case "cron":
    case "heartbeat":
    case "link":
      return command.kind;
    case "agent":
      return command.name === "checklist" ? command.name : null;
    case "budget":
      return command.what === "own" ? null : command.kind;
    default:
      return null;
  }
}

/** In a group everybody may look at the settings, and the owner changes them. */
function isForOwner(command: EdgeCommand, isDirect: boolean): boolean {
  switch (command.kind) {
    case "config":
    case "cron":
    case "heartbeat":
    case "pair":
      return true;
    case "agent":
      return command.name === "checklist";
    case "budget":
      return command.what !== "own";
    case "setting":
    case "name":
      return !isDirect && command.to !== "";
    case "model":
      return !isDirect && command.pick !== "";
    default:
      return false;
  }
}

function replyTo(session: SessionContext, command: EdgeCommand, asker: Asker): Said | null {
  switch (command.kind) {
    case "start":
      return { text: renderStart(asker) };
    case "help":
      return { text: renderHelp(asker) };
    case "commands":
      return { text: renderCommands(asker) };
    case "whoami":
      return { text: renderWhoami(asker, session.key, session.policy()) };
    case "model":
      return answerModel(session, command.pick, asker);
    case "setting":
      return answerSetting(session, command.setting, command.to, asker);
    case "status":
    case "stop":
    case "new":
    case "name":
    case "pair":
    case "link":
    case "config":
    case "heartbeat":
    case "cron":
    case "budget":
    case "agent":
      return null;
    default:
      return assertNever(command);
  }
}

/** What is asked of others for the card; null: they do not say, or it is nothing for whoever asks. */
export type FactsOfOthers = Pick<StatusFacts, "about" | "jobs">;

/** The card of `/status`. */
export function statusCard(
  session: SessionContext,
  turns: TurnStore,
  { inbound, conversation }: Pick<Asked, "inbound" | "conversation">,
  others: FactsOfOthers,
  now: number,
): Said {
  const { role, language } = askerOf(session, inbound);
  const facts = {
    session: session.key,
    conversation,
    policy: session.policy(),
    settings: readSettings(session.sql),
    role,
    state: turns.state,
    lastUsage: readLastUsage(session.sql),
    lastContext: readLastContext(session.sql, conversation),
    ...others,
    release: session.config().release,
    now,
  };
  return { text: renderStatus(facts, language) };
}

function answerModel({ sql, policy, config }: SessionContext, pick: string, asker: Asker): Said {
  const { role, language } = asker;
  const { behaviour } = policy();
  const keys = providersWithKeys(config());
  const facts = { behaviour, own: pickedModel(readSettings(sql), policy()), keys, role };
  const { models } = textsFor(language);
  const picked = pickModel(pick, facts);
  switch (picked.kind) {
    case "shown":
      return renderModels(facts, mayChange(asker), language);
    case "default":
      changeSettings(sql, { model: null });
      return { text: models.backToDefault(behaviour.model === null ? models.byKeys : inlineCode(behaviour.model)) };
    case "picked":
      changeSettings(sql, { model: picked.model });
      return { text: models.picked(inlineCode(picked.model)) };
    case "unknown":
    case "no_key": {
      const problem = picked.kind === "unknown" ? models.unknown : models.noKey;
      const { text, buttons = [] } = renderModels(facts, mayChange(asker), language);
      return { text: `${problem(inlineCode(picked.name))}\n\n${text}`, buttons };
    }
    default:
      return assertNever(picked);
  }
}

function answerSetting({ sql, policy }: SessionContext, setting: SettingName, to: string, asker: Asker): Said {
  const { language } = asker;
  const render = () => renderSetting(setting, readSettings(sql), policy(), language);
  if (to === "") {
    const { text, buttons = [] } = renderChoices(setting, mayChange(asker), language);
    return { text: [render(), text].filter((line) => line !== "").join("\n\n"), buttons };
  }
  const change = settingChange(setting, to);
  if (change === null) return { text: textsFor(language).settings.unknown(typed(setting)) };
  changeSettings(sql, change);
  return { text: render() };
}

/** In a group everybody may look, and the owner decides. */
function mayChange({ inbound, role }: Asker): boolean {
  return inbound.chat.kind === "direct" || role === "owner";
}
