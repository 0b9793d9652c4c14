import { describe, expect, it } from "vitest";
import { answering, DEFERRED } from "./answering.ts";
import { refused } from "./bot.ts";

describe("the token of an interaction", () => {
  it("changes and deletes what came by it, and nothing else", async () => {
    const { discord, ann, call, write, webhook, original, channel } = await answering({
      type: 4,
      data: { content: "a" },
    });
    const { token } = await ann.uses("ask", {}, { in: channel });
    const { json } = await call("POST", webhook(token), { content: "b" });
    const path = `${webhook(token)}/messages/${String(json["id"])}`;
    expect((await call("PATCH", path, { content: "c" })).status).toBe(200);
    expect((await call("GET", path)).json["content"]).toBe("c");
    expect((await call("DELETE", path)).status).toBe(204);
    expect(await call("GET", path)).toMatchObject(refused(404, 10_008));
    const other = await write({ content: "d" });
    expect(await call("PATCH", `${webhook(token)}/messages/${other}`, { content: "e" })).toMatchObject(
      refused(404, 10_008),
    );
    expect((await call("DELETE", original(token))).status).toBe(204);
    expect(await call("PATCH", original(token), { content: "f" })).toMatchObject(refused(404, 10_008));
    expect(discord.shown(channel)).toMatchObject([{ content: "d" }]);
  });

  it("needs no token of the bot, but the right application", async () => {
    const { ann, call, webhook, original } = await answering(DEFERRED);
    const { token } = await ann.uses("ask");
    const asNobody = { authorization: "" };
    expect((await call("POST", webhook(token), { content: "a" }, asNobody)).status).toBe(200);
    expect((await call("GET", original(token), undefined, asNobody)).status).toBe(200);
    expect((await call("PATCH", original(token), { content: "b" }, asNobody)).status).toBe(200);
    expect((await call("DELETE", original(token), undefined, asNobody)).status).toBe(204);
    expect(await call("POST", "/interactions/1/2/callback", DEFERRED, asNobody)).toMatchObject(refused(404, 10_062));
    expect(await call("POST", `/webhooks/1/${token}`, { content: "a" })).toMatchObject(refused(404, 10_015));
    expect(await call("POST", webhook("unknown"), { content: "a" })).toMatchObject(refused(404, 10_015));
  });

  it("allows five more messages where the bot is only in the account of the person", async () => {
    const { discord, ann, call, webhook, original } = await answering(DEFERRED);
    const channel = discord.addChannel(discord.addGuild({ members: [ann], hasBot: false }));
    const { token, interaction } = await ann.uses("ask", {}, { in: channel });
    expect(interaction["authorizing_integration_owners"]).toEqual({ "1": ann.id });
    await call("PATCH", original(token), { content: "a" });
    for (let index = 0; index < 5; index += 1)
      expect((await call("POST", webhook(token), { content: "b" })).status).toBe(200);
    expect(await call("POST", webhook(token), { content: "c" })).toMatchObject(refused(400, 40_094));
    expect(await call("POST", `/channels/${channel}/messages`, { content: "d" })).toMatchObject(refused(403, 50_001));
  });

  it("allows as many as there are where the bot is", async () => {
    const { ann, call, webhook, channel } = await answering({ type: 4, data: { content: "a" } });
    const { token } = await ann.uses("ask", {}, { in: channel });
    for (let index = 0; index < 6; index += 1)
      expect((await call("POST", webhook(token), { content: "b" })).status).toBe(200);
  });
});
