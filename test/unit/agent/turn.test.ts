import { describe, expect, it } from "vitest";
import { RUNTIME_BOUNDS } from "../../../protocol/bounds.ts";
import { abort, GROUP, inboundId, PERSON, promptMessage, query, resume, steer, turn } from "./invocations.ts";
import { call, run, TurnStream } from "./agent-client.ts";
import { eventually } from "./eventually.ts";
import { holdAnswer, useAgent } from "./agent-fixture.ts";

const agent = useAgent();

describe("a turn", () => {
  it("streams the model's words and ends with all of them, the messages it covers and the workspace head", async () => {
    agent.model.on(
      { userMessage: "hello" },
      { content: "Hello, Ada. What can I do for you today?", usage: { input_tokens: 100, output_tokens: 20 } },
    );
    const stream = await run(agent.url, turn(agent.endpoints, "hello"));
    expect(stream.kinds()).toEqual(["accepted", ...stream.of("delta").map(() => "delta"), "usage", "final"]);
    expect(stream.events.map(({ seq }) => seq)).toEqual(stream.events.map((_, index) => index + 1));
    const [final] = stream.of("final");
    expect(final).toMatchObject({
      text: "Hello, Ada. What can I do for you today?",
      consumed: ["telegram:1"],
      workspace: { head: expect.stringMatching(/./) },
    });
    expect(stream.shown()).toBe(final?.text);
    const [usage] = stream.of("usage");
    expect(usage?.usage).toMatchObject({ model: "anthropic/claude-sonnet-5", inputTokens: 100, outputTokens: 20 });
    expect(usage?.usage.costUsd).toBeGreaterThan(0);
  });

  it("uses tools and joins the texts of its steps by a blank line", async () => {
    agent.model.on({ hasToolResult: true, toolResultContains: "Created" }, { content: "Done." }).on(
      { hasToolResult: false },
      {
        content: "Let me write that down.",
        toolCalls: [{ name: "write", arguments: JSON.stringify({ path: "memory/tea.md", content: "green" }) }],
      },
    );
    const asked = turn(agent.endpoints, "note: green tea");
    const stream = await run(agent.url, asked);
    expect(stream.of("tool").map(({ name, status }) => [name, status])).toEqual([
      ["write", "started"],
      ["write", "finished"],
    ]);
    expect(stream.of("final")[0]?.text).toBe("Let me write that down.\n\nDone.");
    expect(stream.shown()).toBe("Let me write that down.\n\nDone.");
    const file = await call(agent.url, query(asked, { what: "file", path: "memory/tea.md" }));
    expect(file).toEqual({ what: "file", path: "memory/tea.md", text: "green" });
  });

  it("reports a failing tool to the model and goes on", async () => {
    agent.model
      .on({ hasToolResult: true }, { content: "There is no such file." })
      .on({ hasToolResult: false }, { toolCalls: [{ name: "read", arguments: '{"path":"nope.md"}' }] });
    const stream = await run(agent.url, turn(agent.endpoints, "read nope.md"));
    expect(stream.of("tool").map(({ status }) => status)).toEqual(["started", "failed"]);
    expect(stream.of("final")[0]?.text).toBe("There is no such file.");
  });

  it("repeats the same final when it is asked again, in this process and in a fresh one", async () => {
    agent.model.on({}, { content: "An answer." });
    const asked = turn(agent.endpoints, "question");
    const first = await run(agent.url, asked);
    const again = await run(agent.url, { ...asked, fence: 2 });
    const fresh = await run((await agent.startAgent()).url, resume(asked, 3, 17));
    for (const stream of [again, fresh]) {
      expect(stream.kinds()).toEqual(["accepted", "final"]);
      const { text, consumed, workspace } = stream.of("final")[0]!;
      expect({ text, consumed, workspace }).toEqual({
        text: "An answer.",
        consumed: first.of("final")[0]?.consumed,
        workspace: first.of("final")[0]?.workspace,
      });
    }
    expect(agent.model.getRequests()).toHaveLength(1);
  });

  it("remembers earlier turns of its conversation, but not of another epoch", async () => {
    agent.model.on({}, { content: "ok" });
    await run(agent.url, turn(agent.endpoints, "my name is Ada"));
    await run(agent.url, turn(agent.endpoints, "again", { turnId: "turn-0002", fence: 2 }));
    await run(agent.url, turn(agent.endpoints, "new", { turnId: "turn-0003", fence: 3, epoch: 1 }));
    const sent = agent.model.getRequests().map(({ body }) => JSON.stringify(body));
    expect(sent[1]).toContain("my name is Ada");
    expect(sent[2]).not.toContain("my name is Ada");
    const history = await call(agent.url, query(turn(agent.endpoints, ""), { what: "history", limit: 3 }));
    expect(history).toMatchObject({
      entries: [
        { role: "assistant", text: "ok" },
        { role: "user", text: "again" },
        { role: "assistant", text: "ok" },
      ],
    });
  });

  it("shows nothing of an answer that turns out to be the sign for silence", async () => {
    agent.model.on({}, { content: "NO_REPLY" });
    const asked = { ...turn(agent.endpoints, "they talk"), ...GROUP };
    const stream = await run(agent.url, asked);
    expect(stream.of("delta")).toEqual([]);
    expect(stream.of("final")[0]).toMatchObject({ text: "", consumed: ["telegram:1"] });
    const direct = await run(agent.url, turn(agent.endpoints, "hello"));
    expect(direct.of("final")[0]?.text).toBe("(The model ended its turn without an answer.)");
  });

  it("shows an answer that only begins like it", async () => {
    agent.model.on({}, { content: "NO" });
    const stream = await run(agent.url, turn(agent.endpoints, "yes or no?"));
    expect(stream.of("final")[0]?.text).toBe("NO");
  });

  it("knows what it was told: a file that one turn wrote is in the prompt of the next", async () => {
    agent.model.on({}, { content: "ok" });
    const offline = { model: "offline/offline", fallbacks: [], timezone: "UTC" };
    await run(agent.url, turn(agent.endpoints, "remember that I like tea", { settings: offline }));
    await run(agent.url, turn(agent.endpoints, "hello", { turnId: "turn-0002", fence: 2 }));
    const body = agent.model.getLastRequest()?.body;
    expect(JSON.stringify(body?.["messages"])).toContain("- I like tea");
  });

  it("ends a turn that would never end by itself, with what it has", async () => {
    agent.model.on({}, { content: "Once more.", toolCalls: [{ name: "session_status", arguments: "{}" }] });
    const stream = await run(agent.url, turn(agent.endpoints, "go on for ever"));
    expect(agent.model.getRequests()).toHaveLength(RUNTIME_BOUNDS.stepsMax);
    expect(stream.of("final")[0]?.text).toMatch(/^Once more\.\n\nOnce more\./);
  }, 30_000);

  it("says that no call is waiting when an approval comes", async () => {
    const asked = turn(agent.endpoints, "hello");
    const stream = await run(agent.url, { ...asked, kind: "approve", callId: "call-1", decision: "allow_once" });
    expect(stream.of("error")[0]).toMatchObject({ code: "approval_unknown", retry: "never" });
  });

  it("logs its steps with ids, and no text", async () => {
    agent.model.on({}, { content: "a secret answer" });
    await run(agent.url, turn(agent.endpoints, "a secret question"));
    const ids = { conversation: "agent:main:main", turnId: "turn-0001", fence: 1 };
    await eventually(() => {
      expect(agent.logged).toEqual([
        { event: "turn_started", kind: "turn", ...ids },
        { event: "turn_ended", end: "final", ms: expect.any(Number), ...ids },
      ]);
    });
  });

  it("refuses a space that is not the conversation's own", async () => {
    const asked = turn(agent.endpoints, "hello");
    const stream = await run(agent.url, { ...asked, space: turn(agent.endpoints, "", {}).space, conversation: PERSON });
    expect(stream.kinds()).toEqual(["error"]);
  });
});

