import { describe, expect, it } from "vitest";
import type { Json } from "../../../emulators/discord/json.ts";
import { refused, startBot, startEndpoint } from "./bot.ts";

const PONG = { type: 1 };

describe("setting the interactions endpoint", () => {
  it("is done when a ping gets a pong and a forged one 401", async () => {
    const { discord, call } = await startBot();
    const pings: Json[] = [];
    const url = await startEndpoint(discord, ({ json }) => {
      pings.push(json);
      return PONG;
    });
    const { status, json } = await call("PATCH", "/applications/@me", { interactions_endpoint_url: url });
    expect({ status, json }).toMatchObject({ status: 200, json: { interactions_endpoint_url: url } });
    expect(pings).toMatchObject([{ type: 1, application_id: discord.applicationId, version: 1 }]);
    expect(discord.posts.map((post) => post.status)).toEqual([200, 401]);
    expect((await call("GET", "/applications/@me")).json).toMatchObject({
      interactions_endpoint_url: url,
      verify_key: discord.publicKey,
    });
    await call("PATCH", "/applications/@me", { interactions_endpoint_url: null });
    expect(discord.interactionsUrl).toBeNull();
  });

  it.each([
    ["answers something else", { type: 5 }],
    ["does not answer with JSON", { status: 200, text: "pong" }],
    ["fails", { status: 500, text: '{"type":1}' }],
  ])("is refused when the endpoint %s", async (_what, says) => {
    const { discord, call } = await startBot();
    const url = await startEndpoint(discord, () => says);
    expect(await call("PATCH", "/applications/@me", { interactions_endpoint_url: url })).toMatchObject({
      status: 400,
      json: {
        code: 50_035,
        errors: { interactions_endpoint_url: { _errors: [{ code: "APPLICATION_INTERACTIONS_ENDPOINT_URL_INVALID" }] } },
      },
    });
    expect(discord.interactionsUrl).toBeNull();
  });

  it("is refused when the endpoint takes what is forged", async () => {
    const { discord, call } = await startBot();
    const url = await startEndpoint(discord, () => PONG, { isCareless: true });
    expect(await call("PATCH", "/applications/@me", { interactions_endpoint_url: url })).toMatchObject(
      refused(400, 50_035),
    );
    expect(discord.posts.map((post) => post.status)).toEqual([200, 200]);
  });
});

describe("the routine probe", () => {
  it("keeps an endpoint that refuses what is forged", async () => {
    const { discord } = await startBot();
    discord.setEndpoint(await startEndpoint(discord, () => PONG));
    expect(await discord.probe()).toBe(true);
    expect(discord.interactionsUrl).not.toBeNull();
  });

  it("removes one that does not", async () => {
    const { discord } = await startBot();
    discord.setEndpoint(await startEndpoint(discord, () => PONG, { isCareless: true }));
    expect(await discord.probe()).toBe(false);
    expect(discord.interactionsUrl).toBeNull();
  });
});

describe("delivering a body of choice", () => {
  it("signs it as it is, for a time of choice", async () => {
    const { discord } = await startBot({ now: () => 1_790_000_000_500 });
    discord.setEndpoint(await startEndpoint(discord, ({ json }) => json));
    const post = await discord.deliver('{"a": "ä"}', 1_789_999_640_999);
    expect(post).toMatchObject({ status: 200, answer: '{"a":"ä"}', body: '{"a": "ä"}' });
    expect(post.headers["x-signature-timestamp"]).toBe("1789999640");
    expect((await discord.deliver({ b: 1 })).headers["x-signature-timestamp"]).toBe("1790000000");
    expect(discord.publicKey).toMatch(/^[\da-f]{64}$/u);
  });

  it("needs an endpoint", async () => {
    const { discord } = await startBot();
    await expect(discord.deliver({})).rejects.toThrow("no interactions endpoint");
  });
});
