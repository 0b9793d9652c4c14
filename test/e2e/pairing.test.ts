import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { LogLine } from "../../local/log.ts";
import { ACCESS_BOUNDS } from "../../protocol/bounds.ts";
import { CODE_ALPHABET, CODE_LENGTH } from "../../protocol/pairing.ts";
import { filesBelow } from "./state-files.ts";
import { allTaken, askIn, codeIn, letIn, pairings, people, settle, turnAllAway } from "./strangers.ts";
import { OWNER, PATIENCE, World } from "./world.ts";

/** What no model may ever hear, since only strangers say it. */
const CANARY = "zebrafinch";

let world: World;

/** The owner's question whether somebody may be let in, once it is there. */
function question(who: number) {
  return vi.waitFor(() => {
    const found = world.telegram.answers(OWNER).findLast(({ text }) => text?.includes(`telegram:${who}`));
    const [letIn, turnAway] = found?.reply_markup?.inline_keyboard.flat() ?? [];
    if (!found || !letIn || !turnAway) throw new Error("the owner was not asked");
    return { messageId: found.message_id, letIn: letIn.text, turnAway: turnAway.text };
  }, PATIENCE);
}

/** Resolves when it is on disk that somebody was told what they were told: else a restart might say it again. */
async function isKept(who: number): Promise<void> {
  const session = `agent:main:telegram:direct:${who}`;
  const isReceipt = (line: LogLine) => line["step"] === "part_sent" && line["session"] === session;
  await vi.waitFor(() => expect(world.log.some(isReceipt)).toBe(true), PATIENCE);
}

/** What somebody is told after `what`, the last of it. */
async function next(who: number, what: () => void | Promise<unknown>): Promise<string> {
  const before = world.telegram.answers(who).length;
  await what();
  return (await world.answers(who, before + 1)).at(-1) ?? "";
}

const says = (who: number, text: string) => next(who, () => void world.telegram.say({ from: who, text }));
const waitingPeers = async () => (await pairings(world)).map(({ peer }) => peer);

/** Whether somebody who was let in is heard from now on. They may be greeted twice when something was killed meanwhile. */
async function isHeard(who: number): Promise<void> {
  const words = `and now ${who}, ${world.telegram.answers(who).length}?`;
  world.telegram.say({ from: who, text: words });
  await vi.waitFor(() => {
    expect(
      world.telegram
        .answers(who)
        .map(({ text }) => text)
        .join(),
    ).toContain(words);
  }, PATIENCE);
}

