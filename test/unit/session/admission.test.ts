import { describe, expect, it } from "vitest";
import { admit } from "../../../durable-objects/channel-session/admission.ts";
import { DEFAULT_SETTINGS, type SessionSettings } from "../../../durable-objects/channel-session/settings.ts";
import type { Inbound } from "../../../protocol/inbound.ts";
import { formatConversationKey, parseSessionKey, type SessionRef } from "../../../protocol/session-key.ts";
import type { AccessPolicy, DmPolicy } from "../../../worker/config.ts";
import { directMessage } from "../../worker/inbound.ts";

function policy(dm: DmPolicy, more: Partial<AccessPolicy> = {}): AccessPolicy {
  const everywhere = { telegram: dm, discord: dm, slack: dm, whatsapp: dm };
  const allowFrom = ["telegram:7", "telegram:9"];
  return { dm: everywhere, group: "allowlist", allowFrom, groupAllowFrom: [], owner: "telegram:7", ...more };
}

function refOf(key: string): SessionRef {
  const ref = parseSessionKey(key);
  if (!ref.ok) throw new Error(key);
  return ref.value;
}

function dm(from: string, dmPolicy: DmPolicy) {
  const message = directMessage(1, from);
  return admit(message, refOf(message.session), policy(dmPolicy), DEFAULT_SETTINGS);
}

type Place = { readonly topic?: string; readonly settings?: Partial<SessionSettings> };

function group(addressed: boolean, more: Partial<AccessPolicy>, { topic, settings }: Place = {}) {
  const chat: Inbound["chat"] = { kind: "group", id: "-5", addressed };
  const key = `agent:main:telegram:group:-5${topic === undefined ? "" : `:topic:${topic}`}`;
  return admit({ ...directMessage(1, "7"), chat }, refOf(key), policy("open", more), {
    ...DEFAULT_SETTINGS,
    ...settings,
  });
}

describe("admit", () => {
  it("brings the owner's messages into the main conversation", () => {
    expect(dm("7", "allowlist")).toEqual({ kind: "admitted", conversation: "agent:main:main" });
  });

  it("gives anyone else who is allowed a conversation of their own", () => {
    const theirs = { kind: "admitted", conversation: "agent:main:person:telegram-9" };
    expect(dm("9", "allowlist")).toEqual(theirs);
    expect(dm("9", "pairing")).toEqual(theirs);
  });

  it("lets a stranger in only when the policy is open", () => {
    expect(dm("8", "open")).toEqual({ kind: "admitted", conversation: "agent:main:person:telegram-8" });
    expect(dm("8", "allowlist")).toEqual({ kind: "ignored", why: "sender_not_allowed" });
    expect(dm("8", "pairing")).toEqual({ kind: "stranger", peer: "telegram:8" });
  });

  it("lets nobody in when direct messages are disabled, not even the owner", () => {
    expect(dm("7", "disabled")).toEqual({ kind: "ignored", why: "dm_disabled" });
  });

  it("answers in an allowed group only when it is addressed, and listens otherwise", () => {
    const allowed = { groupAllowFrom: ["telegram:-5"] };
    expect(group(true, allowed)).toEqual({ kind: "admitted", conversation: "agent:main:telegram:group:-5" });
    expect(group(false, allowed)).toEqual({ kind: "overheard" });
    expect(group(true, {})).toEqual({ kind: "ignored", why: "group_not_allowed" });
    expect(group(true, { group: "disabled", ...allowed })).toMatchObject({ why: "group_not_allowed" });
    expect(group(true, { group: "open" })).toMatchObject({ kind: "admitted" });
  });

  it("answers whatever is said in a group whose activation is always, if it listens there", () => {
    const settings = { activation: "always" } as const;
    expect(group(false, { groupAllowFrom: ["telegram:-5"] }, { settings })).toMatchObject({ kind: "admitted" });
    expect(group(false, {}, { settings })).toMatchObject({ why: "group_not_allowed" });
  });

  it("knows a group by the ids that it had, and goes on with its conversation", () => {
    const conversation = formatConversationKey({
      kind: "group",
      agent: "main",
      channel: "telegram",
      chatKind: "group",
      chatId: "-4",
    });
    const settings = { formerChats: ["-4"], conversation };
    expect(group(true, { groupAllowFrom: ["telegram:-4"] }, { settings })).toEqual({ kind: "admitted", conversation });
  });

  it("gives each topic of a group a conversation of its own", () => {
    expect(group(true, { group: "open" }, { topic: "3" })).toMatchObject({
      conversation: "agent:main:telegram:group:-5:topic:3",
    });
  });
});
