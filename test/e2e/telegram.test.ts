import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { SLOWLY } from "./model.ts";
import { OWNER, PATIENCE, World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await World.open({ GROUP_POLICY: "open" });
});
afterAll(() => world?.close());
beforeEach(() => world.model.answer((text) => `You said: ${text.split("\n").at(-1)}`));

describe("a Telegram message", () => {
  it("is answered in its chat, with typing and a growing draft before", async () => {
    const finish = world.model.hold();
    const asked = world.model.asked.length;
    world.telegram.say({ from: OWNER, text: `hello, ${SLOWLY}` });
    await vi.waitFor(() => expect(world.model.asked.length).toBe(asked + 1), PATIENCE);
    await vi.waitFor(() => expect(world.telegram.isTyping(OWNER)).toBe(true), PATIENCE);
    finish("**Hello** to you");
    const [text] = await world.answers(OWNER, 1);
    expect(text).toBe("Hello to you");
    const shown = world.telegram.calls.map((call) => call.method).filter((method) => method !== "getMe");
    expect(shown.indexOf("sendMessageDraft")).toBeGreaterThan(shown.indexOf("sendChatAction"));
    expect(shown.indexOf("sendMessage")).toBeGreaterThan(shown.indexOf("sendMessageDraft"));
    expect(world.telegram.calls.every((call) => call.status === 200)).toBe(true);
  });

  it("is run once and answered once when it comes five times at the same time, and again later", async () => {
    const asked = world.model.asked.length;
    const toOwner = world.telegram.answers(OWNER).length;
    const { message } = world.telegram.say({ from: 20, text: "hello?" });
    expect(message.text).toBe("hello?");
    // The owner is asked whether this stranger may be let in.
    await world.answers(OWNER, toOwner + 1);
    const update = {
      update_id: 5_000,
      message: {
        ...message,
        chat: { ...message.chat, id: OWNER },
        from: { ...message.from, id: OWNER },
        message_id: 900,
      },
    };
    const before = world.telegram.answers(OWNER).length;
    const statuses = await Promise.all(Array.from({ length: 5 }, async () => (await world.post(update)).status));
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    await world.answers(OWNER, before + 1);
    expect((await world.post(update)).status).toBe(200);
    expect((await world.post({ ...update, update_id: 5_001 })).status).toBe(200);
    world.telegram.say({ from: OWNER, text: "next" });
    await world.answers(OWNER, before + 2);
    expect(world.telegram.answers(OWNER)).toHaveLength(before + 2);
    expect(world.model.asked.length).toBe(asked + 2);
  });

  it("with a caption is answered like a text", async () => {
    const before = world.telegram.answers(OWNER).length;
    world.telegram.say({ from: OWNER, caption: "what is this?" });
    const answers = await world.answers(OWNER, before + 1);
    expect(answers.at(-1)).toContain("what is this?");
  });

  it("in a group is answered when it mentions the bot or replies to it, and only then", async () => {
    const group = -1001;
    world.telegram.say({ from: 31, chat: group, text: "nobody asked you" });
    world.telegram.say({ from: 31, chat: group, text: "@claw_bot are you there?" });
    const [first] = await world.answers(group, 1);
    expect(first).toContain("are you there?");
    const [answer] = world.telegram.answers(group);
    world.telegram.say({ from: 32, chat: group, text: "and now?", ...(answer && { replyTo: answer.message_id }) });
    await world.answers(group, 2);
    world.telegram.say({ from: 32, chat: group, text: "just talking" });
    world.telegram.say({ from: 31, chat: group, text: "hey @claw_bot" });
    await world.answers(group, 3);
    expect(world.telegram.answers(group)).toHaveLength(3);
    expect(world.telegram.answers(group)[0]?.reply_to_message).toBeDefined();
  });

  it("with a 12,000-character answer full of code comes in order, complete, each part valid by itself", async () => {
    const blocks = Array.from({ length: 12 }, (_, block) => {
      const lines = Array.from({ length: 36 }, (_, line) => `const line_${block}_${line} = "some code";`);
      return `Part ${block}:\n\n\`\`\`ts\n${lines.join("\n")}\n\`\`\``;
    });
    const answer = blocks.join("\n\n");
    expect(answer.length).toBeGreaterThan(12_000);
    world.model.answer(() => answer);
    const before = world.telegram.answers(OWNER).length;
    world.telegram.say({ from: OWNER, text: "write code" });
    await world.answers(OWNER, before + 3);
    await vi.waitFor(() => expect(world.telegram.answers(OWNER).at(-1)?.text).toContain("line_11_35"), PATIENCE);
    const parts = world.telegram.answers(OWNER).slice(before);
    for (const part of parts) expect(part.text?.length).toBeLessThanOrEqual(4_096);
    const words = (text: string) => text.match(/Part \d+:|line_\d+_\d+/g);
    expect(words(parts.map((part) => part.text).join("\n"))).toEqual(words(answer));
    const codes = parts.flatMap((part) => part.entities ?? []).filter((entity) => entity.type === "pre");
    expect(codes.length).toBeGreaterThanOrEqual(12);
  });

  it("is answered after Telegram's Retry-After, when Telegram is busy", async () => {
    world.telegram.fail({ kind: "too_many", retryAfterS: 1, method: "sendMessage" });
    const before = world.telegram.answers(OWNER).length;
    world.telegram.say({ from: OWNER, text: "patience" });
    await world.answers(OWNER, before + 1);
    const sends = world.telegram.calls.filter((call) => call.method === "sendMessage").slice(-2);
    expect(sends.map((call) => call.status)).toEqual([429, 200]);
    expect((sends[1]?.at ?? 0) - (sends[0]?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
  });

  it.each([403, 407])("is answered once the page with status %i in front of Telegram is gone", async (status) => {
    world.telegram.fail({ kind: "page", status, times: 3 });
    const before = world.telegram.answers(OWNER).length;
    world.telegram.say({ from: OWNER, text: "anybody there?" });
    await world.answers(OWNER, before + 1);
    expect(world.telegram.answers(OWNER)).toHaveLength(before + 1);
  });

  it("of a stranger is answered once with how to be let in, and never reaches the agent", async () => {
    const asked = world.model.asked.length;
    const toOwner = world.telegram.answers(OWNER).length;
    world.telegram.say({ from: 99, text: "let me in" });
    world.telegram.say({ from: 99, text: "please" });
    const [notice] = await world.answers(99, 1);
    expect(notice).toContain("telegram:99");
    expect((await world.answers(OWNER, toOwner + 1)).at(-1)).toContain("telegram:99");
    const before = world.telegram.answers(OWNER).length;
    world.telegram.say({ from: OWNER, text: "done?" });
    await world.answers(OWNER, before + 1);
    expect(world.telegram.answers(99)).toHaveLength(1);
    expect(world.model.asked.length).toBe(asked + 1);
  });

  it("that is a command is answered by the edge", async () => {
    const asked = world.model.asked.length;
    const before = world.telegram.answers(OWNER).length;
    const commands = [/assistant/, /\/new/, /telegram:7/, /agent:main:main/];
    for (const [index, name] of ["start", "help", "whoami", "status"].entries()) {
      world.telegram.say({ from: OWNER, text: `/${name}` });
      const answers = await world.answers(OWNER, before + index + 1);
      expect(answers.at(-1)).toMatch(commands[index] ?? "");
    }
    expect(world.model.asked.length).toBe(asked);
  });
});
