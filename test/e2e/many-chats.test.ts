import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { STEADILY } from "./model.ts";
import { World } from "./world.ts";

const CHATS = Array.from({ length: 30 }, (_, index) => 2_000 + index);
/** Starting thirty agents on two cores, and then the rates. */
const PATIENCE = { timeout: 120_000, interval: 50 } as const;
/** How long a call can be on its way on a busy machine. */
const IN_FLIGHT_MS = 1_000;
/** Longer than one message can be, so that each answer has parts that could change places. */
const PARAGRAPHS = 40;

let world: World;

beforeAll(async () => {
  world = await World.open({ DM_POLICY: "open" }, { rates: true });
});
afterAll(() => world.close());

/** An answer whose every paragraph says which it is and whose. */
function answerFor(question: string): string {
  const name = /q-\d+-\d+/u.exec(question)?.[0] ?? "q-none";
  const line = (number: number) => `${name} p${number}: ${"word ".repeat(24)}`.trim();
  return Array.from({ length: PARAGRAPHS }, (_, number) => line(number)).join("\n\n");
}

/** Whether a call left when the refusal before it was known: what was on its way already could not wait. */
function hadTimeToHear(at: number): boolean {
  const before = refusals().filter((call) => call.at <= at);
  return at - Math.max(...before.map((call) => call.at)) > IN_FLIGHT_MS;
}

/** The calls with which Telegram began to refuse the whole bot. */
function refusals() {
  const { calls, tooEarly } = world.telegram;
  return calls.filter((call) => call.status === 429 && !tooEarly.includes(call));
}

const paragraphs = (chat: number) =>
  world.telegram
    .answers(chat)
    .flatMap((message) => [...(message.text ?? "").matchAll(/(q-\d+-\d+) p(\d+):/gu)])
    .map(([, name, number]) => `${name} ${number}`);

const expected = (chat: number, round: number) =>
  Array.from({ length: PARAGRAPHS }, (_, number) => `q-${chat}-${round} ${number}`);

describe("thirty chats that stream at once, with Telegram's rates", () => {
  it("lose no part and change no order, and no call leaves before a retry_after is over", async () => {
    world.model.answer(answerFor);
    for (const chat of CHATS) world.telegram.say({ from: chat, text: `q-${chat}-1 ${STEADILY}` });
    await vi.waitFor(() => {
      const drafting = world.telegram.calls.filter(({ method }) => method === "sendMessageDraft").length;
      expect(drafting).toBeGreaterThan(0);
    }, PATIENCE);
    // Telegram has enough of the whole bot in the middle of it.
    world.telegram.fail({ kind: "too_many", retryAfterS: 3, method: "sendMessage" });
    await vi.waitFor(() => {
      for (const chat of CHATS) expect(paragraphs(chat)).toHaveLength(PARAGRAPHS);
    }, PATIENCE);
    for (const chat of CHATS) world.telegram.say({ from: chat, text: `q-${chat}-2` });
    await vi.waitFor(() => {
      for (const chat of CHATS) expect(paragraphs(chat)).toHaveLength(2 * PARAGRAPHS);
    }, PATIENCE);
    for (const chat of CHATS) expect(paragraphs(chat)).toEqual([...expected(chat, 1), ...expected(chat, 2)]);
    expect(world.telegram.tooEarly.filter(({ at }) => hadTimeToHear(at)).map(({ method }) => method)).toEqual([]);
    // The pace keeps within the limits, but for what a busy machine bunches up on the wire: without it, each third call is refused.
    expect(refusals().length).toBeLessThan(world.telegram.calls.length / 8);
  }, 240_000);
});