describe("steering", () => {
  it("takes a message into the running turn, once, and names it in the final", async () => {
    const held = holdAnswer("Tea.");
    agent.model.on({ userMessage: "and milk" }, { content: "Tea and milk." }).on({ userMessage: "tea" }, held.respond);
    const asked = turn(agent.endpoints, "tea");
    const stream = new TurnStream(agent.url, asked);
    await held.asked;
    expect(await call(agent.url, steer(asked, "telegram:2", "and milk"))).toEqual({ status: "queued" });
    expect(await call(agent.url, steer(asked, "telegram:2", "and milk"))).toEqual({ status: "queued" });
    expect(await call(agent.url, steer(asked, "telegram:1", "tea"))).toEqual({ status: "queued" });
    held.release();
    await stream.ended;
    expect(stream.of("final")[0]).toMatchObject({
      text: "Tea.\n\nTea and milk.",
      consumed: ["telegram:1", "telegram:2"],
    });
    expect(await call(agent.url, steer(asked, "telegram:3", "late"))).toEqual({ status: "not_running" });
  });

  it("does not carry a message into the next turn when the turn was stopped before taking it", async () => {
    const held = holdAnswer("First.");
    agent.model.on({ userMessage: "second" }, { content: "Second." }).on({ userMessage: "first" }, held.respond);
    const asked = turn(agent.endpoints, "first");
    const stream = new TurnStream(agent.url, asked);
    await held.asked;
    await call(agent.url, steer(asked, "telegram:2", "never mind"));
    await call(agent.url, abort(asked, 2));
    await stream.ended;
    held.release();
    const messages = [promptMessage("telegram:3", "second")];
    const next = await run(agent.url, turn(agent.endpoints, "", { turnId: "turn-0002", fence: 3, messages }));
    expect(next.of("final")[0]).toMatchObject({ text: "Second.", consumed: [inboundId("telegram:3")] });
    expect(JSON.stringify(agent.model.getLastRequest()?.body)).not.toContain("never mind");
  });
});

