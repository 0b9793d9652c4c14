/**
 * What becomes of the new version of a message, or of a piece of one. While nobody has read the old one, it takes its place; while the agent works
 * on it, it is handed on; afterwards the agent learns of it with the next message.
 */
import { assertNever } from "../../protocol/assert.ts";
import { type InboundId, isInboundId } from "../../protocol/ids.ts";
import type { Happening, Inbound } from "../../protocol/inbound.ts";
import { log } from "../../worker/log.ts";
import { dropSaid, keepHappened, keepSaid, rewordSaid } from "./context.ts";
import { describe } from "./inbound-text.ts";
import { type MessageState, readInbound, readMessageState } from "./inbox.ts";
import { admitAndTake, takeForUs } from "./intake.ts";
import { judgeHere } from "./judge.ts";
import { keepPiece, readPiece, recompose } from "./pieces.ts";
import type { SessionContext } from "./session-context.ts";
import type { TurnStore } from "./turn-store.ts";

/** "editMessageText" and the apps: a message can be edited for 48 hours. */
const EDITABLE_MS = 48 * 3_600_000;

type Edited = Extract<Happening, { kind: "edited" }>;

/** Takes an edit in. Inside a transaction. */
export function takeEdit(session: SessionContext, turns: TurnStore, edited: Edited, now: number): void {
  const { message } = edited;
  const { sql } = session;
  const speech = judgeHere(message, session, now);
  if (speech.kind === "ignored" || speech.kind === "stranger") return;
  const piece = readPiece(sql, message.id);
  const whole = piece?.whole ?? message.id;
  const old = readMessageState(sql, whole);
  const before = piece?.last ?? readInbound(sql, [message.id])[0];
  if (!old || !before) {
    takeUnknown(session, turns, message, speech.kind === "admitted", now);
    return;
  }
  if (describe(before) === describe(message)) return; // a link preview, or a change that nobody sees
  keepPiece(sql, whole, message, now);
  const fate = fateOf(old);
  log("info", "message_edited", { session: session.key, message: message.id, fate });
  switch (fate) {
    case "replaced":
      replace(sql, whole, old.kind === "overheard" && speech.kind === "admitted");
      return;
    case "handed_on":
      admitAndTake(session, turns, asNewMessage(edited), now);
      return;
    case "told":
      tell(session, edited);
      return;
    default:
      assertNever(fate);
  }
}

/** What others wrote, and can still change, is no event: it goes along as words of others. */
function tell(session: SessionContext, { message, at }: Edited): void {
  if (message.forwarded) keepSaid(session, message);
  else
    keepHappened(
      session.sql,
      `${message.sender.name} edited an earlier message; it says now: ${describe(message)}`,
      at,
    );
}

/** `isForUsNow`: pieces of something for others wait for more, and the new words mention us. */
function replace(sql: SqlStorage, whole: InboundId, isForUsNow: boolean): void {
  const reworded = recompose(sql, whole);
  if (reworded && isForUsNow) takeForUs(sql, reworded);
}

/** A message that was not for us may be for us now: somebody forgot to mention us. */
function takeUnknown(session: SessionContext, turns: TurnStore, message: Inbound, isForUs: boolean, now: number): void {
  if (!isForUs) {
    rewordSaid(session.sql, message);
    return;
  }
  // The message itself may still be on its way; older than that, it was written before we knew anybody here.
  const wasOverheard = dropSaid(session.sql, message.id);
  if (!wasOverheard && now - message.sentAt > EDITABLE_MS) return;
  admitAndTake(session, turns, message, now);
}

function fateOf({ kind, state }: MessageState): "replaced" | "handed_on" | "told" {
  if (kind === "command") return "told";
  switch (state) {
    case "held":
    case "accepted":
      return "replaced";
    case "leased":
    case "running":
      return "handed_on";
    case "answered":
    case "delivered":
    case "failed":
    case "stopped":
    case "dead":
      return "told";
    default:
      return assertNever(state);
  }
}

/** Under an id of its own, since the agent knows the old one. */
function asNewMessage({ message, dedupeKeys: [key = message.id] }: Edited): Inbound {
  const id = `edit:${key}`;
  const { assembly: _whole, command: _text, ...rest } = message;
  const text = `${message.text}\n(This is the new version of the message before.)`;
  return { ...rest, id: isInboundId(id) ? id : message.id, text };
}
