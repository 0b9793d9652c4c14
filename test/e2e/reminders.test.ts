import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { OWNER, PATIENCE, World } from "./world.ts";

/** How late a reminder may be. */
const LATE_MS = 5_000;
/** Without any model key the offline model answers. */
const OFFLINE = {
  ANTHROPIC_API_KEY: "",
  ANTHROPIC_BASE_URL: "",
  OPENAI_API_KEY: "",
  OPENAI_BASE_URL: "",
  AGENT_MODEL: "",
};

let world: World;
beforeAll(async () => {
  world = await World.open(OFFLINE);
});
afterAll(() => world?.close());

/** What the bot says from now on, once it is so much. */
async function next(count: number): Promise<readonly string[]> {
  const before = world.telegram.answers(OWNER).length;
  return (await world.answers(OWNER, before + count)).slice(before);
}

async function say(text: string): Promise<string> {
  const answered = next(1);
  world.telegram.say({ from: OWNER, text });
  const [answer = ""] = await answered;
  return answer;
}

describe("a reminder in plain words", () => {
  it("comes once, on time", async () => {
    const askedAt = Date.now();
    const answer = await say("Remind me in 3 seconds to stretch");
    expect(answer).toMatch(/^I will remind you: stretch\nNext: \w+, [\d-]{10} [\d:]{5} \(UTC\), in \d seconds?\.\n/);
    expect(await next(1)).toEqual(["⏰ stretch"]);
    const late = Date.now() - askedAt - 3_000;
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(LATE_MS);
    expect(await say("list my reminders")).toBe("Nothing is planned.");
    expect(world.telegram.answers(OWNER).filter(({ text }) => text === "⏰ stretch")).toHaveLength(1);
  });

  it("comes once, on time, also if everything is killed in between", async () => {
    const askedAt = Date.now();
    expect(await say("erinnere mich in 10 Sekunden an den Tee")).toMatch(/^Ich erinnere dich: den Tee\nZuerst: /);
    await world.assistant.kill();
    await world.start();
    expect(Date.now() - askedAt).toBeLessThan(10_000);
    // The answer may be said once more, for nobody knows whether it was.
    const said = () => world.telegram.answers(OWNER).filter(({ text }) => text === "⏰ den Tee");
    await vi.waitFor(() => expect(said()).toHaveLength(1), PATIENCE);
    const late = Date.now() - askedAt - 10_000;
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(LATE_MS);
    expect(await say("zeige meine Erinnerungen")).toBe("Nichts ist geplant.");
    expect(said()).toHaveLength(1);
  });

  it("is listed, and cancelled by a word of it", async () => {
    await say("remind me to drink water every day at 8");
    await say("remind me tomorrow at 9 to call Ada");
    const list = await say("what reminders do I have?");
    expect(list).toMatch(/^This is planned:\n• drink-water: drink water, \w+, [\d-]{10} 08:00 \(UTC\), in .*\n/);
    expect(list).toMatch(/\n• call-ada: call Ada, \w+, [\d-]{10} 09:00 \(UTC\), in .*$/);
    expect(await say("cancel reminder water")).toBe("The reminder drink-water is cancelled.");
    expect(await say("cancel the Ada reminder")).toBe("The reminder call-ada is cancelled.");
    expect(await say("list my reminders")).toBe("Nothing is planned.");
  });

  it("that cannot be read is answered with what can", async () => {
    expect(await say("remind me some day to be good")).toMatch(
      /^I did not understand when[\s\S]*in 20 minutes to stretch/,
    );
    expect(await say("list my reminders")).toBe("Nothing is planned.");
  });
});
