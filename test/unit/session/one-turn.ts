/** A turn that runs, and the message that it answers: for what looks at one turn only. */
import type { Turn } from "../../../durable-objects/channel-session/turn-state.ts";
import type { Inbound } from "../../../protocol/inbound.ts";
import { SESSION } from "./command-facts.ts";
import { inbound, MAIN, turnId } from "./names.ts";

export const TURN: Turn = {
  turnId: turnId("1"),
  conversation: MAIN,
  phase: "running",
  fence: 1,
  epoch: 0,
  begun: false,
  runs: 1,
  attempts: 0,
  unreachable: 0,
  takeovers: 0,
  startedAt: 0,
  wakeAt: 0,
  passedBy: 0,
};
export const MESSAGE: Inbound = {
  id: inbound("telegram:77:1"),
  dedupeKeys: [],
  session: SESSION,
  channel: "telegram",
  chat: { kind: "direct", id: "7" },
  sender: { id: "7", name: "Ada" },
  text: "hello",
  attachments: [],
  replyTo: { channel: "telegram", chatId: "7", chatKind: "direct" },
  sentAt: 0,
};
