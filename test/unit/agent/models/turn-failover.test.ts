import { describe, expect, it } from "vitest";
import { selectCandidates } from "../../../../agent-container/src/agent/models/candidates.ts";
import { Cooldowns } from "../../../../agent-container/src/agent/models/cooldowns.ts";
import { createTurnFailover } from "../../../../agent-container/src/agent/models/turn-failover.ts";

const KEYS = { bedrock: { region: "eu-central-1", credentials: { accessKeyId: "id", secretAccessKey: "secret" } } };

describe("createTurnFailover", () => {
  it("says in the log whose window is so small that its conversations are summed up all the time", () => {
    const settings = { model: "bedrock/qwen.qwen3-32b-v1:0", fallbacks: ["bedrock/us.amazon.nova-pro-v1:0"] };
    const candidates = selectCandidates(settings, KEYS);
    if (!candidates.ok) throw new Error(candidates.error.message);
    const [qwen, nova] = candidates.value;
    const small = { ...qwen, name: "amazon-bedrock/small", model: { ...qwen.model, contextWindow: 20_000 } };
    const logged: object[] = [];
    const failover = createTurnFailover([qwen, small, ...(nova ? [nova] : [])], {
      cooldowns: new Cooldowns(),
      open: () => {
        throw new Error("not asked");
      },
      now: () => 0,
      sleep: () => Promise.resolve(),
      log: (line) => logged.push(line),
      spend: () => undefined,
    });
    expect(logged).toEqual([{ event: "model_window_small", model: "amazon-bedrock/small", windowTokens: 20_000 }]);
    expect(failover.candidates).toHaveLength(3);
  });
});
