import { describe, expect, it } from "vitest";
import { chatOfKey, DISCORD_PLACES, discordChat, discordPlaceOf, sessionOf, WEB_CHAT } from "./chats.ts";

describe("a chat", () => {
  it.each([WEB_CHAT, 7, 1_000, 50_000, -1_000, ...DISCORD_PLACES.map((place) => discordChat(place, 27))])(
    "is found by the key of its session: %d",
    (chat) => {
      expect(chatOfKey(sessionOf(chat))).toBe(chat);
    },
  );

  it("on Discord is found by the keys of its threads and of its people's conversations", () => {
    const [thread, direct] = [discordChat("said_thread", 3), discordChat("asked_direct", 4)];
    expect(chatOfKey(sessionOf(thread, "1457536583141163186"))).toBe(thread);
    expect(chatOfKey(`agent:main:person:discord-${direct}`)).toBe(direct);
  });

  it("on Discord is of the kind that it was made as, and no other chat is on Discord", () => {
    expect(DISCORD_PLACES.map((place) => discordPlaceOf(discordChat(place, 999)))).toEqual(DISCORD_PLACES);
    expect([WEB_CHAT, 1_000, -1_000].map(discordPlaceOf)).toEqual([null, null, null]);
  });
});
