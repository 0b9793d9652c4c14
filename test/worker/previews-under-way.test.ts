import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { arrivalOf, insertInbound } from "../../durable-objects/channel-session/inbox.ts";
import { Pace } from "../../durable-objects/channel-session/pace.ts";
import { TurnKeeper } from "../../durable-objects/channel-session/turn-keeper.ts";
import { TurnStore } from "../../durable-objects/channel-session/turn-store.ts";
import { isConversationKey } from "../../protocol/session-key.ts";
import type { PreviewHandle } from "../../worker/channels/registry.ts";
import { directMessage } from "./inbound.ts";
import { openRows } from "./open-rows.ts";
import { RecordingPlatform } from "./recording-platform.ts";

beforeEach(() => {
  for (const method of ["log", "warn", "error"] as const) vi.spyOn(console, method).mockReturnValue();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** A session whose previews are on their way until they are let go, the oldest first. */
function keeperOf(state: DurableObjectState) {
  const onTheWay: ((handle: PreviewHandle) => void)[] = [];
  const { channel } = new RecordingPlatform(false);
  const session = {
    ...openRows(state, env),
    channel: () => ({
      ...channel,
      limits: { ...channel.limits, previewMode: () => "draft" as const },
      preview: () => new Promise<PreviewHandle>((arrive) => onTheWay.push(arrive)),
    }),
  };
  const turns: TurnStore = new TurnStore(session, (effects) => keeper.start(effects));
  const keeper = new TurnKeeper(session, turns, new Pace(session), () => undefined, Date.now());
  return { session, turns, keeper, onTheWay };
}

describe("a preview of one turn that is under way when the next turn begins", () => {
  it("is still waited for, lest it takes the place of its turn's answer", async () => {
    // Nobody grants a lane: both turns only show that they wait.
    vi.spyOn(env.AGENT_DIRECTORY, "getByName").mockImplementation(() => {
      throw new Error("out of reach");
    });
    const conversation = "agent:main:main";
    if (!isConversationKey(conversation)) throw new Error(conversation);
    const [first, second] = [directMessage(1), directMessage(2)];
    await runInDurableObject(env.CHANNEL_SESSION.getByName(first.session), async (_object, state) => {
      const { session, turns, keeper, onTheWay } = keeperOf(state);
      for (const message of [first, second]) {
        insertInbound(session.sql, message, { kind: "turn", conversation }, Date.now());
        turns.dispatch({ ...arrivalOf(message, conversation), isAlone: true });
      }
      await vi.waitFor(() => expect(onTheWay).toHaveLength(1));
      turns.dispatch({ kind: "stop", ids: [first.id] });
      await vi.waitFor(() => expect(onTheWay).toHaveLength(2));
      let isSettled = false;
      const settled = keeper.settled().then(() => (isSettled = true));
      onTheWay[1]?.({ shownText: "" });
      await scheduler.wait(0);
      expect(isSettled).toBe(false);
      onTheWay[0]?.({ shownText: "" });
      await settled;
    });
  });
});
