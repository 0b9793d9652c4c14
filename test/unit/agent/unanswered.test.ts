import type { FixtureResponse } from "@copilotkit/aimock";
import { describe, expect, it } from "vitest";
import type { TurnInvocation } from "../../../protocol/invocation.ts";
import { call, run, TurnStream } from "./agent-client.ts";
import { eventually } from "./eventually.ts";
import { type HeldAnswer, holdAnswer, useAgent } from "./agent-fixture.ts";
import { abort, promptMessage, query, resume, steer, turn } from "./invocations.ts";

const agent = useAgent();

/** A turn whose first message is answered, and whose second, steered one is in the transcript when the model is asked. */
async function askTwice(asked: TurnInvocation, second: FixtureResponse | HeldAnswer["respond"]): Promise<TurnStream> {
  const held = holdAnswer("First.");
  agent.model.on({ userMessage: "second" }, second).on({ userMessage: "first" }, held.respond);
  const stream = new TurnStream(agent.url, asked);
  await held.asked;
  await call(agent.url, steer(asked, "telegram:2", "second"));
  held.release();
  return stream;
}

const NO_KEY = { error: { message: "invalid x-api-key", type: "authentication_error" }, status: 401 };
const SO_FAR = { text: "First.", consumed: ["telegram:1", "telegram:2"] };

describe("a snapshot", () => {
  it("names the messages in the transcript to an edge that comes back, but not those that only wait", async () => {
    const held = holdAnswer("The answer.");
    agent.model.on({}, held.respond);
    const asked = turn(agent.endpoints, "question");
    const first = new TurnStream(agent.url, asked);
    await held.asked;
    await call(agent.url, steer(asked, "telegram:2", "and more"));
    first.cut();
    await first.ended;
    const second = new TurnStream(agent.url, resume(asked, 2));
    await eventually(() => {
      expect(second.of("snapshot")).toMatchObject([{ text: "", consumed: ["telegram:1"] }]);
    });
    held.release();
    await second.ended;
  });

  it("names a steered message once the model has been asked with it, in this process and in the next", async () => {
    const held = holdAnswer("Second.");
    const asked = turn(agent.endpoints, "first");
    const first = await askTwice(asked, held.respond);
    await held.asked;
    const second = new TurnStream(agent.url, resume(asked, 2));
    await eventually(() => {
      expect(second.of("snapshot")).toMatchObject([SO_FAR]);
    });
    const third = new TurnStream((await agent.startAgent()).url, resume(asked, 3));
    await eventually(() => {
      expect(third.of("snapshot")).toMatchObject([SO_FAR]);
    });
    held.release();
    await Promise.all([first.ended, second.ended, third.ended]);
  });
});

describe("a turn that ends without an answer", () => {
  it("tells what there is before it says that the model failed, and again when it is asked again", async () => {
    const asked = turn(agent.endpoints, "first");
    const stream = await askTwice(asked, NO_KEY);
    await stream.ended;
    expect(stream.events.slice(-2)).toMatchObject([{ kind: "snapshot", ...SO_FAR }, { code: "model_failed" }]);
    const again = await run((await agent.startAgent()).url, resume(asked, 2));
    expect(again.kinds()).toEqual(["accepted", "snapshot", "error"]);
    expect(again.of("snapshot")).toMatchObject([SO_FAR]);
  });

  it("tells what there is when it is stopped or too late", async () => {
    const held = holdAnswer("Second.");
    const asked = turn(agent.endpoints, "first");
    const stopped = await askTwice(asked, held.respond);
    await held.asked;
    await call(agent.url, abort(asked, 2));
    await stopped.ended;
    expect(stopped.events.slice(-2)).toMatchObject([{ kind: "snapshot", ...SO_FAR }, { code: "aborted" }]);
    const limits = { leftMs: 300, pingEveryMs: 15_000 };
    const messages = [promptMessage("telegram:3", "second")];
    const late = await run(agent.url, turn(agent.endpoints, "", { turnId: "turn-0002", fence: 3, messages, limits }));
    expect(late.events.slice(-2)).toMatchObject([
      { kind: "snapshot", text: "", consumed: ["telegram:3"] },
      { code: "deadline" },
    ]);
    held.release();
  });

  it("says nothing of the words of a step that was not finished", async () => {
    agent.model.on({}, { content: "A slow answer" }, { chunkSize: 2, latency: 200 });
    const asked = turn(agent.endpoints, "question");
    const stream = new TurnStream(agent.url, asked);
    await eventually(() => {
      expect(stream.shown()).not.toBe("");
    });
    await call(agent.url, abort(asked, 2));
    await stream.ended;
    expect(stream.events.slice(-2)).toMatchObject([{ kind: "snapshot", text: "" }, { code: "aborted" }]);
  });

  it("tells nothing of itself when another process has gone on with it", async () => {
    const held = holdAnswer("late");
    agent.model.on({}, held.respond);
    const asked = turn(agent.endpoints, "question");
    const stream = new TurnStream(agent.url, asked);
    await held.asked;
    const young = new TurnStream((await agent.startAgent()).url, resume(asked, 2));
    await eventually(() => {
      expect(young.kinds()).toContain("snapshot");
    });
    held.release();
    await Promise.all([stream.ended, young.ended]);
    expect(stream.kinds()).not.toContain("snapshot");
  });
});

describe("a message that an earlier turn took in and did not answer", () => {
  it("is not written into the transcript again; the model is told to go on with it", async () => {
    const stream = await askTwice(turn(agent.endpoints, "first"), NO_KEY);
    await stream.ended;
    agent.model.clearFixtures();
    agent.model.on({}, { content: "Done." });
    const messages = [promptMessage("telegram:2", "second"), promptMessage("telegram:3", "third")];
    const next = await run(agent.url, turn(agent.endpoints, "", { turnId: "turn-0002", fence: 2, messages }));
    expect(next.of("final")[0]).toMatchObject({ text: "Done.", consumed: ["telegram:2", "telegram:3"] });
    const sent = JSON.stringify(agent.model.getLastRequest()?.body?.["messages"]);
    expect(sent.split("second")).toHaveLength(2);
    expect(sent.split("third")).toHaveLength(2);
    expect(sent).toContain("Do not do twice what is done");
  });

  it("is written again when its words are others now", async () => {
    agent.model.on({}, NO_KEY);
    await run(agent.url, turn(agent.endpoints, "first"));
    await run(agent.url, turn(agent.endpoints, "changed", { turnId: "turn-0002", fence: 2 }));
    expect(JSON.stringify(agent.model.getLastRequest()?.body)).toContain("changed");
  });

  it("is written again when an answer was given since", async () => {
    agent.model.on({}, { content: "ok" });
    await run(agent.url, turn(agent.endpoints, "count to three"));
    await run(agent.url, turn(agent.endpoints, "count to three", { turnId: "turn-0002", fence: 2 }));
    const sent = JSON.stringify(agent.model.getLastRequest()?.body?.["messages"]);
    expect(sent.split("count to three")).toHaveLength(3);
  });

  it("stands once in the history", async () => {
    const asked = turn(agent.endpoints, "first");
    agent.model.on({}, NO_KEY);
    await run(agent.url, asked);
    await run(agent.url, turn(agent.endpoints, "first", { turnId: "turn-0002", fence: 2 }));
    const history = await call(agent.url, query(asked, { what: "history", limit: 9 }));
    expect(history).toMatchObject({ entries: [{ role: "user", text: "first" }] });
  });
});
