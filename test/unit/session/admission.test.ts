import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admit, roleOf, type Surroundings } from "../../../durable-objects/channel-session/admission.ts";
import { type DirectAccess, type GroupAccess, isHeardIn } from "../../../protocol/access.ts";
import { ACCESS_BOUNDS } from "../../../protocol/bounds.ts";
import type { Inbound } from "../../../protocol/inbound.ts";
import { formatConversationKey, parseSessionKey, type SessionRef } from "../../../protocol/session-key.ts";
import { directMessage } from "../../worker/inbound.ts";

const QUIET: Surroundings = { activation: null, conversation: null, botTurns: 0, isCalled: false };
const MAIN = formatConversationKey({ kind: "main", agent: "main" });
const OWNER: DirectAccess = { kind: "admitted", role: "owner", personId: "telegram-7", conversation: MAIN };
const OPEN_GROUP: GroupAccess = {
  kind: "group",
  listens: true,
  senders: null,
  owners: ["7"],
  listed: ["9"],
  bots: false,
  activation: "mention",
};

function refOf(key: string): SessionRef {
  const ref = parseSessionKey(key);
  if (!ref.ok) throw new Error(key);
  return ref.value;
}

function dm(access: DirectAccess, sender: Partial<Inbound["sender"]> = {}) {
  const message = directMessage(1, "7");
  return admit({ ...message, sender: { ...message.sender, ...sender } }, refOf(message.session), { access }, QUIET);
}

type Said = {
  readonly from?: string;
  readonly isBot?: true;
  readonly addressed?: boolean;
  readonly command?: string;
  readonly topic?: string;
};

function group(access: Partial<GroupAccess>, said: Said, surroundings: Partial<Surroundings> = {}) {
  const { from = "8", isBot, addressed = false, command, topic } = said;
  const key = `agent:main:telegram:group:-5${topic === undefined ? "" : `:topic:${topic}`}`;
  const speech = {
    chat: { kind: "group", id: "-5", addressed } as const,
    sender: { id: from, name: "Ben", ...(isBot && { isBot }) },
    ...(command !== undefined && { command: { name: command, rest: "" } }),
  };
  return admit(speech, refOf(key), { access: { ...OPEN_GROUP, ...access } }, { ...QUIET, ...surroundings });
}

describe("a message in a private chat", () => {
  it("goes where the directory says its writer's conversation is", () => {
    expect(dm(OWNER)).toEqual({ kind: "admitted", conversation: MAIN, role: "owner" });
  });

  it("is a stranger's or nobody's if the directory says so", () => {
    expect(dm({ kind: "stranger" })).toEqual({ kind: "stranger" });
    expect(dm({ kind: "ignored", why: "dm_disabled" })).toEqual({ kind: "ignored", why: "dm_disabled" });
  });

  it("is never a bot's", () => {
    expect(dm(OWNER, { isBot: true })).toEqual({ kind: "ignored", why: "bot_not_allowed" });
    expect(dm({ kind: "stranger" }, { isBot: true })).toEqual({ kind: "ignored", why: "bot_not_allowed" });
  });
});