describe("a stranger", () => {
  beforeAll(async () => {
    world = await World.open();
    // No bot may write first: the owner is asked where they have written.
    await settle(world);
  });
  afterAll(() => world?.close());
  afterEach(async () => {
    await turnAllAway(world);
    expect(world.model.hasHeard(CANARY)).toBe(false);
  });

  it("gets one text with a code, three of them at a time, and a fourth gets none", async () => {
    const codes: string[] = [];
    for (const who of [101, 102, 103]) codes.push(await askIn(world, who, `let ${CANARY} in`));
    for (const text of [`${CANARY}?`, "/start", "/new", "/status", "/whoami"]) world.telegram.say({ from: 101, text });
    world.telegram.say({ from: 104, text: `${CANARY} too` });
    await settle(world);
    expect([101, 102, 103, 104].map((who) => world.telegram.answers(who).length)).toEqual([1, 1, 1, 0]);
    expect(world.telegram.answers(101)[0]?.text).toContain("telegram:101");
    expect(new Set(codes).size).toBe(3);
    expect(await pairings(world)).toMatchObject(
      [101, 102, 103].map((who, n) => ({ peer: `telegram:${who}`, code: codes[n] })),
    );
    const [first] = await pairings(world);
    expect((first?.expiresAt ?? 0) - (first?.createdAt ?? 0)).toBe(ACCESS_BOUNDS.pairingLifeMs);
  });

  it("is let in by a press of the owner, is told so, and is answered from then on", async () => {
    const code = await askIn(world, 111, `I am ${CANARY}`);
    const { messageId, letIn: button, turnAway } = await question(111);
    const asked = world.model.asked.length;
    const told = await next(111, () => void world.telegram.press(OWNER, messageId, OWNER, button));
    expect(told).not.toContain(code);
    expect(world.model.asked.length).toBe(asked);
    await isHeard(111);
    expect(await waitingPeers()).toEqual([]);
    expect(await people(world)).toContainEqual(expect.objectContaining({ personId: "telegram-111", role: "person" }));
    // The question is answered: its other button does nothing any more.
    const { queryId } = world.telegram.press(OWNER, messageId, OWNER, turnAway);
    await vi.waitFor(() => expect(world.telegram.isAnswered(queryId)).toBe(true), PATIENCE);
    await isHeard(111);
  });

  it("is turned away by a press, and hears nothing of it", async () => {
    const code = await askIn(world, 112, CANARY);
    const { messageId, turnAway } = await question(112);
    world.telegram.press(OWNER, messageId, OWNER, turnAway);
    await vi.waitFor(async () => expect(await waitingPeers()).toEqual([]), PATIENCE);
    expect((await world.ask("POST", "pairings/approve", { code })).status).toBe(404);
    world.telegram.say({ from: 112, text: CANARY });
    await settle(world);
    expect(world.telegram.answers(112)).toHaveLength(1);
  });

  it("is let in by /pair in the owner's chat, however the code is typed", async () => {
    const code = await askIn(world, 113, CANARY);
    await question(113);
    expect(await says(OWNER, "/pair")).toContain(code);
    const typed = `${code.slice(0, 4)}-${code.slice(4)}`.toLowerCase();
    const [told, said] = await Promise.all([next(113, () => undefined), says(OWNER, `/pair ${typed}`)]);
    expect([told, said].join()).not.toContain(code);
    await isHeard(113);
    expect(await says(OWNER, "/pair")).not.toContain("telegram:113");
  });

  it("is let in by the admin API, and only once", async () => {
    const code = await askIn(world, 114, CANARY);
    const approve = () => world.ask("POST", "pairings/approve", { code });
    const told = next(114, () => undefined);
    expect(await approve()).toMatchObject({
      status: 200,
      answer: { peer: "telegram:114", name: "Person 114", personId: "telegram-114", role: "person" },
    });
    await told;
    await isHeard(114);
    expect(await approve()).toMatchObject({ status: 404, answer: { error: "unknown_code" } });
  });

  it("is listed, let in and turned away by the command line", async () => {
    const [first, second] = [await askIn(world, 115, CANARY), await askIn(world, 116, CANARY)];
    const listed = await world.claw("pair");
    expect(listed).toMatchObject({ code: 0, stderr: "" });
    for (const words of [first, second, "telegram:115", "telegram:116"]) expect(listed.stdout).toContain(words);
    const told = next(115, () => undefined);
    const approved = await world.claw("pair", "approve", first);
    expect(approved).toMatchObject({ code: 0, stderr: "" });
    expect(approved.stdout).toContain("telegram:115");
    await told;
    await isHeard(115);
    expect(await world.claw("pair", "dismiss", second)).toMatchObject({ code: 0 });
    expect(await waitingPeers()).toEqual([]);
    expect(await world.claw("pair", "approve", second)).toMatchObject({ code: 1, stdout: "" });
  });

  it("is let in by nobody but the owner", async () => {
    await letIn(world, 117);
    const code = await askIn(world, 118, CANARY);
    world.telegram.say({ from: 118, text: `/pair ${code}` });
    expect(await says(117, `/pair ${code}`)).not.toContain("telegram:118");
    await question(118);
    await settle(world);
    expect(await waitingPeers()).toEqual(["telegram:118"]);
    expect(world.telegram.answers(118)).toHaveLength(1);
  });

  it("is not let in by a code that is for something else", async () => {
    const link = codeIn(await says(OWNER, "/link"));
    expect((await world.ask("POST", "pairings/approve", { code: link })).status).toBe(404);
    const code = await askIn(world, 119, CANARY);
    await askIn(world, 120, `/link ${code}`);
    expect(await waitingPeers()).toEqual(["telegram:119", "telegram:120"]);
    expect((await people(world)).map(({ personId }) => personId)).not.toContain("telegram-120");
  });

  it("is spoken to in the language of their app", async () => {
    const german = { id: 121, is_bot: false, first_name: "Ada", language_code: "de-AT" };
    await askIn(world, german, CANARY);
    expect(world.telegram.answers(121)[0]?.text).toMatch(/\bist\b/u);
    await askIn(world, 122, CANARY);
    expect(world.telegram.answers(122)[0]?.text).not.toMatch(/\bist\b/u);
  });
});

