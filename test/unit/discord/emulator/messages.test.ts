import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bot, type Bot } from "./bot.ts";

let claw: Bot;
beforeEach(async () => {
  claw = await bot();
});
afterEach(() => claw.close());

describe("writing a message", () => {
  it("is shown in the channel and answered with the message", async () => {
    const { status, json } = await claw.call("POST", `/channels/${claw.channel}/messages`, { content: "hello" });
    expect(status).toBe(200);
    expect(json).toMatchObject({ content: "hello", channel_id: claw.channel, author: { id: claw.discord.me.id } });
    expect(claw.discord.shown(claw.channel)).toMatchObject([{ content: "hello", state: "written" }]);
  });
});
