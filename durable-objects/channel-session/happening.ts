/** Takes in what happened in a chat besides a new message. All in one transaction. */
import { isHeardIn } from "../../protocol/access.ts";
import { assertNever } from "../../protocol/assert.ts";
import type { AcceptReceipt, Happening, Sender } from "../../protocol/inbound.ts";
import type { Acknowledgement, ReplyAddress } from "../../protocol/outbound.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import { log } from "../../worker/log.ts";
import { listensToGroup, roleOf } from "./admission.ts";
import { enqueueNotice } from "./answer-rows.ts";
import { press } from "./buttons.ts";
import { keepHappened } from "./context.ts";
import { takeEdit } from "./edited.ts";
import { claimDedupeKeys } from "./inbox.ts";
import { admitAndTake } from "./intake.ts";
import { judgeHere } from "./judge.ts";
import { renderNotice } from "./notice.ts";
import { isOurs } from "./outbox.ts";
import type { SessionContext } from "./session-context.ts";
import type { TurnStore } from "./turn-store.ts";

/** `moved` is not among them: it concerns two sessions (`move.ts`). */
export type LocalHappening = Exclude<Happening, { kind: "moved" }>;
type Of<Kind extends Happening["kind"]> = Extract<Happening, { kind: Kind }>;

export type Heard = {
  readonly receipt: AcceptReceipt;
  /** What the platform is to be told, in order. */
  readonly signs: readonly Acknowledgement[];
  /** Where the signs go; null: there are none. */
  readonly to: ReplyAddress | null;
};

/** Stores a happening and starts what it asks for. Throws `StorageError` when it could not be stored. */
export function hear(session: SessionContext, turns: TurnStore, happening: LocalHappening, now: number): Heard {
  const ids = { session: session.key, happening: happening.kind };
  return turns.transact(() => {
    const isNew = claimDedupeKeys(session.sql, happening.dedupeKeys, now);
    log("info", isNew ? "happening_heard" : "happening_repeated", ids);
    // A press that comes again still spins in its app.
    const again: readonly Acknowledgement[] =
      happening.kind === "pressed" ? [{ kind: "pressed", pressId: happening.pressId }] : [];
    const to = happening.kind === "pressed" ? happening.message.replyTo : null;
    if (!isNew) return { receipt: "duplicate", signs: again, to };
    return { receipt: "accepted", signs: take(session, turns, happening, now), to };
  });
}

function take(
  session: SessionContext,
  turns: TurnStore,
  happening: LocalHappening,
  now: number,
): readonly Acknowledgement[] {
  switch (happening.kind) {
    case "edited":
      takeEdit(session, turns, happening, now);
      return [];
    case "reacted":
      takeReaction(session, happening);
      return [];
    case "pressed":
      return takePress(session, turns, happening, now);
    case "members":
      takeMembers(session, happening);
      return [];
    case "membership":
      takeMembership(session, turns, happening, now);
      return [];
    default:
      return assertNever(happening);
  }
}

/** Only reactions to what we wrote mean anything to us. */
function takeReaction(session: SessionContext, { sender, messageId, before, now, at }: Of<"reacted">): void {
  if (!isOurs(session.sql, messageId) || !mayCause(session, sender, at)) return;
  const added = now.filter((emoji) => !before.includes(emoji));
  const removed = before.filter((emoji) => !now.includes(emoji));
  const { sql } = session;
  if (added.length > 0) keepHappened(sql, `${sender.name} reacted to your message with ${added.join(" ")}`, at);
  else if (removed.length > 0) keepHappened(sql, `${sender.name} took back the reaction ${removed.join(" ")}`, at);
}

function takePress(
  session: SessionContext,
  turns: TurnStore,
  { pressId, buttonId, message }: Of<"pressed">,
  now: number,
): readonly Acknowledgement[] {
  const answer = (text?: string): Acknowledgement => ({ kind: "pressed", pressId, ...(text && { text }) });
  const { pressVoid, pressRefused } = textsFor(session.languageOf(message.sender)).notices;
  if (!mayCause(session, message.sender, now)) return [answer(pressRefused)];
  const pressed = press(session.sql, buttonId, message.sender.id, now);
  switch (pressed.kind) {
    case "void":
      return [answer(pressVoid)];
    case "not_yours":
      return [answer(pressRefused)];
    case "valid": {
      const { value, command } = pressed;
      admitAndTake(session, turns, { ...message, text: value, ...(command && { command }) }, now);
      const { messageId } = message.replyTo;
      return [
        answer(),
        ...(messageId === undefined ? [] : [{ kind: "chosen", messageId, label: pressed.label } as const]),
      ];
    }
    default:
      return assertNever(pressed);
  }
}

function takeMembers(session: SessionContext, { joined, left, at }: Of<"members">): void {
  const { access } = session.policy();
  if (access.kind !== "group") return;
  // A name is a text of its bearer's: of those who are not heard the agent does not learn it.
  const namesOf = (people: readonly Sender[]) => people.filter((person) => isHeardIn(access, person)).map(nameOf);
  const [came, went] = [namesOf(joined), namesOf(left)];
  if (came.length > 0) keepHappened(session.sql, `${came.join(", ")} joined the group`, at);
  if (went.length > 0) keepHappened(session.sql, `${went.join(", ")} left the group`, at);
}

/** One word when we come to a group; where we do not listen only the owner is told, who can change that. */
function takeMembership(
  { key, ref, sql, policy, languageOf }: SessionContext,
  turns: TurnStore,
  { isMember, by, replyTo, channel }: Of<"membership">,
  now: number,
): void {
  log("info", isMember ? "bot_joined" : "bot_left", { session: key });
  if (!isMember || ref.chatKind !== "group") return;
  const isHeard = listensToGroup(policy());
  if (!isHeard && roleOf(by, policy()) !== "owner") return;
  const group = isHeard ? null : `${channel}:${ref.chatId}`;
  enqueueNotice(sql, replyTo, renderNotice({ kind: "joined", group }, languageOf(by)), turns.rowContext(now));
}

/** Whether what somebody does here concerns us: the same law as for what they say to us. */
function mayCause(session: SessionContext, sender: Sender, now: number): boolean {
  const { chatKind: kind, chatId: id } = session.ref;
  const chat = kind === "direct" ? { kind, id } : { kind, id, addressed: true };
  return judgeHere({ chat, sender, text: "" }, session, now).kind === "admitted";
}

const nameOf = ({ name }: Sender) => name;
