import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { OWNER, PATIENCE, World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world?.close());

const echo = (text: string) => `You said: ${text.split("\n").at(-1)}`;

describe("the owner's conversation", () => {
  it("takes one turn at a time when two channels write at once, and answers each in its own place", async () => {
    const running = { now: 0, most: 0 };
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    world.model.answer(async (text) => {
      running.now += 1;
      running.most = Math.max(running.most, running.now);
      await released;
      running.now -= 1;
      return echo(text);
    });
    const web = await world.web();
    web.send({ id: "w1", text: "from the web" });
    world.telegram.say({ from: OWNER, text: "from the phone" });
    // Both are in: one is with the model and held there, the other has found the lane busy.
    await vi.waitFor(() => expect(running.now).toBe(1), PATIENCE);
    await vi.waitFor(() => expect(world.logged("turn_waits")).toBe(1), PATIENCE);
    release();
    const [phone] = await world.answers(OWNER, 1);
    expect(phone).toContain("from the phone");
    await vi.waitFor(() => expect(web.finals).toHaveLength(1), PATIENCE);
    expect(web.finals[0]).toMatchObject({ ids: ["w1"], last: true });
    expect(web.finals[0]?.text).toContain("from the web");
    expect(running.most).toBe(1);
    const { sessions } = (await world.admin("sessions")) as { sessions: { session: string; conversation: string }[] };
    expect(sessions.map((session) => session.conversation)).toEqual(["agent:main:main", "agent:main:main"]);
    await web.close();
  });

  it("takes a follow-up into the running turn, and covers both with one answer", async () => {
    const finish = world.model.hold();
    const before = world.telegram.answers(OWNER).length;
    const asked = world.model.asked.length;
    world.telegram.say({ from: OWNER, text: "first thought" });
    await vi.waitFor(() => expect(world.model.asked.length).toBe(asked + 1), PATIENCE);
    world.telegram.say({ from: OWNER, text: "second thought" });
    await vi.waitFor(() => expect(world.logged("message_steered")).toBe(1), PATIENCE);
    world.model.answer(echo);
    finish("About the first.");
    const answers = await world.answers(OWNER, before + 1);
    expect(answers.at(-1)).toMatch(/About the first\.[\s\S]*second thought/);
    world.telegram.say({ from: OWNER, text: "third" });
    await world.answers(OWNER, before + 2);
    expect(world.telegram.answers(OWNER)).toHaveLength(before + 2);
  });

  it("lets another channel wait while a turn runs, instead of steering it", async () => {
    const finish = world.model.hold();
    const asked = world.model.asked.length;
    const waits = world.logged("turn_waits");
    const before = world.telegram.answers(OWNER).length;
    world.telegram.say({ from: OWNER, text: "slow question" });
    await vi.waitFor(() => expect(world.model.asked.length).toBe(asked + 1), PATIENCE);
    const web = await world.web();
    web.send({ id: "w2", text: "quick question" });
    await vi.waitFor(() => expect(world.logged("turn_waits")).toBeGreaterThan(waits), PATIENCE);
    expect(world.model.asked.length).toBe(asked + 1);
    world.model.answer(echo);
    finish("Slow answer.");
    await world.answers(OWNER, before + 1);
    await vi.waitFor(() => expect(web.finals).toHaveLength(1), PATIENCE);
    expect(world.telegram.answers(OWNER).at(-1)?.text).toBe("Slow answer.");
    await web.close();
  });

  it("reads a burst of follow-ups in the order in which they were written, though the first is slow to get there", async () => {
    const finish = world.model.hold();
    const asked = world.model.asked.length;
    const steered = world.logged("message_steered");
    const web = await world.web();
    web.send({ id: "burst", text: "a long story" });
    await vi.waitFor(() => expect(world.model.asked.length).toBe(asked + 1), PATIENCE);
    world.faults.inject({ invocation: "steer", fault: { kind: "latency", ms: 1_000 } });
    const burst = Array.from({ length: 6 }, (_, n) => `chapter ${n}`);
    for (const text of burst) web.send({ id: text.replace(" ", "-"), text });
    await vi.waitFor(() => expect(world.logged("message_steered")).toBe(steered + burst.length), PATIENCE);
    expect(world.faults.list()).toEqual([]);
    world.model.answer(echo);
    finish("Go on.");
    await vi.waitFor(() => expect(web.finals).toHaveLength(1), PATIENCE);
    expect(world.model.lastRequest.match(/chapter \d/g)).toEqual(burst);
    await web.close();
  });

  it("takes in the follow-up after one that could not be handed over, which then has a turn of its own", async () => {
    const finish = world.model.hold();
    const asked = world.model.asked.length;
    const [steered, failed] = [world.logged("message_steered"), world.logged("steer_failed")];
    const web = await world.web();
    web.send({ id: "told", text: "told" });
    await vi.waitFor(() => expect(world.model.asked.length).toBe(asked + 1), PATIENCE);
    world.faults.inject({ invocation: "steer", fault: { kind: "error", status: 500 } });
    web.send({ id: "dropped", text: "dropped" });
    await vi.waitFor(() => expect(world.logged("steer_failed")).toBe(failed + 1), PATIENCE);
    web.send({ id: "handed", text: "handed" });
    await vi.waitFor(() => expect(world.logged("message_steered")).toBe(steered + 1), PATIENCE);
    world.model.answer(echo);
    finish("Told.");
    await vi.waitFor(() => expect(web.finals).toHaveLength(2), PATIENCE);
    expect(web.finals.map(({ ids }) => ids)).toEqual([["told", "handed"], ["dropped"]]);
    await web.close();
  });

  it("stops at /stop and answers the next message", async () => {
    world.model.hold();
    const asked = world.model.asked.length;
    const before = world.telegram.answers(OWNER).length;
    world.telegram.say({ from: OWNER, text: "endless" });
    await vi.waitFor(() => expect(world.model.asked.length).toBe(asked + 1), PATIENCE);
    world.telegram.say({ from: OWNER, text: "/stop" });
    expect((await world.answers(OWNER, before + 1)).at(-1)).toContain("Stopped");
    world.model.answer(echo);
    world.telegram.say({ from: OWNER, text: "hello again" });
    expect((await world.answers(OWNER, before + 2)).at(-1)).toContain("hello again");
  });

  it("says in its own chat that a turn was stopped from another one", async () => {
    world.model.hold();
    const asked = world.model.asked.length;
    const before = world.telegram.answers(OWNER).length;
    world.telegram.say({ from: OWNER, text: "endless again" });
    await vi.waitFor(() => expect(world.model.asked.length).toBe(asked + 1), PATIENCE);
    const web = await world.web();
    web.send({ id: "w-stop", text: "/stop" });
    await vi.waitFor(() => expect(web.finals.at(-1)?.text).toContain("Stopped"), PATIENCE);
    expect((await world.answers(OWNER, before + 1)).at(-1)).toContain("Stopped");
    world.model.answer(echo);
    await web.close();
  });

  it("answers a model that says nothing visible with a sentence", async () => {
    const before = world.telegram.answers(OWNER).length;
    world.model.answer(() => "```\n```\n".repeat(800));
    world.telegram.say({ from: OWNER, text: "say nothing" });
    expect((await world.answers(OWNER, before + 1)).at(-1)).toContain("nothing to add");
    world.model.answer(echo);
  });

  it("remembers what was said until /new, whose text is the first message of the next transcript", async () => {
    const history = () => world.model.lastRequest;
    const before = world.telegram.answers(OWNER).length;
    world.telegram.say({ from: OWNER, text: "my colour is teal" });
    await world.answers(OWNER, before + 1);
    world.telegram.say({ from: OWNER, text: "what is my colour?" });
    await world.answers(OWNER, before + 2);
    expect(history()).toContain("my colour is teal");
    world.telegram.say({ from: OWNER, text: "/new what is my colour now?" });
    expect((await world.answers(OWNER, before + 3)).at(-1)).toContain("what is my colour now?");
    expect(history()).not.toContain("teal");
  });
});

