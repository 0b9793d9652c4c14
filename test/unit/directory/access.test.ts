import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mayBegin, policyOf } from "../../../durable-objects/agent-directory/access.ts";
import { DM_POLICIES, type GroupRules } from "../../../protocol/agent-config.ts";
import { formatConversationKey } from "../../../protocol/session-key.ts";
import { direct, directAccess, group, groupAccess, type Known, standing } from "./world.ts";

const MAIN = formatConversationKey({ kind: "main", agent: "main" });
const conversationOf = (personId: string) => formatConversationKey({ kind: "person", agent: "main", personId });

/** Somebody of each kind: on the list, let in by a code, joined to one of both, and nobody. */
const KNOWN: Known = {
  people: { "telegram-20": {} },
  peers: {
    "telegram:20": { personId: "telegram-20", how: "paired" },
    "discord:21": { personId: "telegram-20", how: "linked" },
    "discord:11": { personId: "telegram-10", how: "linked" },
  },
};
const LIST = ["telegram:7", "telegram:10"];

/** In one word. */
function outcome(access: ReturnType<typeof directAccess>): string {
  if (access.kind === "admitted") return access.role === "owner" ? "owner" : access.personId;
  return access.kind === "ignored" ? access.why : access.kind;
}

describe("a direct chat", () => {
  it.each([
    ["pairing", "owner", "telegram-10", "telegram-20", "telegram-20", "telegram-10", "stranger"],
    [
      "allowlist",
      "owner",
      "telegram-10",
      "sender_not_allowed",
      "sender_not_allowed",
      "telegram-10",
      "sender_not_allowed",
    ],
    ["open", "owner", "telegram-10", "telegram-20", "telegram-20", "telegram-10", "telegram-30"],
    ["disabled", "dm_disabled", "dm_disabled", "dm_disabled", "dm_disabled", "dm_disabled", "dm_disabled"],
  ] as const)("under %s lets in whom it should", (dmPolicy, ...expected) => {
    const now = standing({ access: { dmPolicy, allowFrom: LIST } }, KNOWN);
    const chats = [
      direct("telegram", "7"),
      direct("telegram", "10"),
      direct("telegram", "20"),
      direct("discord", "21"),
      direct("discord", "11"),
      direct("telegram", "30"),
    ];
    expect(chats.map((chat) => outcome(directAccess(chat, now)))).toEqual(expected);
  });

  it("of the owner belongs to the main conversation on every channel, that of anybody else to their own", () => {
    const peers = { "discord:8": { personId: "telegram-7", how: "linked" } } as const;
    const now = standing({ access: { allowFrom: LIST } }, { peers });
    for (const chat of [direct("telegram", "7"), direct("discord", "8"), direct("web", "owner")]) {
      expect(directAccess(chat, now)).toEqual({
        kind: "admitted",
        role: "owner",
        personId: "telegram-7",
        conversation: MAIN,
      });
    }
    expect(directAccess(direct("telegram", "10"), now)).toMatchObject({
      role: "person",
      conversation: conversationOf("telegram-10"),
    });
  });

  it("of the same number on another channel is somebody else's", () => {
    const now = standing({ access: { allowFrom: LIST } }, KNOWN);
    expect(outcome(directAccess(direct("discord", "7"), now))).toBe("stranger");
    expect(outcome(directAccess(direct("whatsapp", "20"), now))).toBe("stranger");
  });

  it("goes by the policy of its channel before that of all", () => {
    const now = standing({ access: { dmPolicy: "open", dm: { telegram: "disabled" }, allowFrom: LIST } });
    expect(outcome(directAccess(direct("telegram", "7"), now))).toBe("dm_disabled");
    expect(outcome(directAccess(direct("slack", "U1"), now))).toBe("slack-U1");
  });

  it("in the web is the owner's, whatever the policies are and whether there is an owner", () => {
    for (const dmPolicy of DM_POLICIES) {
      expect(directAccess(direct("web", "owner"), standing({ access: { dmPolicy } }))).toMatchObject({
        role: "owner",
        conversation: MAIN,
      });
    }
  });

  it("is a stranger's again when whoever they were joined to is no more let in", () => {
    const now = standing({ access: { allowFrom: ["telegram:7"] } }, KNOWN);
    expect(outcome(directAccess(direct("discord", "11"), now))).toBe("stranger");
    expect(outcome(directAccess(direct("discord", "21"), now))).toBe("telegram-20");
  });
});

