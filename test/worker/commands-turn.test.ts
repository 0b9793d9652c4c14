import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { insertInbound } from "../../durable-objects/channel-session/inbox.ts";
import type { IoEffect } from "../../durable-objects/channel-session/rows.ts";
import type { SessionSettings } from "../../durable-objects/channel-session/settings.ts";
import { changeSettings } from "../../durable-objects/channel-session/settings-rows.ts";
import { TurnStore } from "../../durable-objects/channel-session/turn-store.ts";
import { formatConversationKey, formatSessionKey } from "../../protocol/session-key.ts";
import { directMessage } from "./inbound.ts";
import { openRows } from "./open-rows.ts";

const MAIN = formatConversationKey({ kind: "main", agent: "main" });
/** A session of nobody's: only its database is used. */
const SESSION = formatSessionKey({ agent: "main", channel: "telegram", chatKind: "direct", chatId: "99" });
const USAGE = { model: "x/y", inputTokens: 12, outputTokens: 3, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0.5 };

afterEach(reset);

/** A turn for message 1 during which message 2 comes; then it is answered. What was asked for, and what is shown. */
async function turnWith(settings: Partial<SessionSettings>) {
  return await runInDurableObject(env.CHANNEL_SESSION.getByName(SESSION), (_object, state) => {
    const session = openRows(state, env);
    const asked: IoEffect[] = [];
    const turns = new TurnStore(session, (effects) => void asked.push(...effects));
    changeSettings(session.sql, settings);
    const write = (number: number) => {
      const { id } = directMessage(number);
      insertInbound(session.sql, directMessage(number), { kind: "turn", conversation: MAIN }, 0);
      turns.dispatch({ kind: "message", id, conversation: MAIN });
    };
    write(1);
    const turnId = turns.state.turn?.turnId;
    if (!turnId) throw new Error("no turn");
    turns.dispatch({ kind: "granted", conversation: MAIN, turnId, fence: 1, epoch: 0 });
    turns.dispatch({ kind: "begun", turnId, fence: 1 });
    write(2);
    turns.noteUsage({ turnId, conversation: MAIN, kind: "chat" }, USAGE, undefined);
    turns.dispatch({ kind: "final", turnId, fence: 1, text: "Done.", consumed: [directMessage(1).id] });
    const shown = session.sql.exec<{ markdown: string }>("SELECT markdown FROM outbox").toArray();
    return {
      steered: asked.filter(({ kind }) => kind === "steer").length,
      shown: shown.map(({ markdown }) => markdown),
    };
  });
}

describe("a turn", () => {
  it("takes in what comes meanwhile, unless the session collects", async () => {
    expect((await turnWith({})).steered).toBe(1);
    await reset();
    expect((await turnWith({ queue: "collect" })).steered).toBe(0);
  });

  it("says below its answer what it took, as far as the session wants to know", async () => {
    expect((await turnWith({})).shown).toEqual(["Done."]);
    await reset();
    expect((await turnWith({ usage: "full" })).shown).toEqual(["Done.\n\n🧮 12 in, 3 out · 💵 $0.5000 · 🧠 `x/y`"]);
  });
});
