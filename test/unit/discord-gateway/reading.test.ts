import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { factsOf } from "../../../durable-objects/discord-gateway/event-facts.ts";
import { readFrame, writeFrame } from "../../../durable-objects/discord-gateway/frame.ts";
import { readReady } from "../../../durable-objects/discord-gateway/ready.ts";
import { readWanted } from "../../../durable-objects/discord-gateway/wanted.ts";
import { readWorldEvent } from "../../../durable-objects/discord-gateway/world-events.ts";
import type { DiscordSettings } from "../../../worker/channels/discord/settings.ts";

const BOT = "900000000000000002";
const SETTINGS: DiscordSettings = {
  applicationId: "900000000000000001",
  publicKey: "ab".repeat(32),
  botToken: "a-token-that-nobody-else-has",
  apiRoot: "https://discord.com/api/v10",
  gateway: true,
  messageContent: false,
  replyIn: "channel",
};
/** Names of events whose form is looked at. */
const NAMES = [
  "MESSAGE_CREATE",
  "MESSAGE_UPDATE",
  "MESSAGE_REACTION_ADD",
  "MESSAGE_REACTION_REMOVE",
  "INTERACTION_CREATE",
  "GUILD_CREATE",
  "THREAD_LIST_SYNC",
  "THREAD_UPDATE",
  "GUILD_ROLE_UPDATE",
  "READY",
  "TYPING_START",
] as const;

describe("a frame", () => {
  it.each([
    [
      '{"op":10,"d":{"heartbeat_interval":41250,"_trace":["x"]},"s":null,"t":null}',
      { kind: "hello", intervalMs: 41_250 },
    ],
    ['{"op":11}', { kind: "acked" }],
    ['{"op":1,"d":7}', { kind: "heartbeat_asked" }],
    ['{"op":7,"d":null}', { kind: "reconnect" }],
    ['{"op":9,"d":true}', { kind: "invalid_session", isResumable: true }],
    ['{"op":9,"d":false}', { kind: "invalid_session", isResumable: false }],
    ['{"op":9}', { kind: "invalid_session", isResumable: false }],
    ['{"op":0,"t":"RESUMED","s":3,"d":{}}', { kind: "dispatch", name: "RESUMED", seq: 3, data: {} }],
    ['{"op":0,"t":"RESUMED","s":null,"d":{}}', { kind: "unknown" }],
    ['{"op":10,"d":{"heartbeat_interval":0}}', { kind: "unknown" }],
    ['{"op":99}', { kind: "unknown" }],
    ["not json", { kind: "unknown" }],
  ])("%s is read as it is meant", (text, frame) => {
    expect(readFrame(text)).toEqual(frame);
  });

  it("to Discord holds what it asks for, and stays far below 4096 bytes", async () => {
    const wanted = await readWanted(SETTINGS, SETTINGS.applicationId);
    if (!wanted) return expect.fail("no connection is wanted");
    const identify: unknown = JSON.parse(writeFrame({ kind: "identify" }, wanted));
    expect(identify).toEqual({
      op: 2,
      d: {
        token: SETTINGS.botToken,
        intents: 13_825,
        properties: { os: expect.any(String), browser: "agent-claw", device: "agent-claw" },
      },
    });
    const resume = writeFrame({ kind: "resume", sessionId: "s", seq: 4 }, wanted);
    expect(JSON.parse(resume)).toEqual({ op: 6, d: { token: SETTINGS.botToken, session_id: "s", seq: 4 } });
    expect(writeFrame({ kind: "heartbeat", seq: null }, wanted)).toBe('{"op":1,"d":null}');
  });
});

describe("the mark of the settings", () => {
  const markOf = async (change: Partial<DiscordSettings>) =>
    (await readWanted({ ...SETTINGS, ...change }, SETTINGS.applicationId))?.mark;

  it("changes with the token and what is asked for, and says neither", async () => {
    const marks = [await markOf({}), await markOf({ botToken: "another-one" }), await markOf({ messageContent: true })];
    expect(new Set(marks).size).toBe(3);
    expect(marks.join()).not.toContain(SETTINGS.botToken);
    expect(await markOf({ replyIn: "thread" })).toBe(marks[0]);
  });

  it("is none where no connection is wanted, or by another application", async () => {
    expect(await markOf({ gateway: false })).toBeUndefined();
    expect(await readWanted(null, SETTINGS.applicationId)).toBeNull();
    expect(await readWanted(SETTINGS, "900000000000000009")).toBeNull();
  });

  it("asks for the texts of all messages only where the settings say so", async () => {
    expect(await readWanted({ ...SETTINGS, messageContent: true }, SETTINGS.applicationId)).toMatchObject({
      intents: 46_593,
    });
  });
});

