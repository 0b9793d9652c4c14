import { type Message, normalizeContext } from "@earendil-works/pi-ai";
import * as v from "valibot";
import { afterEach, describe, expect, it } from "vitest";
import { joinTurns } from "../../../../agent-container/src/agent/models/bedrock-turns.ts";
import { selectCandidates } from "../../../../agent-container/src/agent/models/candidates.ts";
import { loadClients } from "../../../../agent-container/src/agent/models/provider-clients.ts";
import { createOpenModel } from "../../../../agent-container/src/agent/models/providers.ts";
import { emptyAssistantMessage } from "../model-messages.ts";
import { toolCall } from "../scripted-model.ts";
import { keysFor, MODEL_OF, type RawServer, startRawServer } from "./raw-wire.ts";

let server: RawServer | undefined;
afterEach(() => server?.close());

const said = (text: string): Message => ({ role: "user", content: [{ type: "text", text }], timestamp: 0 });

describe("a request to Bedrock", () => {
  it("has people and model in turns, also where somebody spoke while a tool ran", async () => {
    server = await startRawServer("bedrock");
    server.replies = [{ pieces: [{ text: "Done." }] }];
    const keys = keysFor("bedrock", server.url);
    const candidates = selectCandidates({ model: MODEL_OF.bedrock, fallbacks: [] }, keys);
    if (!candidates.ok) throw new Error(candidates.error.message);
    await loadClients(["amazon-bedrock"]);
    const call = emptyAssistantMessage({ content: [toolCall("c1", "read", { path: "a.md" })], stopReason: "toolUse" });
    const result: Message = {
      role: "toolResult",
      toolCallId: "c1",
      toolName: "read",
      content: [{ type: "text", text: "what is in a.md" }],
      isError: false,
      timestamp: 0,
    };
    const messages = [said("read a.md"), call, result, said("and b.md")];
    const stream = createOpenModel(() => keys)(candidates.value[0], normalizeContext({ messages }), {});
    expect((await stream.result()).stopReason).toBe("stop");
    const body = v.parse(
      v.object({
        messages: v.array(v.object({ role: v.string(), content: v.array(v.record(v.string(), v.unknown())) })),
      }),
      JSON.parse(server.bodies[0] ?? ""),
    );
    expect(body.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    const last = body.messages.at(-1)?.content.filter((block) => !("cachePoint" in block));
    expect(last).toMatchObject([{ toolResult: { toolUseId: "c1" } }, { text: "and b.md" }]);
  });
});

describe("joinTurns", () => {
  it("leaves a request alone that is in order, and one that it does not know", () => {
    const turns = [
      { role: "user", content: [] },
      { role: "assistant", content: [] },
    ];
    expect(joinTurns({ messages: turns, system: [] })).toBeUndefined();
    expect(joinTurns({ input: "x" })).toBeUndefined();
  });
});
