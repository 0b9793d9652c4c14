import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Person } from "../emulators/telegram/index.ts";
import { OWNER, PATIENCE, World } from "./world.ts";

const owner: Person = { id: OWNER, is_bot: false, first_name: "Owner", language_code: "en" };

let world: World;
beforeAll(async () => {
  world = await World.open({ AGENT_TIMEZONE: "Europe/Berlin" });
  world.model.answer((text) => (text.includes("What is new?") ? "Nothing new." : "Hello."));
});
afterAll(() => world?.close());

async function says(text: string): Promise<string> {
  const before = world.telegram.answers(OWNER).length;
  world.telegram.say({ from: owner, chat: OWNER, text });
  return (await world.answers(OWNER, before + 1)).at(-1) ?? "";
}

const told = (text: string) =>
  vi.waitFor(() => {
    const texts = world.telegram.answers(OWNER).map((message) => message.text ?? "");
    expect(texts.filter((each) => each === text)).toHaveLength(1);
  }, PATIENCE);

describe("jobs, as their owner manages them", () => {
  it("are planned in chat, told in time and once, and leave the list and a line in the log", async () => {
    expect(await says("/cron add in 2s Take the bread out")).toMatch(
      /is planned: once, .* \(Europe\/Berlin\), in \d seconds?/u,
    );
    await told("⏰ Take the bread out");
    await vi.waitFor(async () => expect(await says("/cron")).toMatch(/There are no jobs/u), PATIENCE);
    expect(await says("/cron runs")).toMatch(/take-the-bread-out: done, delivered/u);
    const { stdout, code } = await world.claw("jobs", "runs");
    expect(code).toBe(0);
    expect(stdout).toMatch(/take-the-bread-out +done +delivered/u);
  });

  it("are added, changed, run and removed on the command line, and told in the owner's chat", async () => {
    await says("so that the owner has a chat");
    const claw = async (...words: string[]) => await world.claw("jobs", ...words);
    const added = await claw(
      "add",
      "--cron",
      "0 8 * * 1-5",
      "--name",
      "Morning brief",
      "--ask",
      "What is new?",
      "--json",
    );
    expect(JSON.parse(added.stdout)).toMatchObject({ job: { id: "morning-brief", schedule: { tz: "Europe/Berlin" } } });
    expect((await claw("edit", "morning-brief", "--tz", "Asia/Tokyo")).stdout).toMatch(
      /on weekdays at 08:00 \(Asia\/Tokyo\)/u,
    );
    await claw("run", "morning-brief");
    await told("Nothing new.");
    const shown = /I am asked: What is new\?[\s\S]*Last: .*done, delivered/u;
    // The chat says so a moment after it was shown.
    await vi.waitFor(async () => expect(await says("/cron show morning-brief")).toMatch(shown), PATIENCE);
    expect((await claw("disable", "morning-brief")).stdout).toMatch(/^morning-brief is off/u);
    expect((await world.claw("status")).stdout).toMatch(/jobs +1, 1 of them switched off/u);
    expect((await claw("rm", "morning-brief")).code).toBe(0);
    const gone = await claw("show", "morning-brief");
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining("There is no job morning-brief")]);
    expect((await claw("add", "--remind", "When?")).code).toBe(2);
  });
});
