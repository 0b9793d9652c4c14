import { describe, expect, it } from "vitest";
import { PlayAct } from "../../../emulators/discord/play-act.ts";
import { type PlayLine, readPlayLine } from "../../../emulators/discord/play-line.ts";
import { type Says, startBot, startEndpoint } from "./bot.ts";

const WHO = { from: "42", place: null };

describe("a line", () => {
  it.each<[string, PlayLine | null]>([
    ["", null],
    ["  ", null],
    ["hello there", { kind: "say", text: "hello there", ...WHO }],
    ["@7 hello", { kind: "say", text: "hello", from: "7", place: null }],
    ["#general @7 hello", { kind: "say", text: "hello", from: "7", place: "general" }],
    ["wait!", { kind: "say", text: "wait!", ...WHO }],
    ["/ask what is it?", { kind: "command", name: "ask", rest: "what is it?", ...WHO }],
    ["/status", { kind: "command", name: "status", rest: "", ...WHO }],
    ["?model bi", { kind: "type", name: "model", rest: "bi", ...WHO }],
    ["!reply 3 why", { kind: "say", text: "why", replyTo: 3, ...WHO }],
    ["!press 3 Not now", { kind: "press", message: 3, label: "Not now", ...WHO }],
    ["!menu 3 Ask about this", { kind: "menu", message: 3, name: "Ask about this", ...WHO }],
    ["!react 3 👍", { kind: "react", message: 3, emoji: "👍", ...WHO }],
    ["!edit 3 better", { kind: "edit", message: 3, text: "better", ...WHO }],
    ["!delete 3", { kind: "delete", message: 3, ...WHO }],
    ["#general !thread 3 a talk", { kind: "thread", message: 3, name: "a talk", from: "42", place: "general" }],
    ["!file ./a.txt look", { kind: "file", path: "./a.txt", caption: "look", ...WHO }],
    ["!block", { kind: "block", isBlocked: true, ...WHO }],
    ["!unblock", { kind: "block", isBlocked: false, ...WHO }],
    ["!cut", { kind: "cut" }],
    ["!press 3", { kind: "unknown", said: "!press 3" }],
    ["!dance", { kind: "unknown", said: "!dance" }],
  ])("%j is read as %j", (line, read) => {
    expect(readPlayLine(line)).toEqual(read);
  });
});

/** Types lines into a play; what was printed. */
async function playing(says: Says = () => ({ type: 6 })) {
  const bot = await startBot();
  bot.discord.setEndpoint(await startEndpoint(bot.discord, says));
  const printed: string[] = [];
  const act = new PlayAct(bot.discord, (line) => printed.push(line));
  const type = async (line: string) => {
    printed.length = 0;
    const read = readPlayLine(line);
    if (read) await act.do(read);
    return [...printed];
  };
  return { ...bot, act, type, printed };
}

describe("playing", () => {
  it("shows what is new, by numbers that other lines name", async () => {
    const { discord, type } = await playing();
    expect(await type("hello")).toEqual(["@42 1 person42: hello"]);
    expect(await type("#general @7 hey @claw")).toEqual([`#general 2 person7: hey <@${discord.me.id}>`]);
    expect(await type("!edit 1 bye")).toEqual(["@42 1 now person42: bye"]);
    expect(await type("#general !react 2 👍")).toEqual([`#general 2 now person7: hey <@${discord.me.id}> 👍1`]);
    expect(await type("!reply 1 again")).toEqual(["@42 3 person42: again"]);
    await type("#general !thread 2 a talk");
    expect(await type("#a-talk in it")).toEqual(["#a-talk 5 person42: in it"]);
  });

  it("shows the threads that the bot opens, each under a name of its own", async () => {
    const { discord, call, act, type, printed } = await playing();
    const opened = async (line: string) => {
      await type(line);
      const { id = "", channelId = "" } = discord.world.places.newestOf(() => true) ?? {};
      await call("POST", `/channels/${channelId}/messages/${id}/threads`, { name: "a talk" });
      await call("POST", `/channels/${id}/messages`, { content: "in it" });
      printed.length = 0;
      act.show();
      return { id, last: printed.at(-1) };
    };
    expect(await opened("#general one")).toMatchObject({ last: "#a-talk 3 Claw: in it" });
    const { id, last } = await opened("#general two");
    expect(last).toBe(`#a-talk-${id} 6 Claw: in it`);
    expect(await type("#a-talk yes")).toEqual(["#a-talk 7 person42: yes"]);
  });

  it("uses commands and buttons, and says when nobody answered", async () => {
    const components = [{ type: 1, components: [{ type: 2, style: 1, label: "Yes", custom_id: "y" }] }];
    const { type } = await playing(({ json }) => {
      if (json["type"] === 4) return { type: 8, data: { choices: [{ name: "Big", value: "big" }] } };
      if (json["type"] === 2) return { type: 4, data: { content: "sure?", components } };
      return { status: 500, text: "" };
    });
    expect(await type("/ask hm")).toEqual(["@42 1 Claw: sure? [Yes]"]);
    expect(await type("?model b")).toEqual(["     choices: big"]);
    expect(await type("!press 1 Yes")).toEqual(["     The application did not respond (status 500)"]);
  });

  it("says what cannot be", async () => {
    const { discord, type } = await playing();
    expect(await type("!delete 9")).toEqual(["     there is no message 9"]);
    expect(await type("#nowhere hi")).toEqual(["     there is no #nowhere, only #general"]);
    expect((await type("!dance"))[0]).toContain("!dance is not understood");
    await type("!cut");
    expect(discord.faultsLeft).toBe(1);
  });
});
