/** Builders of invocations: a whole one from the few words that a test cares about. */
import { isInboundId, isTurnId, type InboundId, type TurnId } from "../../../protocol/ids.ts";
import type {
  AbortInvocation,
  Grants,
  PromptMessage,
  QueryInvocation,
  ResumeInvocation,
  SteerInvocation,
  TurnInvocation,
} from "../../../protocol/invocation.ts";
import { type ConversationKey, isConversationKey } from "../../../protocol/session-key.ts";
import { isSpaceId, type SpaceId } from "../../../protocol/space.ts";

export function turnId(text: string): TurnId {
  if (!isTurnId(text)) throw new Error(`not a turn id: ${text}`);
  return text;
}

export function inboundId(text: string): InboundId {
  if (!isInboundId(text)) throw new Error(`not an inbound id: ${text}`);
  return text;
}

export function conversation(text: string): ConversationKey {
  if (!isConversationKey(text)) throw new Error(`not a conversation: ${text}`);
  return text;
}

export function space(text: string): SpaceId {
  if (!isSpaceId(text)) throw new Error(`not a space: ${text}`);
  return text;
}

export const CONVERSATION = conversation("agent:main:main");
export const PERSON = conversation("agent:main:person:telegram-7");

export const GROUP = { conversation: conversation("agent:main:telegram:group:-1"), space: space("group:telegram:-1") };

export function promptMessage(id: string, text: string, fields: Partial<PromptMessage> = {}): PromptMessage {
  return { id: inboundId(id), text, sender: { id: "42", name: "Ada" }, sentAt: 1_764_000_000_000, ...fields };
}

/** Where the stand-ins of a test listen. */
export type Endpoints = { readonly blobs: string; readonly model?: string; readonly edge?: string };

function grants({ blobs, model, edge }: Endpoints): Grants {
  return {
    models: model === undefined ? {} : { anthropic: { apiKey: "test-key", baseUrl: model } },
    blobs: {
      endpoint: blobs,
      region: "us-east-1",
      bucket: "agent-claw",
      credentials: { accessKeyId: "AKIATEST", secretAccessKey: "secret" },
      expiresAt: 9_000_000_000_000,
    },
    ...(edge !== undefined && { edge: { url: edge, token: "edge-token" } }),
  };
}

type TurnFields = Partial<Omit<TurnInvocation, "turnId" | "messages">> & {
  readonly turnId?: string;
  readonly messages?: readonly PromptMessage[];
};

export function turn(endpoints: Endpoints, text: string, fields: TurnFields = {}): TurnInvocation {
  const { messages, turnId: id, ...rest } = fields;
  return {
    kind: "turn",
    protocol: 1,
    turnId: turnId(id ?? "turn-0001"),
    fence: 1,
    conversation: CONVERSATION,
    epoch: 0,
    space: space("owner"),
    place: { channel: "telegram", chatKind: "direct" },
    messages: [...(messages ?? [promptMessage("telegram:1", text)])],
    settings: { model: null, fallbacks: [], timezone: "UTC" },
    limits: { leftMs: 60_000, pingEveryMs: 15_000 },
    grants: grants(endpoints),
    ...rest,
  };
}

export function resume(started: TurnInvocation, fence: number, afterSeq = 0): ResumeInvocation {
  return { ...started, kind: "resume", fence, afterSeq };
}

export function steer(
  started: TurnInvocation,
  id: string,
  text: string,
  fields: Partial<PromptMessage> = {},
): SteerInvocation {
  const { turnId: of, fence, conversation: key } = started;
  return { kind: "steer", protocol: 1, turnId: of, fence, conversation: key, message: promptMessage(id, text, fields) };
}

export function abort(started: TurnInvocation, fence: number): AbortInvocation {
  return { kind: "abort", protocol: 1, turnId: started.turnId, fence, conversation: started.conversation };
}

export function query(started: TurnInvocation, ask: QueryInvocation["ask"]): QueryInvocation {
  const { conversation: key, epoch, space: of, grants: granted } = started;
  return { kind: "query", protocol: 1, conversation: key, epoch, space: of, grants: granted, ask };
}
