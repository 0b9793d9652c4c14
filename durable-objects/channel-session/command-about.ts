/** What the edge says of itself and of whoever asks: help, the list of commands, who somebody is. Pure. */
import type { Language, Role, SessionPolicy } from "../../protocol/access.ts";
import { commandLine, commandsAt, type OfferedCommand } from "../../protocol/commands.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import type { SessionKey } from "../../protocol/session-key.ts";
import { inlineCode } from "../../protocol/texts/inline-code.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import type { Texts } from "../../protocol/texts/texts.ts";

/** Who asks, where. */
export type Asker = {
  readonly inbound: Pick<Inbound, "channel" | "chat" | "sender">;
  readonly role: Role;
  readonly language: Language;
};

/** Longest key that there is; it is shown whole. */
const KEY_MAX = 512;

/** The greeting, with the short help below it. */
export function renderStart(asker: Asker): string {
  return `${textsFor(asker.language).commands.hello}\n\n${renderHelp(asker)}`;
}

/** The commands that one needs. */
export function renderHelp(asker: Asker): string {
  const texts = textsFor(asker.language);
  const basic = offered(asker).filter(({ isBasic }) => isBasic);
  return `${listed(basic, texts)}\n\n${texts.commands.helpHint}`;
}

/** All commands that somebody can give here. */
export function renderCommands(asker: Asker): string {
  const texts = textsFor(asker.language);
  return `${texts.commands.all}\n\n${listed(offered(asker), texts)}`;
}

/** Who somebody is to us. */
export function renderWhoami(asker: Asker, session: SessionKey, { access }: Pick<SessionPolicy, "access">): string {
  const { inbound, role, language } = asker;
  const { on, commands } = textsFor(language);
  const person = access.kind === "admitted" ? [commands.whoamiPerson(inlineCode(access.personId, KEY_MAX))] : [];
  return [
    commands.whoami(inlineCode(`${inbound.channel}:${inbound.sender.id}`), on[inbound.channel]),
    commands.whoamiRole[role],
    ...person,
    commands.whoamiSession(inlineCode(session, KEY_MAX)),
  ].join("\n\n");
}

/** What only the owner may do is offered to nobody else. */
function offered({ inbound, role, language }: Asker): readonly OfferedCommand[] {
  const place = inbound.chat.kind === "direct" ? "direct" : "group";
  return commandsAt(place, language).filter(({ who }) => who === "everyone" || role === "owner");
}

function listed(commands: readonly OfferedCommand[], texts: Texts): string {
  return commands.map((command) => `- ${line(command, texts)}`).join("\n");
}

function line(command: OfferedCommand, { commands: texts }: Texts): string {
  const { aliases = [], who } = command;
  const names = aliases.map((alias) => `\`/${alias}\``).join(", ");
  const notes = [...(names === "" ? [] : [texts.alias(names)]), ...(who === "owner" ? [texts.forOwner] : [])];
  const remark = notes.length > 0 ? ` (${notes.join("; ")})` : "";
  return `\`${commandLine(command)}\` ${command.description}${remark}`;
}