describe("an event", () => {
  const message = { id: "1", channel_id: "2", author: { id: "3" } };
  const reaction = { user_id: "3", channel_id: "2", message_id: "1", emoji: { id: null, name: "x" } };

  it("has one key each time that it comes, and another one for each time that it happens", () => {
    const key = (name: string, data: unknown, occurrence: string) => factsOf(name, data, occurrence)?.key;
    expect(key("MESSAGE_CREATE", message, "a")).toBe(key("MESSAGE_CREATE", { ...message, content: "y" }, "b"));
    expect(key("MESSAGE_REACTION_ADD", reaction, "a")).not.toBe(key("MESSAGE_REACTION_ADD", reaction, "b"));
    const edited = { ...message, edited_timestamp: "2026-05-02T05:04:28.652000+00:00" };
    expect(key("MESSAGE_UPDATE", edited, "a")).toBe(key("MESSAGE_UPDATE", edited, "b"));
    expect(key("MESSAGE_UPDATE", edited, "a")).not.toBe(
      key("MESSAGE_UPDATE", { ...edited, edited_timestamp: "2027" }, "a"),
    );
    expect(key("MESSAGE_UPDATE", edited, "a")).not.toBe(key("MESSAGE_CREATE", message, "a"));
  });

  it("waits behind those of its channel, but for an interaction, whose answer is waited for", () => {
    expect(factsOf("MESSAGE_CREATE", message, "a")?.lane).toBe("2");
    expect(factsOf("MESSAGE_REACTION_ADD", reaction, "a")?.lane).toBe("2");
    expect(factsOf("INTERACTION_CREATE", { id: "9", channel_id: "2" }, "a")?.lane).toBe("INTERACTION_CREATE:9");
  });

  it("of any form at all makes nobody fail", () => {
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), fc.jsonValue(), (name, data) => {
        factsOf(name, data, "a");
        readWorldEvent(name, data, BOT);
        readReady(data);
        readFrame(JSON.stringify({ op: 0, t: name, s: 1, d: data }));
      }),
      { numRuns: 500 },
    );
  });
});

describe("what is told of a guild", () => {
  const thread = { id: "11", parent_id: "12", owner_id: BOT, type: 11 };

  it("is taken from what can be read, and the rest is left out", () => {
    const guild = {
      id: "1",
      roles: [{ id: "5", tags: { bot_id: BOT } }, { broken: true }],
      threads: [thread, "broken"],
    };
    expect(readWorldEvent("GUILD_CREATE", guild, BOT)).toEqual({
      threads: [{ threadId: "11", guildId: "1", parentId: "12", ownerId: BOT }],
      botRole: { guildId: "1", roleId: "5" },
    });
  });

  it("leaves our role as it is known where a guild is told of without roles", () => {
    expect(readWorldEvent("GUILD_CREATE", { id: "1", unavailable: true }, BOT)).toEqual({ threads: [] });
  });

  it("says nothing where a role is somebody else's", () => {
    expect(
      readWorldEvent("GUILD_ROLE_UPDATE", { guild_id: "1", role: { id: "5", tags: { bot_id: "7" } } }, BOT),
    ).toBeNull();
  });
});

describe("READY", () => {
  const ready = {
    session_id: "s",
    resume_gateway_url: "wss://gateway-us-east1-b.discord.gg",
    user: { id: BOT, username: "claw" },
    application: { id: "900000000000000001" },
  };

  it("tells who we are and how to resume", () => {
    expect(readReady(ready)).toEqual({
      session: { id: "s", resumeUrl: ready.resume_gateway_url },
      self: { applicationId: "900000000000000001", userId: BOT, username: "claw" },
    });
  });

  it.each(["session_id", "resume_gateway_url", "user", "application"])("is none without %s", (field) => {
    expect(readReady({ ...ready, [field]: undefined })).toBeNull();
  });
});
