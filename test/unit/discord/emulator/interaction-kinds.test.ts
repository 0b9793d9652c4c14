import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { isObject, type Json } from "../../../emulators/discord/json.ts";
import { refused, type Says, startBot, startEndpoint } from "./bot.ts";

const FIXTURES = resolve(import.meta.dirname, "../../../../../shared/fixtures/discord/split");
const BUTTONS = [
  {
    type: 1,
    components: [
      { type: 2, style: 1, label: "Yes", custom_id: "yes" },
      { type: 2, style: 1, label: "No", custom_id: "no", disabled: true },
    ],
  },
];

async function world(says: Says) {
  const bot = await startBot();
  bot.discord.setEndpoint(await startEndpoint(bot.discord, says));
  return bot;
}

describe("a button", () => {
  it("sends its id and message when it is pressed, and cannot be pressed when it is not there or disabled", async () => {
    const { discord, ann, call, write, channel } = await world(() => ({ type: 6 }));
    const id = await write({ content: "a", components: BUTTONS });
    const { failed, interaction, token } = await ann.presses(id, "Yes", { in: channel });
    expect(failed).toBeNull();
    expect(interaction).toMatchObject({
      type: 3,
      data: { custom_id: "yes", component_type: 2, id: 2 },
      message: { id },
    });
    expect(discord.shown(channel)).toMatchObject([{ content: "a", isEdited: false }]);
    const original = `/webhooks/${discord.applicationId}/${token}/messages/@original`;
    expect((await call("PATCH", original, { content: "b", components: [] })).json["id"]).toBe(id);
    await expect(ann.presses(id, "Yes", { in: channel })).rejects.toThrow("no button");
    const again = await write({ content: "a", components: BUTTONS });
    await expect(ann.presses(again, "No", { in: channel })).rejects.toThrow("no button");
  });

  it("can be answered by changing its message, or by a new one", async () => {
    const { discord, ann, write, channel } = await world(({ json }) =>
      isObject(json["data"]) && json["data"]["custom_id"] === "yes"
        ? { type: 7, data: { content: "chosen", components: [] } }
        : { type: 4, data: { content: "new", flags: 64 } },
    );
    const id = await write({ content: "a", components: BUTTONS });
    await ann.sendsPress(id, "gone", { in: channel });
    await ann.presses(id, "Yes", { in: channel });
    expect(discord.shown(channel)).toMatchObject([
      { id, content: "chosen", buttons: [], isEdited: true },
      { content: "new", ephemeralFor: ann.id },
    ]);
  });
});

describe("a command", () => {
  it("of the menu of a message brings the message along", async () => {
    const { ann, channel } = await world(() => ({ type: 5 }));
    const { id } = ann.says("look", { in: channel });
    const { interaction } = await ann.usesOn(id, "Ask about this", { in: channel });
    expect(interaction["data"]).toMatchObject({
      type: 3,
      name: "Ask about this",
      target_id: id,
      resolved: { messages: { [id]: { content: "look", author: { id: ann.id } } } },
    });
  });

  it("brings its options along, files by links", async () => {
    const { ann } = await world(() => ({ type: 5 }));
    const file = { name: "a.txt", content: "x" };
    const { interaction } = await ann.uses("ask", { text: "hi", deep: true, times: 2, file });
    const { options, resolved } = interaction["data"] as {
      options: Json[];
      resolved: { attachments: Record<string, Json> };
    };
    expect(options.map(({ name, type }) => [name, type])).toEqual([
      ["text", 3],
      ["deep", 5],
      ["times", 4],
      ["file", 11],
    ]);
    const attachment = resolved.attachments[String(options[3]!["value"])];
    expect(await (await fetch(String(attachment!["url"]))).text()).toBe("x");
  });

  it("is offered as it was registered, and nothing else then", async () => {
    const { discord, ann, call, channel } = await world(() => ({ type: 5 }));
    const option = { type: 3, name: "text", description: "d", required: true };
    await call("PUT", `/applications/${discord.applicationId}/commands`, [
      { name: "ask", description: "d", options: [option] },
      { name: "pair", description: "d", contexts: [1] },
    ]);
    const [ask] = discord.commands();
    const { interaction } = await ann.uses("ask", { text: "hi" }, { in: channel });
    expect(interaction["data"]).toMatchObject({ id: ask?.["id"] });
    await expect(ann.uses("ask", {})).rejects.toThrow("wants text");
    await expect(ann.uses("ask", { text: "a", other: "b" })).rejects.toThrow("no option other");
    await expect(ann.uses("nothing")).rejects.toThrow("no command nothing");
    await expect(ann.uses("pair", {}, { in: channel })).rejects.toThrow("not offered");
    expect(await ann.uses("pair")).toMatchObject({ failed: null });
  });

  it("suggests what can be typed", async () => {
    const { ann } = await world(() => ({ type: 8, data: { choices: [{ name: "Big", value: "big" }] } }));
    const { choices, interaction } = await ann.types("model", "name", "bi");
    expect(choices).toEqual(["big"]);
    expect(interaction).toMatchObject({ type: 4, data: { options: [{ name: "name", value: "bi", focused: true }] } });
  });

  it("can show a form, which is sent off as an interaction of its own", async () => {
    const components = [{ type: 18, label: "Why", component: { type: 4, custom_id: "why", style: 1 } }];
    const { ann } = await world(({ json }) =>
      json["type"] === 5
        ? { type: 4, data: { content: "thanks", flags: 64 } }
        : { type: 9, data: { custom_id: "form", title: "A form", components } },
    );
    expect(await ann.uses("ask")).toMatchObject({ failed: null, modal: { custom_id: "form" } });
    const sent = await ann.submits("form", { why: "because" });
    expect(sent).toMatchObject({ failed: null, interaction: { type: 5, data: { custom_id: "form" } } });
    expect(JSON.stringify(sent.interaction["data"])).toContain('"value":"because"');
  });
});

