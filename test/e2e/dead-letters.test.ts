import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ask } from "../../cli/web-client.ts";
import { showLedger } from "../../cli/verbs/ledger.ts";
import type { DeadLetter } from "../../protocol/dead-letter.ts";
import { cli } from "./npm-start.ts";
import { OWNER, PATIENCE, World } from "./world.ts";

const FRIEND = 8;

let world: World;
beforeAll(async () => {
  world = await World.open({ ALLOW_FROM: `telegram:${OWNER},telegram:${FRIEND}` });
});
afterAll(() => world?.close());

const deadLetters = async () => (await world.admin("dead-letters")) as { deadLetters: DeadLetter[] };

it("an answer to someone who blocked the bot is told to the owner, and sent once when it is replayed", async () => {
  world.model.answer(() => "Nice to hear from you.");
  world.telegram.say({ from: OWNER, text: "hello" });
  await world.answers(OWNER, 1);

  const finish = world.model.hold();
  const asked = world.model.asked.length;
  world.telegram.say({ from: FRIEND, text: "and bye" });
  await vi.waitFor(() => expect(world.model.asked.length).toBe(asked + 1), PATIENCE);
  world.telegram.block(FRIEND);
  finish("Wait!");

  const [, notice] = await world.answers(OWNER, 2);
  expect(notice).toContain(`I could not deliver an answer to ${FRIEND} on Telegram`);
  const [letter] = (await deadLetters()).deadLetters;
  const session = letter?.session ?? "";
  expect(session).toBe(`agent:main:telegram:direct:${FRIEND}`);
  const dead = showLedger(await world.admin("ledger?dead=true"), undefined, { dead: true }).lines;
  expect(dead[1]).toMatch(/ \+\d.* dead \+\d.* channel_refused .*fence 1, 1 run /);

  world.telegram.block(FRIEND, false);
  expect(await world.replay(session, { part: letter?.seq ?? 0 })).toBe(200);
  expect(await world.answers(FRIEND, 1)).toEqual(["Wait!"]);
  await vi.waitFor(async () => expect(await deadLetters()).toEqual({ deadLetters: [] }), PATIENCE);
  expect(await world.replay(session, { part: letter?.seq ?? 0 })).toBe(409);
  await vi.waitFor(async () => {
    const { lines } = showLedger(await world.admin("ledger?limit=1"), undefined, {});
    expect(lines[1]).toContain("delivered");
  }, PATIENCE);
  expect(world.telegram.answers(FRIEND)).toHaveLength(1);
  expect(world.telegram.answers(OWNER)).toHaveLength(2);
});

it("an owner whose own chat is broken hears of it in npm run chat", async () => {
  const { url, adminToken: token } = world.assistant;
  const finish = world.model.hold();
  const asked = world.model.asked.length;
  world.telegram.say({ from: OWNER, text: "are you there?" });
  await vi.waitFor(() => expect(world.model.asked.length).toBe(asked + 1), PATIENCE);
  world.telegram.block(OWNER);
  finish("Yes.");
  await vi.waitFor(async () => expect((await deadLetters()).deadLetters).toHaveLength(1), PATIENCE);

  world.model.answer(() => "Hello.");
  const said = await cli("", "cli/chat.ts", "--url", url, "--token", token, "hello");
  const hint = "1 part of an answer could not be delivered; see npm run claw -- ledger --dead";
  expect(said).toEqual({ code: 0, stdout: "Hello.\n", stderr: `chat: ${hint}\n` });

  await vi.waitFor(async () => {
    const notices: string[] = [];
    const onNotice = (text: string) => void notices.push(text);
    const question = { url, token, id: "catching-up", text: "hello again", timeoutMs: PATIENCE.timeout, afterSeq: 0 };
    await ask({ ...question, onNotice, onDelta: () => {} });
    expect(notices.join()).toContain(`I could not deliver an answer to \`${OWNER}\` on Telegram`);
  }, PATIENCE);
});
