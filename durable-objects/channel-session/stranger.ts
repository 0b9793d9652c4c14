/** Strangers: what they are told, what the owner is told of them, and how somebody who was let in is greeted. */
import type { Peer, Role } from "../../protocol/access.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import type { ReplyAddress } from "../../protocol/outbound.ts";
import type { OpenPairing } from "../../protocol/pairing.ts";
import { inlineCode } from "../../protocol/texts/inline-code.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import type { Texts } from "../../protocol/texts/texts.ts";
import { log } from "../../worker/log.ts";
import type { agentDirectory } from "../../worker/objects.ts";
import { enqueueNotice } from "./answer-rows.ts";
import { minutesUntil } from "./command-time.ts";
import { claimDedupeKeys } from "./inbox.ts";
import { noteLanguage } from "./language-row.ts";
import type { LiveSession } from "./live-session.ts";
import { dropPairing, keepPairing, pairingUntil } from "./pairing-row.ts";
import type { SessionContext, SessionName } from "./session-context.ts";
import type { TurnStore } from "./turn-store.ts";

/** What a stranger meets. */
export type Doorstep = {
  readonly name: SessionName;
  readonly directory: ReturnType<typeof agentDirectory>;
  readonly live: LiveSession | null;
  /** Makes the database. */
  readonly open: () => LiveSession;
  /** Who may speak has changed. */
  readonly expirePolicy: () => void;
};

/**
 * Tells a stranger their code, once while it is good; whoever finds no code left is told nothing, and leaves nothing. A
 * link code of somebody who is let in makes them one of that person's channels. Returns whether they are told something.
 */
export async function meetStranger(inbound: Inbound, doorstep: Doorstep): Promise<boolean> {
  const { name, directory, live, open } = doorstep;
  const ids = { session: name.key, message: inbound.id };
  if (await takesLink(inbound, doorstep)) return true;
  const until = live && pairingUntil(live.context.sql);
  if (until !== null && Date.now() < until) {
    log("info", "stranger_waits", ids);
    return false;
  }
  const peer: Peer = `${name.ref.channel}:${inbound.sender.id}`;
  const answer = await directory.askPairing({ session: name.key, peer, name: inbound.sender.name });
  if (answer.kind === "full") {
    log("info", "stranger_not_told", ids);
    return false;
  }
  const { code, expiresAt, hasOwner } = answer;
  const told = { peer: inlineCode(peer), code, hasOwner, minutes: minutesUntil(expiresAt, Date.now()) };
  say(
    open(),
    inbound,
    (texts) => texts.pairing.stranger(told),
    (sql) => keepPairing(sql, { code, expiresAt }),
  );
  log("info", "stranger_told", ids);
  return true;
}

async function takesLink(inbound: Inbound, { name, directory, open, expirePolicy }: Doorstep): Promise<boolean> {
  const code = inbound.command?.name === "link" ? inbound.command.rest.trim() : "";
  if (code === "") return false;
  const outcome = await directory.takeLink(name.key, code, inbound.sender.name);
  if (outcome.kind !== "linked") return false;
  expirePolicy();
  const person = inlineCode(outcome.name);
  say(open(), inbound, (texts) => texts.links.linked(person), dropPairing);
  log("info", "peer_linked", { session: name.key, message: inbound.id });
  return true;
}

/** A stranger leaves no inbox row: what they are told is addressed without one. */
function say(
  { context, turns }: LiveSession,
  inbound: Inbound,
  render: (texts: Texts) => string,
  andKeep: (sql: SqlStorage) => void,
): void {
  const now = Date.now();
  turns.transact(() => {
    if (!claimDedupeKeys(context.sql, inbound.dedupeKeys, now)) return;
    andKeep(context.sql);
    noteLanguage(context.sql, inbound.sender);
    const text = render(textsFor(context.languageOf(inbound.sender)));
    enqueueNotice(context.sql, inbound.replyTo, text, turns.rowContext(now));
  });
}

/** Says in this chat that its person is let in. Saying it twice at once is impossible: the code is gone the second time. */
export function welcome(context: SessionContext, turns: TurnStore, role: Role, now: number): void {
  turns.transact(() => {
    if (pairingUntil(context.sql) === null) return;
    dropPairing(context.sql);
    const text = textsFor(context.languageOf(null)).pairing.welcome[role];
    enqueueNotice(context.sql, addressOf(context), text, turns.rowContext(now));
  });
}

/** Asks the owner of this chat, once per code, whether somebody may be let in. */
export function tellOfStranger(context: SessionContext, turns: TurnStore, pairing: OpenPairing, now: number): void {
  const { code, peer, name, expiresAt } = pairing;
  turns.transact(() => {
    if (expiresAt <= now || !claimDedupeKeys(context.sql, [`stranger:${code}`], now)) return;
    const who = { name: inlineCode(name), peer: inlineCode(peer), code, minutes: minutesUntil(expiresAt, now) };
    const { pairing: texts } = textsFor(context.languageOf(null));
    const choices = [
      { label: texts.letIn, value: `/pair ${code}`, isCommand: true },
      { label: texts.turnAway, value: `/pair dismiss ${code}`, isCommand: true },
    ] as const;
    enqueueNotice(context.sql, addressOf(context), texts.asked(who), turns.rowContext(now), {
      rows: [choices],
      pressers: [context.ref.chatId],
    });
  });
}

function addressOf({ ref: { channel, chatKind, chatId, thread } }: SessionContext): ReplyAddress {
  return { channel, chatKind, chatId, ...(thread && { thread }) };
}
