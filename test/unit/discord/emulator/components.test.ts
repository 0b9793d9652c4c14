import { describe, expect, it } from "vitest";
import { refused, startBot } from "./bot.ts";

const button = (id: string, more: object = {}) => ({ type: 2, style: 1, label: id, custom_id: id, ...more });
const row = (...components: readonly object[]) => ({ type: 1, components });
const buttons = (count: number) => Array.from({ length: count }, (_, index) => button(`b${index}`));

describe("buttons", () => {
  it("are shown in their order, with the numbers that Discord gives them", async () => {
    const { discord, write, channel } = await startBot();
    await write({
      content: "a",
      components: [row(button("Yes"), button("No", { disabled: true })), row(button("Later"))],
    });
    expect(discord.shown(channel)[0]?.buttons).toEqual([
      { label: "Yes", customId: "Yes", isDisabled: false, id: 2 },
      { label: "No", customId: "No", isDisabled: true, id: 3 },
      { label: "Later", customId: "Later", isDisabled: false, id: 5 },
    ]);
  });

  it("may be in five rows of five", async () => {
    const { discord, write, channel } = await startBot();
    const rows = Array.from({ length: 5 }, (_, at) =>
      row(...buttons(5).map((one) => ({ ...one, custom_id: `${at}${one.label}` }))),
    );
    await write({ content: "a", components: rows });
    expect(discord.shown(channel)[0]?.buttons).toHaveLength(25);
  });

  it("may be links", async () => {
    const { discord, write, channel } = await startBot();
    await write({ content: "a", components: [row({ type: 2, style: 5, label: "docs", url: "https://example.com" })] });
    expect(discord.shown(channel)[0]?.buttons).toMatchObject([{ customId: null }]);
  });

  it.each([
    ["six in a row", [row(...buttons(6))]],
    ["none in a row", [row()]],
    ["six rows", buttons(6).map((one) => row(one))],
    ["the same id twice", [row(button("a"), button("a", { label: "b" }))]],
    ["an id of 101 characters", [row(button("x".repeat(101), { label: "a" }))]],
    ["no id", [row(button("a", { custom_id: undefined }))]],
    ["no label", [row(button("a", { label: undefined }))]],
    ["a label of 81 characters", [row(button("a", { label: "x".repeat(81) }))]],
    ["a link with an id", [row(button("a", { style: 5, url: "https://example.com" }))]],
    ["a link without an address", [row({ type: 2, style: 5, label: "a" })]],
  ])("are refused with %s", async (_what, components) => {
    const { discord, call, channel } = await startBot();
    const answer = await call("POST", `/channels/${channel}/messages`, { content: "a", components });
    expect(answer).toMatchObject(refused(400, 50_035));
    expect(discord.shown(channel)).toEqual([]);
    expect(discord.violations).toHaveLength(1);
  });
});

describe("reactions", () => {
  const path = (channel: string, id: string, emoji: string) =>
    `/channels/${channel}/messages/${id}/reactions/${encodeURIComponent(emoji)}/@me`;

  it("are shown, told once, and taken away again", async () => {
    const { discord, ann, call, channel, guild } = await startBot();
    const { id } = ann.says("a", { in: channel });
    const events: unknown[] = [];
    discord.world.onEvent(({ t, d }) => events.push([t, d["emoji"], d["guild_id"]]));
    expect(await call("PUT", path(channel, id, "👀"))).toMatchObject({ status: 204 });
    expect(await call("PUT", path(channel, id, "👀"))).toMatchObject({ status: 204 });
    expect(discord.shown(channel)[0]?.reactions).toEqual({ "👀": [discord.me.id] });
    const { json } = await call("GET", `/channels/${channel}/messages/${id}`);
    expect(json["reactions"]).toMatchObject([{ count: 1, me: true, emoji: { id: null, name: "👀" } }]);
    expect(await call("DELETE", path(channel, id, "👀"))).toMatchObject({ status: 204 });
    expect(discord.shown(channel)[0]?.reactions).toEqual({});
    const emoji = { id: null, name: "👀" };
    expect(events).toEqual([
      ["MESSAGE_REACTION_ADD", emoji, guild],
      ["MESSAGE_REACTION_REMOVE", emoji, guild],
    ]);
  });

  it("are refused to messages that are not there", async () => {
    const { call, channel } = await startBot();
    expect(await call("PUT", path(channel, "1", "👀"))).toMatchObject(refused(404, 10_008));
    expect(await call("PUT", path("1", "1", "👀"))).toMatchObject(refused(404, 10_003));
  });

  it("must be one emoji", async () => {
    const { ann, call, channel } = await startBot();
    const { id } = ann.says("a", { in: channel });
    for (const emoji of ["x", "👀👀", "nope:1"]) {
      expect(await call("PUT", path(channel, id, emoji))).toMatchObject(refused(400, 10_014));
    }
  });

  it("are at most twenty different ones", async () => {
    const { ann, call, channel } = await startBot();
    const { id } = ann.says("a", { in: channel });
    const emojis = Array.from({ length: 21 }, (_, index) => String.fromCodePoint(0x1f600 + index));
    for (const emoji of emojis.slice(0, 20)) ann.reacts(id, emoji, { in: channel });
    expect(await call("PUT", path(channel, id, emojis[20]!))).toMatchObject(refused(400, 30_010));
    expect(await call("PUT", path(channel, id, emojis[0]!))).toMatchObject({ status: 204 });
  });

  it("need permissions: one to see the message, one to be the first", async () => {
    const { discord, ann, call, channel } = await startBot();
    const { id } = ann.says("a", { in: channel });
    ann.reacts(id, "👍", { in: channel });
    discord.deny(channel, "ADD_REACTIONS");
    expect(await call("PUT", path(channel, id, "👀"))).toMatchObject(refused(403, 50_013));
    expect(await call("PUT", path(channel, id, "👍"))).toMatchObject({ status: 204 });
    discord.deny(channel, "READ_MESSAGE_HISTORY");
    expect(await call("PUT", path(channel, id, "👍"))).toMatchObject(refused(403, 50_013));
    expect(await call("PUT", path(channel, "1", "👍"))).toMatchObject(refused(403, 50_013));
  });
});