describe("stopping", () => {
  it("aborts a running turn for good: the same turn asked again only says so", async () => {
    const held = holdAnswer("Too late.");
    agent.model.on({}, held.respond);
    const asked = turn(agent.endpoints, "question");
    const stream = new TurnStream(agent.url, asked);
    await held.asked;
    expect(await call(agent.url, abort(asked, 2))).toEqual({ status: "aborted" });
    await stream.ended;
    expect(stream.of("error")[0]).toMatchObject({ code: "aborted", retry: "never" });
    expect(await call(agent.url, abort(asked, 3))).toEqual({ status: "not_running" });
    held.release();
    const again = await run((await agent.startAgent()).url, resume(asked, 4));
    expect(again.of("error")[0]).toMatchObject({ code: "aborted" });
    expect(agent.model.getRequests()).toHaveLength(1);
  });

  it("ends a turn at its deadline", async () => {
    const held = holdAnswer("Too late.");
    agent.model.on({}, held.respond);
    const stream = await run(
      agent.url,
      turn(agent.endpoints, "question", { limits: { leftMs: 300, pingEveryMs: 15_000 } }),
    );
    held.release();
    expect(stream.of("error")[0]).toMatchObject({ code: "deadline", retry: "never" });
  });

  it("sends pings while it has nothing else to say", async () => {
    const held = holdAnswer("At last.");
    agent.model.on({}, held.respond);
    const asked = turn(agent.endpoints, "question", { limits: { leftMs: 60_000, pingEveryMs: 20 } });
    const stream = new TurnStream(agent.url, asked);
    await eventually(() => {
      expect(stream.of("ping").length).toBeGreaterThan(2);
    });
    held.release();
    await stream.ended;
    expect(stream.of("final")[0]?.text).toBe("At last.");
  });
});
