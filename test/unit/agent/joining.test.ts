import { describe, expect, it } from "vitest";
import { call, run, TurnStream } from "./agent-client.ts";
import { eventually } from "./eventually.ts";
import { holdAnswer, useAgent } from "./agent-fixture.ts";
import { scriptedModel } from "./scripted-model.ts";
import { abort, query, resume, steer, turn } from "./invocations.ts";

const agent = useAgent();

describe("joining a running turn", () => {
  it("goes on without its edge, and sends a returning one a snapshot and the rest", async () => {
    const held = holdAnswer("The answer.");
    agent.model.on({}, held.respond);
    const asked = turn(agent.endpoints, "question");
    const first = new TurnStream(agent.url, asked);
    await held.asked;
    first.cut();
    await first.ended;
    const second = new TurnStream(agent.url, resume(asked, 2));
    await eventually(() => {
      expect(second.kinds()).toEqual(["accepted", "snapshot"]);
    });
    held.release();
    await second.ended;
    expect(second.of("final")[0]).toMatchObject({ text: "The answer.", fence: 2 });
    expect(second.shown()).toBe("The answer.");
  });

  it("sends only what was missed to an edge that says how far it got", async () => {
    const held = holdAnswer("done");
    agent.model
      .on({ hasToolResult: true }, held.respond)
      .on(
        { hasToolResult: false },
        { content: "First a look.", toolCalls: [{ name: "session_status", arguments: "{}" }] },
      );
    const asked = turn(agent.endpoints, "question");
    const first = new TurnStream(agent.url, asked);
    await held.asked;
    await eventually(() => {
      expect(first.of("tool")).toHaveLength(2);
    });
    first.cut();
    const seen = first.events.find(({ kind }) => kind === "delta");
    const second = new TurnStream(agent.url, resume(asked, 2, seen?.seq));
    held.release();
    await second.ended;
    expect(second.events[0]?.seq).toBe((seen?.seq ?? 0) + 1);
    expect(second.kinds()).not.toContain("accepted");
    expect(second.kinds()).not.toContain("snapshot");
    expect(second.of("final")[0]?.text).toBe("First a look.\n\ndone");
  });

  it("closes the stream of the older edge when a newer one takes over, and refuses an outdated one", async () => {
    const held = holdAnswer("The answer.");
    agent.model.on({}, held.respond);
    const asked = turn(agent.endpoints, "question");
    const old = new TurnStream(agent.url, asked);
    await held.asked;
    const young = new TurnStream(agent.url, resume(asked, 5));
    await old.ended;
    expect(old.kinds()).toEqual(["accepted"]);
    const outdated = await run(agent.url, resume(asked, 4));
    expect(outdated.of("error")[0]).toMatchObject({ code: "fence_lost", retry: "never", passedBy: 5 });
    expect(await call(agent.url, steer(asked, "telegram:2", "x"))).toEqual({ status: "not_running" });
    expect(await call(agent.url, abort(asked, 4))).toEqual({ status: "not_running" });
    held.release();
    await young.ended;
    expect(young.of("final")).toHaveLength(1);
  });

  it("gives way to a later turn of the same conversation, which the model is told of as a new question", async () => {
    const held = holdAnswer("First.");
    agent.model.on({ userMessage: "second" }, { content: "Second." }).on({ userMessage: "first" }, held.respond);
    const asked = turn(agent.endpoints, "first");
    const first = new TurnStream(agent.url, asked);
    await held.asked;
    const second = await run(agent.url, turn(agent.endpoints, "second", { turnId: "turn-0002", fence: 2 }));
    await first.ended;
    held.release();
    expect(first.of("error")[0]).toMatchObject({ code: "fence_lost", passedBy: 2 });
    expect(second.of("final")[0]?.text).toBe("Second.");
    const again = await run(agent.url, resume(asked, 3));
    expect(again.of("error")[0]).toMatchObject({ code: "aborted" });
  });
});

describe("two processes of one conversation", () => {
  it("lets only the one with the later fence commit: the other ends as fence_lost and says nothing more", async () => {
    const held = holdAnswer("From the old process.");
    const asked = turn(agent.endpoints, "question");
    agent.model.on({}, held.respond);
    const old = new TurnStream(agent.url, asked);
    await held.asked;
    const other = await agent.startAgent();
    const young = new TurnStream(other.url, resume(asked, 2));
    await eventually(() => {
      expect(young.kinds()).toContain("snapshot");
    });
    held.release();
    await Promise.all([old.ended, young.ended]);
    expect(old.of("error")[0]).toMatchObject({ code: "fence_lost", retry: "never", passedBy: 2 });
    expect(old.of("final")).toEqual([]);
    expect(young.of("final")).toHaveLength(1);
    expect(young.shown()).toBe(young.of("final")[0]?.text);
  });
});

