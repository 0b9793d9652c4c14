import { describe, expect, it } from "vitest";
import { refused, startBot } from "./bot.ts";

describe("reading messages", () => {
  it("gives the newest first, as many as asked for, before or after one", async () => {
    const { ann, call, channel } = await startBot();
    const ids = ["a", "b", "c", "d"].map((text) => ann.says(text, { in: channel }).id);
    const read = async (query: string) => {
      const { list } = await call("GET", `/channels/${channel}/messages${query}`);
      return list.map(({ content }) => content);
    };
    expect(await read("")).toEqual(["d", "c", "b", "a"]);
    expect(await read("?limit=100")).toHaveLength(4);
    expect(await read("?limit=2")).toEqual(["d", "c"]);
    expect(await read(`?limit=2&after=${ids[0]}`)).toEqual(["c", "b"]);
    expect(await read(`?limit=2&before=${ids[3]}`)).toEqual(["c", "b"]);
  });

  it.each(["limit=0", "limit=101", "limit=x", "after=x"])("refuses %s", async (query) => {
    const { call, channel } = await startBot();
    expect(await call("GET", `/channels/${channel}/messages?${query}`)).toMatchObject(refused(400, 50_035));
  });

  it("is empty where the bot may not read what was before", async () => {
    const { discord, ann, call, channel } = await startBot();
    const { id } = ann.says("a", { in: channel });
    discord.deny(channel, "READ_MESSAGE_HISTORY");
    expect(await call("GET", `/channels/${channel}/messages`)).toMatchObject({ status: 200, list: [] });
    expect(await call("GET", `/channels/${channel}/messages/${id}`)).toMatchObject(refused(403, 50_013));
  });

  it("does not tell the nonce any more, unless it is told to", async () => {
    for (const tellsNonceLater of [undefined, true]) {
      const { call, write, channel } = await startBot(tellsNonceLater ? { tellsNonceLater } : {});
      const id = await write({ content: "a", nonce: "n" });
      const { json } = await call("GET", `/channels/${channel}/messages/${id}`);
      expect(json["nonce"]).toBe(tellsNonceLater ? "n" : undefined);
    }
  });

  it("hides what others write in guilds from a bot without the privileged intent", async () => {
    const { discord, ann, call, write, channel } = await startBot({ mayReadContent: false });
    ann.says("secret", { in: channel });
    ann.says(`<@${discord.me.id}> for you`, { in: channel });
    await write({ content: "mine" });
    const { list } = await call("GET", `/channels/${channel}/messages`);
    expect(list.map(({ content }) => content)).toEqual(["mine", `<@${discord.me.id}> for you`, ""]);
    expect(list.every((message) => !("guild_id" in message))).toBe(true);
    ann.says("direct");
    expect((await call("GET", `/channels/${ann.dm}/messages`)).list).toMatchObject([{ content: "direct" }]);
    expect((await call("GET", "/applications/@me")).json["flags"]).toBe(0);
  });

  it("says of a message that is gone or was never there that it is unknown", async () => {
    const { ann, call, channel } = await startBot();
    const { id } = ann.says("a", { in: channel });
    ann.deletes(id, { in: channel });
    expect(await call("GET", `/channels/${channel}/messages/${id}`)).toMatchObject(refused(404, 10_008));
  });
});

describe("changing a message", () => {
  it("is done to our own, and shown as an edit that calls nobody", async () => {
    const { discord, call, write, channel } = await startBot();
    const id = await write({ content: "a", allowed_mentions: { parse: [] } });
    const { status, json } = await call("PATCH", `/channels/${channel}/messages/${id}`, { content: "b <@7>" });
    expect(status).toBe(200);
    expect(json["edited_timestamp"]).toBeTypeOf("string");
    expect(json["mentions"]).toMatchObject([{ id: "7" }]);
    expect(discord.shown(channel)).toMatchObject([{ content: "b <@7>", isEdited: true, pings: { users: [] } }]);
  });

  it("keeps what is not named, and refuses to leave nothing", async () => {
    const { call, write, channel } = await startBot();
    const button = { type: 2, style: 1, label: "Yes", custom_id: "y" };
    const id = await write({ content: "a", components: [{ type: 1, components: [button] }] });
    const path = `/channels/${channel}/messages/${id}`;
    expect((await call("PATCH", path, { content: "b" })).json["components"]).toHaveLength(1);
    expect((await call("PATCH", path, { components: [] })).json).toMatchObject({ content: "b", components: [] });
    expect(await call("PATCH", path, { content: "" })).toMatchObject(refused(400, 50_006));
  });

  it("is refused for those of others", async () => {
    const { ann, call, channel } = await startBot();
    const { id } = ann.says("a", { in: channel });
    expect(await call("PATCH", `/channels/${channel}/messages/${id}`, { content: "b" })).toMatchObject(
      refused(403, 50_005),
    );
    expect(await call("PATCH", `/channels/${channel}/messages/1`, { content: "b" })).toMatchObject(
      refused(404, 10_008),
    );
  });
});

describe("deleting a message", () => {
  it("takes away our own, and those of others with the permission only", async () => {
    const { discord, ann, call, write, channel } = await startBot();
    const own = await write({ content: "a" });
    expect(await call("DELETE", `/channels/${channel}/messages/${own}`)).toMatchObject({ status: 204 });
    const { id } = ann.says("a", { in: channel });
    discord.deny(channel, "MANAGE_MESSAGES");
    expect(await call("DELETE", `/channels/${channel}/messages/${id}`)).toMatchObject(refused(403, 50_013));
    const direct = ann.says("b").id;
    expect(await call("DELETE", `/channels/${ann.dm}/messages/${direct}`)).toMatchObject(refused(403, 50_003));
  });
});

describe("typing", () => {
  it("is shown for ten seconds, or until a message comes", async () => {
    let now = 1_790_000_000_000;
    const { discord, call, write, channel } = await startBot({ now: () => now });
    expect(await call("POST", `/channels/${channel}/typing`)).toMatchObject({ status: 204 });
    now += 9_999;
    expect(discord.isTyping(channel)).toBe(true);
    now += 1;
    expect(discord.isTyping(channel)).toBe(false);
    await call("POST", `/channels/${channel}/typing`);
    await write({ content: "a" });
    expect(discord.isTyping(channel)).toBe(false);
  });
});
