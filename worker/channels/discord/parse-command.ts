/** Commands that somebody picks from Discord's menus become messages. Pure. */
import { commandNamed } from "../../../protocol/commands.ts";
import type { Inbound } from "../../../protocol/inbound.ts";
import type { Intake } from "../channel.ts";
import { attachmentsOf, toAttachment } from "./attachments.ts";
import { inboundIdOf, keyOf } from "./dedupe-keys.ts";
import { ticketOf } from "./parse-ticket.ts";
import { CHANNEL, chatAt, isDirectCall, type Place, placeOfCall } from "./place.ts";
import { quoteWhole } from "./quoted.ts";
import { askAboutText, choicesBody, commandAnswers, toldBody } from "./respond.ts";
import { senderOf } from "./sender.ts";
import type { Call, Command } from "./update.ts";
import { timeOf } from "./update-parts.ts";
import { bounded, label, readable } from "./words.ts";

/** "Application Command Types". */
const TYPE = { typed: 1, message: 3 } as const;
/** The command that is none of ours: what follows it is a message. */
const ASK = "ask";
/** What comes of these is for everybody to see; of all others, where others are, for whoever gave them. */
const PUBLIC: ReadonlySet<string> = new Set([ASK, "new", "stop", "compact"]);
/** "Application Command Option Type": their names are words of what is typed. */
const SUBCOMMANDS: ReadonlySet<number> = new Set([1, 2]);

/** What a command becomes besides its sender and place. */
type Content = Pick<Inbound, "text" | "command" | "quoted" | "attachments">;
/** A value, or a subcommand with its own. */
type Given = {
  readonly name: string;
  readonly type: number;
  readonly value?: string | number | boolean | null | undefined;
  readonly focused?: boolean | null | undefined;
  readonly options?: readonly Given[] | null | undefined;
};

/** Reads a command; what is wrong with it is told to whoever gave it. */
export function readCommand(call: Call, command: Command): Intake {
  const place = placeOfCall(call);
  if (!place.ok) return told(call, "nowhere", place.error);
  switch (command.type ?? TYPE.typed) {
    case TYPE.typed:
      return command.name === ASK ? readAsk(call, command, place.value) : readTyped(call, command, place.value);
    case TYPE.message:
      return readAskAbout(call, command, place.value);
    default:
      return told(call, "unknown", "a command of a kind that we do not offer");
  }
}

/** Reads a command that is being typed. */
export function readTyping(call: Call, { name, options }: Command): Intake {
  const place = placeOfCall(call);
  const focused = leavesIn(options ?? []).find((option) => option.focused === true);
  const command = commandNamed(name);
  if (!place.ok || !focused || command === null) {
    return { kind: "ignore", why: "a command that has no choices", body: choicesBody([]) };
  }
  const { session } = place.value;
  const typed = label(String(focused.value ?? ""));
  return { kind: "suggest", session, sender: callerOf(call), command, typed, body: choicesBody };
}

function readAsk(call: Call, { options, resolved }: Command, place: Place): Intake {
  const valueOf = (name: string) => String(options?.find((option) => option.name === name)?.value ?? "");
  const text = wordsOf(valueOf("text"), resolved);
  const file = resolved?.attachments[valueOf("file")];
  const attachments = file ? [toAttachment(file, false)] : [];
  if (text.trim() === "" && attachments.length === 0) return told(call, "nothing", "neither a text nor a file");
  return said(call, place, ASK, { text, attachments });
}

function readTyped(call: Call, { name: given, options, resolved }: Command, place: Place): Intake {
  const name = commandNamed(given);
  if (name === null) return told(call, "unknown", "a command that we do not have");
  const rest = wordsOf(typedWords(options ?? []).join(" "), resolved);
  const text = rest === "" ? `/${name}` : `/${name} ${rest}`;
  return said(call, place, name, { text, command: { name, rest }, attachments: [] });
}

/** The message is somebody's that we may not know, so nothing in it is taken for words of who asks. */
function readAskAbout(call: Call, { target_id: targetId, resolved }: Command, place: Place): Intake {
  const target = resolved?.messages[targetId ?? ""];
  const quoted = target && quoteWhole(target);
  if (!target || !quoted) return told(call, "nothing", "a message in which there is nothing");
  const attachments = attachmentsOf(target);
  return said(call, place, ASK, { text: askAboutText(call.locale), quoted, attachments });
}

function said(call: Call, place: Place, name: string, content: Content): Intake {
  const { application_id: applicationId, id, locale } = call;
  const isDirect = isDirectCall(call);
  const isPrivate = !isDirect && !PUBLIC.has(name);
  const message: Inbound = {
    id: inboundIdOf(applicationId, id),
    dedupeKeys: [keyOf(applicationId, "interaction", id)],
    session: place.session,
    channel: CHANNEL,
    chat: chatAt(place, { addressed: true }),
    sender: callerOf(call),
    ...content,
    replyTo: { ...place.address, ticket: ticketOf(call, { holdsPlace: true, isPrivate }) },
    sentAt: timeOf(id),
  };
  return { kind: "messages", messages: [message], answers: commandAnswers({ isPrivate, isDirect }, locale) };
}

function told({ locale }: Call, what: Parameters<typeof toldBody>[0], why: string): Intake {
  return { kind: "ignore", why, body: toldBody(what, locale) };
}

function callerOf({ user, member, locale: language }: Call): Inbound["sender"] {
  return senderOf(user, { member, language });
}

function wordsOf(text: string, resolved: Command["resolved"]): string {
  const users = Object.values(resolved?.users ?? {}).flatMap((user) => (user ? [user] : []));
  return bounded(readable(text, users));
}

/** What was given, as it would have been typed. */
function typedWords(options: readonly Given[]): string[] {
  return options.flatMap((option) =>
    SUBCOMMANDS.has(option.type) ? [option.name, ...typedWords(option.options ?? [])] : [String(option.value ?? "")],
  );
}

function leavesIn(options: readonly Given[]): readonly Given[] {
  return options.flatMap((option) => (option.options ? leavesIn(option.options) : [option]));
}