describe("a message in a group", () => {
  it("is for us when it is addressed to us or calls our name, and kept as context otherwise", () => {
    const ours = { kind: "admitted", conversation: "agent:main:telegram:group:-5", role: "person" };
    expect(group({}, { addressed: true })).toEqual(ours);
    expect(group({}, {}, { isCalled: true })).toEqual(ours);
    expect(group({}, {})).toEqual({ kind: "overheard" });
  });

  it("is ignored where we do not listen, whoever wrote it", () => {
    const closed = { listens: false };
    expect(group(closed, { from: "7", addressed: true })).toEqual({ kind: "ignored", why: "group_not_allowed" });
    expect(group(closed, {}, { activation: "always" })).toMatchObject({ why: "group_not_allowed" });
  });

  it("is neither answered nor kept if its writer is not among those who may speak", () => {
    const some = { senders: ["8"] };
    expect(group(some, { from: "8", addressed: true })).toMatchObject({ kind: "admitted" });
    expect(group(some, { from: "10", addressed: true })).toEqual({ kind: "ignored", why: "sender_not_allowed" });
    expect(group(some, { from: "10" })).toEqual({ kind: "ignored", why: "sender_not_allowed" });
    expect(group(some, { from: "7", addressed: true })).toMatchObject({ kind: "admitted", role: "owner" });
  });

  it("needs no mention where the activation is always, the session's own before the directory's", () => {
    expect(group({}, {}, { activation: "always" })).toMatchObject({ kind: "admitted" });
    expect(group({ activation: "always" }, {})).toMatchObject({ kind: "admitted" });
    expect(group({ activation: "always" }, {}, { activation: "mention" })).toEqual({ kind: "overheard" });
  });

  it("needs no mention if it is a command of the owner or of somebody on the list", () => {
    expect(group({}, { from: "7", command: "status" })).toMatchObject({ kind: "admitted" });
    expect(group({}, { from: "9", command: "status" })).toMatchObject({ kind: "admitted" });
    expect(group({}, { from: "8", command: "status" })).toEqual({ kind: "overheard" });
    expect(group({}, { from: "7", command: "roll" })).toEqual({ kind: "overheard" });
  });

  it("goes on with the conversation that the group had, and has one of its own in each topic", () => {
    const before = formatConversationKey({
      kind: "group",
      agent: "main",
      channel: "telegram",
      chatKind: "group",
      chatId: "-4",
    });
    expect(group({}, { addressed: true }, { conversation: before })).toMatchObject({ conversation: before });
    expect(group({}, { addressed: true, topic: "3" })).toMatchObject({
      conversation: "agent:main:telegram:group:-5:topic:3",
    });
  });

  it("of a bot is heard only where bots are, and only so often", () => {
    const bot: Said = { isBot: true, addressed: true };
    expect(group({}, bot)).toEqual({ kind: "ignored", why: "bot_not_allowed" });
    expect(group({ bots: true }, bot)).toMatchObject({ kind: "admitted" });
    const botTurns = ACCESS_BOUNDS.botTurnsMax;
    expect(group({ bots: true }, bot, { botTurns })).toEqual({ kind: "ignored", why: "bot_loop" });
    expect(group({ bots: true }, { addressed: true }, { botTurns })).toMatchObject({ kind: "admitted" });
  });

  it("of somebody with a role is heard where that role is", () => {
    const access = { ...OPEN_GROUP, senders: ["role:5", "8"] };
    expect(isHeardIn(access, { id: "9", roles: ["4", "5"] })).toBe(true);
    expect(isHeardIn(access, { id: "9", roles: ["8"] })).toBe(false);
    expect(isHeardIn(access, { id: "5" })).toBe(false);
    expect(isHeardIn(access, { id: "9", roles: ["5"], isBot: true })).toBe(false);
  });

  it("of somebody who is not heard never reaches the agent, not even as context", () => {
    const access = fc.record({
      listens: fc.boolean(),
      senders: fc.option(fc.array(fc.constantFrom("8", "9", "10"))),
      bots: fc.boolean(),
      activation: fc.constantFrom("mention" as const, "always" as const),
    });
    const said = fc.record({
      from: fc.constantFrom("7", "8", "9", "10", "11"),
      addressed: fc.boolean(),
      command: fc.constantFrom("status", "stop", "roll"),
    });
    fc.assert(
      fc.property(access, said, fc.boolean(), fc.boolean(), (some, message, isBot, isCalled) => {
        const sender = { id: message.from, name: "x", ...(isBot && ({ isBot: true } as const)) };
        if (isHeardIn({ ...OPEN_GROUP, ...some }, sender)) return;
        const admission = group(some, { ...message, ...(isBot && ({ isBot: true } as const)) }, { isCalled });
        expect(admission.kind).toBe("ignored");
      }),
    );
  });
});

describe("the role of somebody", () => {
  it("is that of the private chat, or of their id in a group", () => {
    expect(roleOf({ id: "7" }, { access: OWNER })).toBe("owner");
    expect(roleOf({ id: "7" }, { access: { kind: "stranger" } })).toBe("person");
    expect(roleOf({ id: "7" }, { access: OPEN_GROUP })).toBe("owner");
    expect(roleOf({ id: "8" }, { access: OPEN_GROUP })).toBe("person");
  });
});
