import { describe, expect, it } from "vitest";
import { refused, startBot } from "./bot.ts";

const LIST = (channel: string) => `/channels/${channel}/messages`;

describe("writing a message", () => {
  it("shows it, answers with it, and tells the Gateway", async () => {
    const { discord, call, channel, guild } = await startBot();
    const events: unknown[] = [];
    discord.world.onEvent((event) => events.push(event));
    const answer = await call("POST", LIST(channel), { content: "hello", nonce: "n1" });
    expect((await call("GET", `/channels/${channel}`)).json["last_message_id"]).toBe(answer.json["id"]);
    expect(answer).toMatchObject({
      status: 200,
      json: { content: "hello", author: { id: discord.me.id }, nonce: "n1" },
    });
    expect(discord.shown(channel)).toMatchObject([{ content: "hello", state: "written", isBot: true }]);
    const told = { content: "hello", guild_id: guild, channel_type: 0, nonce: "n1" };
    expect(events).toMatchObject([{ t: "MESSAGE_CREATE", guildId: guild, d: told }]);
  });

  it("takes 2000 code points, not one more, and trims first", async () => {
    const { discord, call, channel } = await startBot();
    const most = "😀".repeat(2000);
    expect(await call("POST", LIST(channel), { content: ` ${most}\n` })).toMatchObject({ status: 200 });
    expect(discord.shown(channel)[0]?.content).toBe(most);
    expect(await call("POST", LIST(channel), { content: `${most}.` })).toMatchObject({
      status: 400,
      json: { code: 50_035, errors: { content: { _errors: [{ code: "BASE_TYPE_MAX_LENGTH" }] } } },
    });
    expect(discord.violations).toHaveLength(1);
  });

  it("refuses one that is empty, or only blank", async () => {
    const { call, channel } = await startBot();
    expect(await call("POST", LIST(channel), {})).toMatchObject(refused(400, 50_006));
    expect(await call("POST", LIST(channel), { content: " \n" })).toMatchObject(refused(400, 50_006));
  });

  it("refuses flags that a message cannot be sent with", async () => {
    const { call, channel } = await startBot();
    expect(await call("POST", LIST(channel), { content: "a", flags: 64 })).toMatchObject(refused(400, 50_035));
    const sent = await call("POST", LIST(channel), { content: "a", flags: 4 | 4096 });
    expect(sent).toMatchObject({ status: 200, json: { flags: 4 | 4096 } });
    const path = `${LIST(channel)}/${String(sent.json["id"])}`;
    expect((await call("PATCH", path, { content: "b" })).json["flags"]).toBe(4 | 4096);
    expect((await call("PATCH", path, { flags: 0 })).json["flags"]).toBe(4096);
  });

  it("is refused where the bot may not be, or not write", async () => {
    const { discord, ann, call, channel } = await startBot();
    expect(await call("POST", LIST("99"), { content: "a" })).toMatchObject(refused(404, 10_003));
    const elsewhere = discord.addChannel(discord.addGuild({ members: [ann], hasBot: false }));
    expect(await call("POST", LIST(elsewhere), { content: "a" })).toMatchObject(refused(403, 50_001));
    discord.deny(channel, "SEND_MESSAGES");
    expect(await call("POST", LIST(channel), { content: "a" })).toMatchObject(refused(403, 50_013));
    discord.deny(channel, "VIEW_CHANNEL");
    expect(await call("POST", LIST(channel), { content: "a" })).toMatchObject(refused(403, 50_001));
    discord.allow(channel, "VIEW_CHANNEL", "SEND_MESSAGES");
    expect(await call("POST", LIST(channel), { content: "a" })).toMatchObject({ status: 200 });
  });

  it("goes into a direct conversation, unless the person forbids that", async () => {
    const { discord, ann, call } = await startBot();
    const opened = await call("POST", "/users/@me/channels", { recipient_id: ann.id });
    expect(opened).toMatchObject({ status: 200, json: { id: ann.dm, type: 1, recipients: [{ id: "7" }] } });
    const again = await call("POST", "/users/@me/channels", { recipient_id: ann.id });
    expect(again.json["id"]).toBe(opened.json["id"]);
    expect(await call("POST", LIST(ann.dm), { content: "a" })).toMatchObject({ status: 200 });
    ann.forbidDirect();
    expect(await call("POST", LIST(ann.dm), { content: "a" })).toMatchObject(refused(403, 50_007));
    expect(await call("POST", "/users/@me/channels", { recipient_id: "404" })).toMatchObject(refused(400, 50_033));
    expect(discord.answers(ann.dm)).toHaveLength(1);
  });

  it("opens an archived thread again, but not a locked one", async () => {
    const { discord, ann, call, channel } = await startBot();
    const thread = ann.opensThread("talk", { in: channel });
    discord.archive(thread);
    expect(await call("POST", LIST(thread), { content: "a" })).toMatchObject({ status: 200 });
    expect(discord.world.places.get(thread).isArchived).toBe(false);
    discord.archive(thread, true);
    expect(await call("POST", LIST(thread), { content: "a" })).toMatchObject(refused(400, 50_083));
  });
});