describe("the web socket", () => {
  it("runs a message once however often it is sent, and brings a client up to date that was away", async () => {
    world.model.answer(echo);
    const web = await world.web();
    web.send({ id: "w3", text: "once" });
    web.send({ id: "w3", text: "once" });
    await vi.waitFor(() => expect(web.finals).toHaveLength(1), PATIENCE);
    const grown = web.frames.flatMap((frame) => (frame.type === "delta" ? frame.text : []));
    expect(grown).not.toEqual([]);
    // The answer can overtake the last of it.
    expect(web.finals[0]?.text.startsWith(grown.join(""))).toBe(true);
    await web.close();
    const later = await world.web();
    later.send({ id: "w4", afterSeq: (web.finals[0]?.seq ?? 1) - 1 });
    await vi.waitFor(() => expect(later.finals).toEqual(web.finals), PATIENCE);
    later.send({ id: "w3", text: "once" });
    await vi.waitFor(() => expect(later.finals).toEqual([...web.finals, ...web.finals]), PATIENCE);
    await later.close();
  });

  it("answers a close at once", async () => {
    const web = await world.web();
    expect(await web.close(4_001, "bye")).toEqual({ code: 4_001, reason: "bye" });
  });

  it("answers a frame that is none with an error, and goes on", async () => {
    const web = await world.web();
    web.sendRaw("nonsense");
    await vi.waitFor(
      () => expect(web.frames.at(-1)).toMatchObject({ type: "error", code: "malformed_frame" }),
      PATIENCE,
    );
    web.send({ id: "w5", text: "still there?" });
    await vi.waitFor(() => expect(web.finals.at(-1)?.ids).toEqual(["w5"]), PATIENCE);
    await web.close();
  });
});