describe("threads", () => {
  it("begin at a message, with its id, and are told with the message that they begin with", async () => {
    const { discord, ann, call, write, channel, guild } = await startBot();
    const { id } = ann.says("a", { in: channel });
    expect(await call("GET", `/channels/${id}`)).toMatchObject(refused(404, 10_003));
    const events: unknown[] = [];
    discord.world.onEvent(({ t, d }) => events.push([t, d["id"], d["type"]]));
    const opened = await call("POST", `/channels/${channel}/messages/${id}/threads`, { name: "talk" });
    const fields = { id, type: 11, parent_id: channel, guild_id: guild, name: "talk", owner_id: discord.me.id };
    expect(opened).toMatchObject({ status: 201, json: fields });
    expect(opened.json["thread_metadata"]).toMatchObject({ archived: false, locked: false });
    expect((await call("GET", `/channels/${channel}/messages/${id}`)).json).toMatchObject({ flags: 32 });
    await write({ content: "in it" }, id);
    expect(discord.answers(id)).toMatchObject([{ type: 21, content: "" }, { content: "in it" }]);
    const [starter, said] = discord.answers(id);
    expect(events).toEqual([
      ["THREAD_CREATE", id, 11],
      ["MESSAGE_UPDATE", id, 0],
      ["MESSAGE_CREATE", starter?.id, 21],
      ["MESSAGE_CREATE", said?.id, 0],
    ]);
  });

  it("begin once at a message", async () => {
    const { ann, call, channel } = await startBot();
    const path = `/channels/${channel}/messages/${ann.says("a", { in: channel }).id}/threads`;
    await call("POST", path, { name: "talk" });
    expect(await call("POST", path, { name: "talk" })).toMatchObject(refused(400, 160_004));
  });

  it("are refused in direct conversations and in threads, without a message, permission or name", async () => {
    const { discord, ann, call, channel } = await startBot();
    const open = (where: string, id: string, name = "talk") =>
      call("POST", `/channels/${where}/messages/${id}/threads`, { name });
    expect(await open(ann.dm, ann.says("a").id)).toMatchObject(refused(400, 50_024));
    const thread = ann.opensThread("one", { in: channel });
    expect(await open(thread, ann.says("a", { in: thread }).id)).toMatchObject(refused(400, 50_024));
    expect(await open(channel, "1")).toMatchObject(refused(404, 10_008));
    const { id } = ann.says("b", { in: channel });
    expect(await open(channel, id, "x".repeat(101))).toMatchObject(refused(400, 50_035));
    discord.deny(channel, "CREATE_PUBLIC_THREADS");
    expect(await open(channel, id)).toMatchObject(refused(403, 50_013));
  });

  it("have the permissions of their channel", async () => {
    const { discord, ann, call, channel } = await startBot();
    const before = ann.opensThread("one", { in: channel });
    discord.deny(channel, "SEND_MESSAGES_IN_THREADS");
    const after = ann.opensThread("two", { in: channel });
    for (const thread of [before, after]) {
      expect(await call("POST", `/channels/${thread}/messages`, { content: "a" })).toMatchObject(refused(403, 50_013));
    }
    expect(await call("POST", `/channels/${channel}/messages`, { content: "a" })).toMatchObject({ status: 200 });
  });
});