describe("where an interaction comes from", () => {
  it("is told: guild, conversation with the bot, conversation without it", async () => {
    const { discord, ann, guild, channel } = await world(() => ({ type: 5 }));
    const bob = discord.addPerson({ username: "bob" });
    const inGuild = (await ann.uses("ask", {}, { in: channel })).interaction;
    expect(inGuild).toMatchObject({
      context: 0,
      guild_id: guild,
      member: { user: { id: ann.id } },
      authorizing_integration_owners: { "0": guild },
    });
    expect(inGuild["user"]).toBeUndefined();
    const direct = (await ann.uses("ask")).interaction;
    expect(direct).toMatchObject({ context: 1, user: { id: ann.id }, authorizing_integration_owners: { "0": "0" } });
    expect(direct["guild_id"] ?? direct["member"]).toBeUndefined();
    const between = (await ann.uses("ask", {}, { in: discord.addPrivate(ann, bob) })).interaction;
    expect(between).toMatchObject({
      context: 2,
      channel: { type: 1 },
      authorizing_integration_owners: { "1": ann.id },
    });
    const group = discord.addPrivate(ann, bob, discord.addPerson());
    expect((await ann.uses("ask", {}, { in: group })).interaction).toMatchObject({ context: 2, channel: { type: 3 } });
  });

  it("has the bot's permissions in it", async () => {
    const { discord, ann, channel } = await world(() => ({ type: 5 }));
    const permissions = async () =>
      BigInt(String((await ann.uses("ask", {}, { in: channel })).interaction["app_permissions"]));
    expect((await permissions()) & (1n << 11n)).toBe(1n << 11n);
    discord.deny(channel, "SEND_MESSAGES");
    expect((await permissions()) & (1n << 11n)).toBe(0n);
  });
});

describe("without an endpoint", () => {
  it("an interaction comes over the Gateway and is answered by a call", async () => {
    const { discord, ann, call, channel, guild } = await startBot();
    const told: Json[] = [];
    discord.world.onEvent(({ t, d, guildId }) => t === "INTERACTION_CREATE" && told.push({ ...d, guildId }));
    const asked = ann.uses("ask", {}, { in: channel });
    await expect.poll(() => told.length).toBe(1);
    expect(told[0]).toMatchObject({ type: 2, guildId: guild });
    const callback = `/interactions/${String(told[0]!["id"])}/${String(told[0]!["token"])}/callback`;
    expect(await call("POST", `/interactions/1/${String(told[0]!["token"])}/callback`, { type: 5 })).toMatchObject(
      refused(404, 10_062),
    );
    expect(await call("POST", callback, { type: 8 })).toMatchObject(refused(400, 50_035));
    const answered = await call("POST", `${callback}?with_response=true`, { type: 4, data: { content: "a" } });
    expect(answered).toMatchObject({ status: 200, json: { interaction: { type: 2 } } });
    expect(await asked).toMatchObject({ failed: null, status: null });
    expect(discord.posts).toEqual([]);
  });

  it("an answer after three seconds comes too late", async () => {
    let now = 1_790_000_000_000;
    const { discord, ann, call } = await startBot({ now: () => now });
    const told: Json[] = [];
    discord.world.onEvent(({ d }) => told.push(d));
    const asked = ann.uses("ask");
    now += 3_001;
    expect(await asked).toMatchObject({ failed: "no answer in time" });
    const callback = `/interactions/${String(told[0]!["id"])}/${String(told[0]!["token"])}/callback`;
    expect(await call("POST", callback, { type: 5 })).toMatchObject(refused(404, 10_062));
  });
});

describe("payloads", () => {
  it("have the fields of those that were captured", async (ctx) => {
    if (!existsSync(FIXTURES)) {
      console.warn(`SKIPPED: the captured payloads are not there (${FIXTURES})`);
      return ctx.skip();
    }
    const read = (name: string): Json => JSON.parse(readFileSync(resolve(FIXTURES, `${name}.json`), "utf8"));
    const { discord, ann, call, channel } = await world(() => ({ type: 6 }));
    const events: Json[] = [];
    discord.world.onEvent(({ d }) => events.push(d));
    ann.says(`<@${discord.me.id}> hey`, { in: channel });
    const thread = ann.opensThread("t", { in: channel });
    const { json } = await call("POST", `/channels/${thread}/messages`, { content: "a", components: BUTTONS });
    const { interaction } = await ann.presses(String(json["id"]), "Yes", { in: thread });
    expect(missing(read("buttonClickHello"), interaction)).toEqual(["channel.member", "channel.member_ids_preview"]);
    expect(missing(dataOf(read("gatewayMention")), events[0]!)).toEqual([]);
    expect(missing(dataOf(read("gatewayThreadCreate")), events[1]!)).toEqual([]);
  });
});

function dataOf(frame: Json): Json {
  return isObject(frame["data"]) ? frame["data"] : {};
}

/** The fields that the first has and the second has not; of lists the first elements count. */
function missing(wanted: unknown, given: unknown, at = ""): readonly string[] {
  if (Array.isArray(wanted) && Array.isArray(given)) {
    return wanted.length > 0 && given.length > 0 ? missing(wanted[0], given[0], `${at}[]`) : [];
  }
  if (!isObject(wanted) || !isObject(given)) return [];
  return Object.entries(wanted).flatMap(([key, inner]) => {
    const path = at === "" ? key : `${at}.${key}`;
    // Ids are keys there.
    if (/^\d+$/u.test(key)) return [];
    return key in given ? missing(inner, given[key], path) : [path];
  });
}