describe("enforce_nonce", () => {
  it("answers with the message that is there, while the nonce is known", async () => {
    let now = 1_790_000_000_000;
    const { discord, write, channel } = await startBot({ now: () => now });
    const body = { content: "once", nonce: "abc", enforce_nonce: true };
    const first = await write(body);
    now += 299_999;
    expect(await write({ ...body, content: "other" })).toBe(first);
    expect(discord.shown(channel)).toHaveLength(1);
    now += 1;
    expect(await write(body)).not.toBe(first);
  });

  it("can know it for a minute only", async () => {
    let now = 1_790_000_000_000;
    const { write } = await startBot({ now: () => now, nonceWindowMs: 60_000 });
    const body = { content: "once", nonce: "abc", enforce_nonce: true };
    const first = await write(body);
    now += 60_000;
    expect(await write(body)).not.toBe(first);
  });

  it("is asked for: a nonce alone shows it twice", async () => {
    const { discord, write, channel } = await startBot();
    await write({ content: "a", nonce: "abc" });
    await write({ content: "a", nonce: "abc" });
    expect(discord.shown(channel)).toHaveLength(2);
  });

  it("refuses a nonce of more than 25 characters", async () => {
    const { call, channel } = await startBot();
    expect(await call("POST", LIST(channel), { content: "a", nonce: "x".repeat(26) })).toMatchObject(
      refused(400, 50_035),
    );
  });
});

describe("who is called", () => {
  const text = (role: string) => `<@7> <@&${role}> @everyone`;

  it("is everybody that is named, when there are no rules", async () => {
    const { discord, write, guild, channel } = await startBot();
    const role = discord.addRole(guild, "team");
    await write({ content: text(role) });
    const [message] = discord.shown(channel);
    expect(message?.pings).toMatchObject({ users: [{ id: "7" }], roles: [role], everyone: true });
  });

  it("is nobody when nothing is to be parsed", async () => {
    const { discord, write, guild, channel } = await startBot();
    const content = text(discord.addRole(guild, "team"));
    await write({ content, allowed_mentions: { parse: [] } });
    expect(discord.shown(channel)[0]?.pings).toEqual({ users: [], roles: [], everyone: false });
  });

  it("is whoever is answered, unless the rules leave that out", async () => {
    const { discord, ann, write, channel } = await startBot();
    const reference = { message_reference: { message_id: ann.says("hi", { in: channel }).id } };
    await write({ content: "a", ...reference });
    await write({ content: "b", ...reference, allowed_mentions: { parse: [] } });
    await write({ content: "c", ...reference, allowed_mentions: { parse: [], replied_user: true } });
    const called = discord.answers(channel).map(({ pings }) => pings.users.length);
    expect(called).toEqual([1, 0, 1]);
  });
});

describe("answering a message", () => {
  it("names it, with what it is", async () => {
    const { ann, call, channel } = await startBot();
    const { id } = ann.says("hi", { in: channel });
    const { json } = await call("POST", LIST(channel), { content: "a", message_reference: { message_id: id } });
    expect(json).toMatchObject({
      type: 19,
      message_reference: { type: 0, message_id: id },
      referenced_message: { content: "hi" },
    });
  });

  it("is refused when it is not there, or sent as a plain message", async () => {
    const { discord, call, channel } = await startBot();
    const to = { message_id: "1" };
    expect(await call("POST", LIST(channel), { content: "a", message_reference: to })).toMatchObject({
      status: 400,
      json: { code: 50_035, errors: { message_reference: { _errors: [{ code: "REPLIES_UNKNOWN_MESSAGE" }] } } },
    });
    const lenient = { ...to, fail_if_not_exists: false };
    expect(await call("POST", LIST(channel), { content: "a", message_reference: lenient })).toMatchObject({
      json: { type: 0 },
    });
    expect(discord.violations).toEqual([]);
  });

  it("is refused where the bot may not read what was before", async () => {
    const { discord, ann, call, channel } = await startBot();
    const { id } = ann.says("hi", { in: channel });
    discord.deny(channel, "READ_MESSAGE_HISTORY");
    const body = { content: "a", message_reference: { message_id: id } };
    expect(await call("POST", LIST(channel), body)).toMatchObject(refused(403, 160_002));
  });
});
