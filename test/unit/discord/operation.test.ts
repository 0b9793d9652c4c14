import { describe, expect, it } from "vitest";
import {
  fetchChannel,
  fetchMessagesAfter,
  postCallback,
  readDiscord,
  readGateway,
  setInteractionsEndpoint,
} from "../../../worker/channels/discord/operation.ts";
import { callsOf, failure, settingsOf, startScene } from "./outgoing.ts";

describe("readDiscord", () => {
  it("tells who the application and its bot are, and how to let them in with what they need", async () => {
    const { emulator } = await startScene();
    const { application, bot, installUrl } = await readDiscord(settingsOf(emulator));
    expect(application).toMatchObject({ id: emulator.applicationId, interactionsEndpointUrl: null });
    expect(bot).toEqual({ id: emulator.me.id, username: emulator.me.username });
    const { origin, pathname, searchParams } = new URL(installUrl);
    expect([origin + pathname, searchParams.get("client_id"), searchParams.get("scope")]).toEqual([
      "https://discord.com/oauth2/authorize",
      emulator.applicationId,
      "bot applications.commands",
    ]);
    const permissions = BigInt(searchParams.get("permissions") ?? 0);
    const has = (bit: number) => (permissions & (1n << BigInt(bit))) !== 0n;
    expect([6, 10, 11, 14, 15, 16, 35, 38, 46].every(has)).toBe(true);
    expect([3, 4, 5, 13, 17].some(has)).toBe(false); // administrator, managing channels, guild or messages, @everyone
    expect(emulator.violations).toEqual([]);
  });
});

describe("setInteractionsEndpoint", () => {
  it("takes an endpoint away, and is refused one that does not answer as it must", async () => {
    const { emulator } = await startScene();
    const settings = settingsOf(emulator);
    emulator.setEndpoint("https://claw.example/channels/discord");
    expect((await readDiscord(settings)).application.interactionsEndpointUrl).toBe(
      "https://claw.example/channels/discord",
    );
    await setInteractionsEndpoint(settings, null);
    expect(emulator.interactionsUrl).toBeNull();
    const error = await failure(setInteractionsEndpoint(settings, "http://127.0.0.1:9/"));
    expect(error.code).toBe("channel_refused");
    expect(emulator.interactionsUrl).toBeNull();
  });
});

describe("readGateway", () => {
  it("tells where it is and how many sessions may begin, or that the token is wrong", async () => {
    const limit = { total: 1_000, remaining: 900, reset_after: 14_400_000, max_concurrency: 1 };
    const { emulator } = await startScene({ gatewayUrl: () => "ws://127.0.0.1:1", sessionStartLimit: () => limit });
    const settings = settingsOf(emulator);
    expect(await readGateway(settings)).toMatchObject({
      url: "ws://127.0.0.1:1",
      starts: { total: 1_000, remaining: 900, resetAfterMs: 14_400_000, maxConcurrency: 1 },
    });
    emulator.resetToken();
    expect(await readGateway(settings)).toBeNull();
  });
});

describe("fetchChannel", () => {
  it("tells of a thread which channel it belongs to, and of what is closed to us nothing", async () => {
    const { emulator, ann, guild, channel } = await startScene();
    const settings = settingsOf(emulator);
    const thread = ann.opensThread("talk", { in: channel });
    expect(await fetchChannel(settings, thread)).toMatchObject({
      id: thread,
      type: 11,
      guildId: guild,
      parentId: channel,
      ownerId: ann.id,
    });
    emulator.deny(channel, "VIEW_CHANNEL");
    expect(await fetchChannel(settings, channel)).toBeNull();
    expect(await fetchChannel(settings, "999")).toBeNull();
    emulator.fail({ kind: "cut_before" });
    expect((await failure(fetchChannel(settings, thread))).code).toBe("channel_outcome_unknown");
  });
});

describe("fetchMessagesAfter", () => {
  it("reads what came next, oldest first, and nothing where we may not look", async () => {
    const { emulator, ann, channel } = await startScene();
    const settings = settingsOf(emulator);
    const ids = Array.from({ length: 130 }, (_, index) => ann.says(`message ${index}`, { in: channel }).id);
    const read = await fetchMessagesAfter(settings, channel, ids[4] ?? "", 3);
    expect(read?.map(({ id, content }) => [id, content])).toEqual(
      [5, 6, 7].map((index) => [ids[index], `message ${index}`]),
    );
    expect((await fetchMessagesAfter(settings, channel, ids[0] ?? ""))?.map(({ id }) => id)).toEqual(ids.slice(1, 101));
    expect((await fetchMessagesAfter(settings, channel, ids[100] ?? "", 500))?.map(({ id }) => id)).toEqual(
      ids.slice(101),
    );
    emulator.deny(channel, "VIEW_CHANNEL");
    expect(await fetchMessagesAfter(settings, channel, "0")).toBeNull();
    expect(emulator.violations).toEqual([]);
  });
});

describe("postCallback", () => {
  it("answers an interaction that came over the Gateway, without the bot's token, and once", async () => {
    const { emulator, ann, channel } = await startScene();
    const settings = settingsOf(emulator);
    const codes: unknown[] = [];
    emulator.world.onEvent(({ t, d }) => {
      if (t !== "INTERACTION_CREATE") return;
      const [id, token] = [String(d["id"]), String(d["token"])];
      const told = { type: 4, data: { content: "Not here.", flags: 64 } };
      codes.push(
        postCallback(settings, id, token, told).then(() => failure(postCallback(settings, id, token, told), token)),
      );
    });
    const message = ann.says("x", { in: channel });
    const outcome = await ann.sendsPress(message.id, "any", { in: channel });
    expect(outcome.failed).toBeNull();
    expect(await Promise.all(codes)).toMatchObject([{ code: "channel_refused" }]);
    expect(emulator.answers(channel)).toMatchObject([{ content: "Not here.", ephemeralFor: ann.id }]);
    expect(callsOf(emulator)[0]?.headers).not.toHaveProperty("authorization");
    expect(emulator.violations).toEqual([]);
  });
});