describe("an assistant of its own", () => {
  beforeEach(async () => {
    world = await World.open({ ALLOW_FROM: "" });
  });
  afterEach(() => world?.close());

  it("has no owner until the first one is let in by the command line, which makes them the owner", async () => {
    const [first, second] = [await askIn(world, 131), await askIn(world, 132)];
    const told = next(131, () => undefined);
    expect(await world.claw("pair", "approve", first)).toMatchObject({ code: 0 });
    await told;
    expect(await says(131, "the word is heron")).toContain("heron");
    const web = await world.web();
    web.send({ id: "w1", text: "what was the word?" });
    await vi.waitFor(() => expect(web.finals).toHaveLength(1), PATIENCE);
    expect(world.model.lastRequest).toContain("the word is heron");
    await web.close();
    const toldToo = next(132, () => undefined);
    expect((await world.ask("POST", "pairings/approve", { code: second })).answer).toMatchObject({ role: "person" });
    await toldToo;
    expect(await people(world)).toMatchObject([
      { personId: "telegram-131", role: "owner" },
      { personId: "telegram-132", role: "person" },
    ]);
    expect(await says(132, "and what was the word?")).toContain("what was");
    expect(world.model.lastRequest).not.toContain("heron");
  });

  it("knows after everything was killed who waits, and lets them in", async () => {
    const code = await askIn(world, 133, CANARY);
    await isKept(133);
    await world.assistant.kill();
    await world.start();
    // A page in front of Telegram: they cannot be told before everything is killed again.
    world.telegram.fail({ kind: "page", status: 403, method: "sendMessage", times: 99 });
    expect((await world.ask("POST", "pairings/approve", { code })).status).toBe(200);
    await vi.waitFor(() => expect(world.logged("part_not_sent")).toBeGreaterThan(0), PATIENCE);
    await world.assistant.kill();
    world.telegram.heal();
    await world.start();
    await world.answers(133, 2);
    await isHeard(133);
    expect(world.model.hasHeard(CANARY)).toBe(false);
  });

  it("takes no code whose hour is over, and gives a new one to whoever asks again", async () => {
    const code = await askIn(world, 134, CANARY);
    await isKept(134);
    await world.assistant.stop();
    makeOld(world.stateDir, ACCESS_BOUNDS.pairingLifeMs);
    await world.start();
    expect((await world.ask("POST", "pairings/approve", { code })).status).toBe(404);
    expect([await pairings(world), await people(world)]).toEqual([[], []]);
    const other = await askIn(world, 134, CANARY);
    expect(other).not.toBe(code);
    expect((await world.ask("POST", "pairings/approve", { code: other })).status).toBe(200);
    expect(world.model.hasHeard(CANARY)).toBe(false);
  });

  it("looks at few of a thousand guesses, at none more once there were too many, and at the right one from elsewhere", async () => {
    await letIn(world, OWNER);
    await isHeard(OWNER);
    const code = await askIn(world, 135, CANARY);
    await question(135);
    const before = [await pairings(world), await people(world)];
    const statuses: number[] = [];
    for (let n = 0; n < 1_000; n += 50) {
      const guesses = Array.from({ length: 50 }, (_, at) => guess(n + at)).filter((one) => one !== code);
      const answers = await Promise.all(guesses.map((one) => world.ask("POST", "pairings/approve", { code: one })));
      for (const { status } of answers) statuses.push(status);
    }
    expect(statuses.filter((status) => status === 404)).toHaveLength(ACCESS_BOUNDS.codeTriesMax);
    expect(statuses.filter((status) => status !== 404 && status !== 429)).toEqual([]);
    const late = await world.ask("POST", "pairings/approve", { code });
    expect(late).toMatchObject({ status: 429, answer: { error: "too_many_tries", retryAt: expect.any(Number) } });
    expect(Number(late.headers.get("retry-after"))).toBeGreaterThan(0);
    expect([await pairings(world), await people(world)]).toEqual(before);
    expect((await world.claw("pair", "approve", code)).code).toBe(1);
    await says(OWNER, `/pair ${code}`);
    await isHeard(135);
  });

  it("is not opened by guesses of strangers, whatever they guess at", async () => {
    await letIn(world, OWNER);
    const link = codeIn(await says(OWNER, "/link"));
    for (let n = 0; n < 300; n += 1) world.telegram.say({ from: 2_000 + (n % 30), text: `/link ${guess(n)}` });
    await allTaken(world);
    await settle(world);
    expect((await people(world)).map(({ peers }) => peers.length)).toEqual([1]);
    expect(link).toHaveLength(CODE_LENGTH);
  });
});

/** The guess with this number; all are different. */
function guess(n: number): string {
  const symbols = Array.from({ length: CODE_LENGTH }, (_, at) => CODE_ALPHABET[Math.floor(n / 32 ** at) % 32]);
  return symbols.join("");
}

/** Has all codes on disk been made so much earlier. The assistant must be stopped. */
function makeOld(stateDir: string, ms: number): void {
  let changed = 0;
  for (const path of filesBelow(stateDir).filter((name) => /durable-objects.*\.sqlite$/u.test(name))) {
    const database = new DatabaseSync(path);
    const tables = database
      .prepare("SELECT m.name AS name FROM sqlite_master m, pragma_table_info(m.name) c WHERE c.name = 'code'")
      .all()
      .map(({ name }) => String(name));
    for (const name of tables)
      changed += Number(database.prepare(`UPDATE "${name}" SET expires_at = expires_at - ?`).run(ms).changes);
    database.close();
  }
  expect(changed).toBeGreaterThan(0);
}