describe("an edge that comes back to the wrong process", () => {
  it("is told so when another process has gone on with a later fence", async () => {
    const held = holdAnswer("late");
    agent.model.on({}, held.respond);
    const asked = turn(agent.endpoints, "question");
    const stream = new TurnStream(agent.url, asked);
    await held.asked;
    const other = await agent.startAgent();
    const young = new TurnStream(other.url, resume(asked, 9));
    await eventually(() => {
      expect(young.kinds()).toContain("snapshot");
    });
    const lost = await run(agent.url, resume(asked, 5));
    expect(lost.of("error")[0]).toMatchObject({ code: "fence_lost", passedBy: 9 });
    held.release();
    await Promise.all([stream.ended, young.ended]);
    expect(young.of("final")).toHaveLength(1);
  });
});

describe("an edge that comes back to a process that was passed, with the highest fence", () => {
  const silent = { openModel: async () => scriptedModel(() => new Promise(() => undefined)) };

  it("gets the answer of the other process: what this one has under way is cut, and nothing of it is kept", async () => {
    const passed = await agent.startAgent(silent);
    const other = await agent.startAgent({ openModel: async () => scriptedModel(() => ({ text: "The answer." })) });
    const asked = turn(agent.endpoints, "question");
    const old = new TurnStream(passed.url, asked);
    await eventually(() => {
      expect(old.kinds()).toEqual(["accepted"]);
    });
    const young = await run(other.url, resume(asked, 2));
    expect(young.of("final")[0]?.text).toBe("The answer.");
    const back = await run(passed.url, resume(asked, 3));
    await old.ended;
    // By which of the two it learns depends on whether it had something to commit in between.
    expect(old.of("error")[0]).toMatchObject({ code: "fence_lost" });
    expect(back.of("final")[0]).toMatchObject({ text: "The answer.", fence: 3 });
    const history = await call(other.url, query(asked, { what: "history", limit: 9 }));
    expect(history).toMatchObject({ entries: [{ text: "question" }, { text: "The answer." }] });
  });

  it("stops for good what the other process has under way, and hears that nothing runs here", async () => {
    const released = Promise.withResolvers<void>();
    const late = { openModel: async () => scriptedModel(() => released.promise.then(() => ({ text: "Too late." }))) };
    const [passed, other] = [await agent.startAgent(silent), await agent.startAgent(late)];
    const asked = turn(agent.endpoints, "question");
    const old = new TurnStream(passed.url, asked);
    await eventually(() => {
      expect(old.kinds()).toEqual(["accepted"]);
    });
    const young = new TurnStream(other.url, resume(asked, 2));
    await eventually(() => {
      expect(young.kinds()).toContain("snapshot");
    });
    expect(await call(passed.url, abort(asked, 3))).toEqual({ status: "not_running" });
    await old.ended;
    // It may have noticed by itself that it was passed, at its next commit.
    expect(old.of("error")[0]).toMatchObject({ code: "fence_lost", passedBy: expect.toBeOneOf([2, 3]) });
    released.resolve();
    await young.ended;
    for (const stream of [young, await run(other.url, resume(asked, 2))]) {
      expect(stream.of("error")[0]).toMatchObject({ code: "fence_lost", passedBy: 3 });
    }
  });
});

describe("shutting down", () => {
  it("hands back what does not end in time: another process goes on with it", async () => {
    const held = holdAnswer("The answer.");
    agent.model.on({}, held.respond);
    const { url, agent: leaving } = await agent.startAgent();
    const asked = turn(agent.endpoints, "question");
    const stream = new TurnStream(url, asked);
    await held.asked;
    const left = leaving.shutDown(20);
    const refused = await run(url, turn(agent.endpoints, "new", { turnId: "turn-0002", fence: 2 }));
    expect(refused.of("error")[0]).toMatchObject({ code: "shutting_down", retry: "after" });
    await Promise.all([left, stream.ended]);
    expect(stream.of("error")[0]).toMatchObject({ code: "shutting_down", retry: "after" });
    held.release();
    const resumed = await run(agent.url, resume(asked, 2));
    expect(resumed.of("final")[0]?.text).toBe("The answer.");
  });

  it("waits for a turn that is nearly there", async () => {
    const held = holdAnswer("The answer.");
    agent.model.on({}, held.respond);
    const { url, agent: leaving } = await agent.startAgent();
    const stream = new TurnStream(url, turn(agent.endpoints, "question"));
    await held.asked;
    const left = leaving.shutDown(10_000);
    held.release();
    await Promise.all([left, stream.ended]);
    expect(stream.of("final")[0]?.text).toBe("The answer.");
  });
});