describe("the owner", () => {
  const first: Known = {
    people: { "telegram-20": {}, "telegram-40": { isFirst: true } },
    peers: {
      "telegram:20": { personId: "telegram-20", how: "paired" },
      "telegram:40": { personId: "telegram-40", how: "paired" },
    },
  };

  it("is who was let in first only as long as the configuration names nobody", () => {
    expect(outcome(directAccess(direct("telegram", "40"), standing({}, first)))).toBe("owner");
    const named = standing({ access: { allowFrom: ["telegram:7"] } }, first);
    expect(outcome(directAccess(direct("telegram", "40"), named))).toBe("telegram-40");
    expect(outcome(directAccess(direct("telegram", "7"), named))).toBe("owner");
  });

  it("is nobody when the list is emptied and all others were let in by an owner", () => {
    const now = standing({}, KNOWN);
    expect(outcome(directAccess(direct("telegram", "20"), now))).toBe("telegram-20");
  });

  it("is exactly one person, whatever is known", () => {
    const peer = fc.constantFrom("telegram:7", "telegram:20", "discord:21", "slack:U1");
    fc.assert(
      fc.property(fc.uniqueArray(peer), fc.dictionary(peer, peer), (allowFrom, links) => {
        const peers = Object.fromEntries(
          Object.entries(links).map(([one, other]) => [one, { personId: other.replace(":", "-"), how: "linked" }]),
        );
        const now = standing({ access: { dmPolicy: "open", allowFrom } }, { peers } as Known);
        const chats = [
          direct("telegram", "7"),
          direct("telegram", "20"),
          direct("discord", "21"),
          direct("slack", "U1"),
        ];
        const owners = chats.map((chat) => directAccess(chat, now)).filter((access) => outcome(access) === "owner");
        expect(new Set(owners.map((access) => JSON.stringify(access))).size).toBeLessThanOrEqual(1);
        if (allowFrom.length > 0) expect(owners.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe("a group", () => {
  it("is listened to when the list names it, or one of the ids that it had", () => {
    const now = standing({ access: { groupAllowFrom: ["telegram:-1", "slack:C1"] } });
    expect(groupAccess(group("-1"), now).listens).toBe(true);
    expect(groupAccess(group("-2"), now).listens).toBe(false);
    expect(groupAccess(group("-2"), now, ["-1"]).listens).toBe(true);
    expect(groupAccess(group("-1", "discord"), now).listens).toBe(false);
  });

  it.each([
    ["open", true],
    ["disabled", false],
  ] as const)("under %s is listened to: %s", (groupPolicy, listens) => {
    const now = standing({ access: { groupPolicy, groupAllowFrom: ["telegram:-1"] } });
    expect(groupAccess(group("-1"), now).listens).toBe(listens);
  });

  it("is never opened by who is in it: the people are not its list", () => {
    const now = standing({ access: { allowFrom: ["telegram:7"], groups: { "telegram:-1": { bots: true } } } }, KNOWN);
    expect(groupAccess(group("-1"), now).listens).toBe(false);
  });

  it("lets everybody in it speak unless it has senders, and the owner in any case", () => {
    const senders = ["telegram:5", "discord:6"];
    const now = standing(
      { access: { allowFrom: LIST, groups: { "telegram:-1": { senders }, "telegram:-3": { senders: [] } } } },
      KNOWN,
    );
    expect(groupAccess(group("-1"), now).senders).toEqual(["7", "5"]);
    expect(groupAccess(group("-2"), now).senders).toBeNull();
    expect(groupAccess(group("-3"), now).senders).toEqual(["7"]);
  });

  it("keeps the rules that it had under its last id", () => {
    const groups = { "telegram:-1": { senders: ["telegram:5"] }, "telegram:-2": { senders: ["telegram:6"] } };
    const now = standing({ access: { groups } });
    expect(groupAccess(group("-3"), now, ["-1", "-2"]).senders).toEqual(["6"]);
    expect(groupAccess(group("-1"), now, ["-2"]).senders).toEqual(["5"]);
    expect(groupAccess(group("-3"), now, []).senders).toBeNull();
  });

  it("says whose commands count, never those of somebody who was paired", () => {
    const now = standing({ access: { allowFrom: [...LIST, "slack:U1"] } }, KNOWN);
    expect(groupAccess(group("-1"), now)).toMatchObject({ owners: ["7"], listed: ["10"] });
    const linked = { peers: { "discord:8": { personId: "telegram-7", how: "linked" } } } as const;
    const discord = groupAccess(group("900", "discord"), standing({ access: { allowFrom: LIST } }, linked));
    expect(discord).toMatchObject({ owners: ["8"], listed: [] });
  });

  it("hears no bots and answers only when it is meant, unless its rules say so", () => {
    expect(groupAccess(group("-1"), standing({}))).toMatchObject({ bots: false, activation: "mention" });
    const groups = { "telegram:-1": { bots: true, activation: "always" } } as const;
    expect(groupAccess(group("-1"), standing({ access: { groups } }))).toMatchObject(groups["telegram:-1"]);
  });

  it("on Discord is let in, and has rules, by its own name, that of its channel or that of its server", () => {
    const [guild, room] = ["81384788765712384", "199737254929760256"];
    const session = group(`${guild}.${room}`, "discord");
    const listens = (...groupAllowFrom: string[]) =>
      groupAccess(session, standing({ access: { groupAllowFrom } })).listens;
    expect(listens(`discord:${guild}.${room}`)).toBe(true);
    expect(listens(`discord:${guild}`)).toBe(true);
    expect(listens(`discord:${room}`)).toBe(true);
    expect(listens(`telegram:${room}`, "discord:1")).toBe(false);
    const ofGuild: GroupRules = { activation: "always", senders: ["discord:role:5", "telegram:role:6"] };
    const groups = { [`discord:${guild}`]: ofGuild, [`discord:${room}`]: { bots: true } };
    expect(groupAccess(session, standing({ access: { groups } }))).toMatchObject({ bots: true, activation: "mention" });
    const rules = groupAccess(session, standing({ access: { groups: { [`discord:${guild}`]: ofGuild } } }));
    expect(rules).toMatchObject({ activation: "always", senders: ["role:5"] });
    // Outside of servers "me" is nobody's name.
    const aside = group(`me.${room}`, "discord");
    expect(groupAccess(aside, standing({ access: { groupAllowFrom: ["discord:me"] } })).listens).toBe(false);
  });

  it("has no rules by a name that every object has", () => {
    const now = standing({ access: { groups: {} } });
    expect(groupAccess({ ...group("toString"), channel: "slack" }, now).senders).toBeNull();
  });
});

describe("mayBegin", () => {
  it("lets a turn begin only in the conversation that the chat belongs to now", () => {
    const policy = policyOf(direct("telegram", "10"), standing({ access: { allowFrom: LIST } }), []);
    expect(mayBegin(policy, conversationOf("telegram-10"))).toBe(true);
    expect(mayBegin(policy, conversationOf("telegram-20"))).toBe(false);
    expect(mayBegin(policy, MAIN)).toBe(false);
    expect(mayBegin(policyOf(direct("telegram", "99"), standing({}), []), conversationOf("telegram-99"))).toBe(false);
  });

  it("lets a turn of a group begin as long as it is listened to", () => {
    const conversation = formatConversationKey({
      kind: "group",
      agent: "main",
      channel: "telegram",
      chatKind: "group",
      chatId: "-1",
    });
    const open = standing({ access: { groupAllowFrom: ["telegram:-1"] } });
    expect(mayBegin(policyOf(group("-1"), open, []), conversation)).toBe(true);
    expect(mayBegin(policyOf(group("-1"), standing({}), []), conversation)).toBe(false);
  });
});
