import { describe, expect, it } from "vitest";
import { refused, startBot } from "./bot.ts";

const command = (name: string, more: object = {}) => ({ name, description: "d", ...more });
const option = (name: string, more: object = {}) => ({ type: 3, name, description: "d", ...more });
const many = (count: number, make: (name: string) => object) =>
  Array.from({ length: count }, (_, index) => make(`n${index}`));

async function commands() {
  const bot = await startBot();
  const path = `/applications/${bot.discord.applicationId}/commands`;
  return { ...bot, path, put: (body: unknown, where = path) => bot.call("PUT", where, body) };
}

describe("registering commands", () => {
  it("replaces those of before, keeps the ids of those that stay, and adds what was not said", async () => {
    const { call, put, path } = await commands();
    const first = await put([command("ask", { options: [option("text", { required: true })] }), command("old")]);
    expect(first.status).toBe(200);
    const second = await put([command("ask", { options: [option("text", { required: false })] }), command("new")]);
    expect(second.list[0]?.["id"]).toBe(first.list[0]?.["id"]);
    expect(second.list[0]?.["version"]).not.toBe(first.list[0]?.["version"]);
    const { status, list } = await call("GET", path);
    expect(status).toBe(200);
    expect(list.map(({ name }) => name)).toEqual(["ask", "new"]);
    expect(list[0]).toMatchObject({ type: 1, dm_permission: true, contexts: null, options: [option("text")] });
    expect(list[0]?.["options"]).toEqual([option("text")]);
    const third = await put([command("ask", { options: [option("text")] }), command("new")]);
    expect(third.list).toEqual(list);
  });

  it("keeps those of a guild apart", async () => {
    const { discord, ann, call, put, path, guild } = await commands();
    const inGuild = path.replace("/commands", `/guilds/${guild}/commands`);
    await put([command("everywhere")]);
    await put([command("here")], inGuild);
    expect(discord.commands().map(({ name }) => name)).toEqual(["everywhere"]);
    expect(discord.commands(guild)).toMatchObject([{ name: "here", guild_id: guild }]);
    const other = discord.addGuild({ members: [ann], hasBot: false });
    expect(await call("GET", inGuild.replace(guild, other))).toMatchObject(refused(403, 50_001));
    expect(await call("GET", "/applications/1/commands")).toMatchObject(refused(404, 10_002));
  });

  it("takes as many and as long ones as there may be", async () => {
    const { put } = await commands();
    const hundred = many(100, (name) => command(name));
    const menu = many(15, (name) => ({ type: 3, name: `On ${name}` }));
    expect(await put([...hundred, ...menu])).toMatchObject({ status: 200 });
    const long = { description: "x".repeat(100), options: many(25, (name) => option(name)) };
    expect(await put([command("x".repeat(32), long), command("größe"), command("a-b_c'd")])).toMatchObject({
      status: 200,
    });
    expect(await put([command("same"), { type: 3, name: "same" }])).toMatchObject({ status: 200 });
  });

  it.each<[string, unknown[]]>([
    ["101 slash commands", many(101, (name) => command(name))],
    ["16 commands of messages", many(16, (name) => ({ type: 3, name }))],
    ["the same name twice", [command("a"), command("a")]],
    ["capital letters", [command("Ask")]],
    ["a space", [command("a b")]],
    ["no name", [command("")]],
    ["33 letters", [command("x".repeat(33))]],
    ["no description", [{ name: "a" }]],
    ["a description of 101 characters", [command("a", { description: "x".repeat(101) })]],
    ["33 letters of a command of messages", [{ type: 3, name: "x".repeat(33) }]],
    ["a description of a command of messages", [{ type: 3, name: "a", description: "d" }]],
    ["26 options", [command("a", { options: many(26, (name) => option(name)) })]],
    ["an option twice", [command("a", { options: [option("b"), option("b")] })]],
    ["an option without description", [command("a", { options: [option("b", { description: "" })] })]],
    [
      "one that is needed after one that is not",
      [command("a", { options: [option("b"), option("c", { required: true })] })],
    ],
    [
      "26 choices",
      [command("a", { options: [option("b", { choices: many(26, (name) => ({ name, value: name })) })] })],
    ],
    [
      "choices that are suggested as well",
      [command("a", { options: [option("b", { autocomplete: true, choices: [{ name: "c", value: "c" }] })] })],
    ],
    [
      "more than 8000 characters",
      [
        command("a", {
          options: many(4, (name) =>
            option(name, {
              choices: many(25, (choice) => ({
                name: choice.padEnd(60, "x"),
                value: `${name}${choice}`.padEnd(60, "x"),
              })),
            }),
          ),
        }),
      ],
    ],
    ["a field that does not exist", [command("a", { colour: "red" })]],
    ["something else than a list", []],
  ])("refuses %s", async (what, body) => {
    const { discord, put } = await commands();
    expect(await put(what.startsWith("something") ? { name: "a" } : body)).toMatchObject(refused(400, 50_035));
    expect(discord.commands()).toEqual([]);
    expect(discord.violations).toHaveLength(1);
  });

  it("refuses more than 200 new ones a day", async () => {
    let now = 1_790_000_000_000;
    const { discord, call } = await startBot({ now: () => now });
    const path = `/applications/${discord.applicationId}/commands`;
    const put = (prefix: string) =>
      call(
        "PUT",
        path,
        many(100, (name) => command(`${prefix}${name}`)),
      );
    await put("a");
    expect(await put("b")).toMatchObject({ status: 200 });
    expect(await put("b")).toMatchObject({ status: 200 });
    expect(await put("c")).toMatchObject(refused(429, 30_034));
    now += 86_400_000;
    expect(await put("c")).toMatchObject({ status: 200 });
  });
});
