/** Invocations that are whole, for tests that are about something else. */
import type { Grants, SteerInvocation, TurnInvocation } from "../../../protocol/invocation.ts";
import { type Inbound } from "../../../protocol/inbound.ts";
import { isInboundId, isTurnId, type TurnId } from "../../../protocol/ids.ts";
import { formatConversationKey } from "../../../protocol/session-key.ts";
import { isSpaceId, type SpaceId } from "../../../protocol/space.ts";

export function turnId(text: string): TurnId {
  if (!isTurnId(text)) throw new Error("not a turn id");
  return text;
}

export function spaceId(text: string): SpaceId {
  if (!isSpaceId(text)) throw new Error("not a space id");
  return text;
}

function inboundId(text: string): Inbound["id"] {
  if (!isInboundId(text)) throw new Error("not an inbound id");
  return text;
}

const conversation = formatConversationKey({ kind: "main", agent: "main" });
const message = { id: inboundId("telegram:1"), text: "hello", sender: { id: "1", name: "Ada" }, sentAt: 0 };
const blobs: Grants["blobs"] = {
  endpoint: "http://127.0.0.1:1",
  region: "us-east-1",
  bucket: "claw",
  credentials: { accessKeyId: "A", secretAccessKey: "s" },
  expiresAt: 0,
};

export const turn: TurnInvocation = {
  kind: "turn",
  protocol: 1,
  turnId: turnId("turn-0001"),
  fence: 1,
  conversation,
  epoch: 0,
  space: spaceId("owner"),
  place: { channel: "telegram", chatKind: "direct" },
  messages: [message],
  settings: { model: null, fallbacks: [], timezone: "UTC" },
  limits: { leftMs: 1, pingEveryMs: 1 },
  grants: { models: {}, blobs },
};

export const steer: SteerInvocation = {
  kind: "steer",
  protocol: 1,
  turnId: turn.turnId,
  fence: 1,
  conversation,
  message,
};
