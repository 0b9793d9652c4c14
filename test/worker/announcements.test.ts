import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { announce, readAnnouncementState } from "../../durable-objects/channel-session/announcements.ts";
import { takeContext } from "../../durable-objects/channel-session/context.ts";
import {
  markSending,
  markSent,
  nextPart,
  recordFailure,
  recoverSending,
} from "../../durable-objects/channel-session/outbox.ts";
import { outcomeOf } from "../../durable-objects/channel-session/send-outcome.ts";
import type { SessionContext } from "../../durable-objects/channel-session/session-context.ts";
import { TurnStore } from "../../durable-objects/channel-session/turn-store.ts";
import { ChannelError } from "../../protocol/errors.ts";
import { formatSessionKey } from "../../protocol/session-key.ts";
import type { Announcement } from "../../protocol/tasks.ts";
import { openRows } from "./open-rows.ts";

const NOW = 1_800_000_000_000;
const REMINDER: Announcement = {
  id: "stretch:1800000000000",
  text: "⏰ stretch",
  files: [],
  conversation: null,
  note: { text: "You sent this here by yourself, as planned (Stretch): stretch", isUntrusted: false },
};

/** The rows of a chat of its own. */
function inChat(chatId: string, work: (session: SessionContext, turns: TurnStore) => void): Promise<void> {
  const key = formatSessionKey({ agent: "main", channel: "telegram", chatKind: "direct", chatId });
  return runInDurableObject(env.CHANNEL_SESSION.getByName(key), (_object, state) => {
    const session = openRows(state, env);
    work(session, new TurnStore(session, () => {}));
  });
}

describe("an announcement", () => {
  it("is enqueued once, however often it is handed over, and answers nobody", async () => {
    await inChat("7001", (session, turns) => {
      announce(session, turns, REMINDER, NOW);
      announce(session, turns, REMINDER, NOW + 1);
      const rows = session.sql.exec("SELECT markdown, inbound_ids, turn_id FROM outbox").toArray();
      expect(rows).toEqual([{ markdown: "⏰ stretch", inbound_ids: "[]", turn_id: null }]);
    });
  });

  it("is told to the model with the next message of the chat", async () => {
    await inChat("7002", (session, turns) => {
      announce(session, turns, REMINDER, NOW);
      expect(takeContext(session.sql)).toEqual([{ kind: "happened", at: NOW, text: REMINDER.note?.text }]);
    });
  });

  it("in which others may speak says so to the model", async () => {
    await inChat("7007", (session, turns) => {
      const note = { text: "You sent this here", isUntrusted: true };
      announce(session, turns, { ...REMINDER, note }, NOW);
      expect(takeContext(session.sql)).toEqual([{ kind: "happened", at: NOW, text: note.text, isUntrusted: true }]);
    });
  });

  it("is pending until its parts are sent, and unknown in a chat that never had it", async () => {
    await inChat("7003", (session, turns) => {
      const { sql } = session;
      expect(readAnnouncementState(sql, REMINDER.id)).toBe("unknown");
      announce(session, turns, REMINDER, NOW);
      expect(readAnnouncementState(sql, REMINDER.id)).toBe("pending");
      const part = nextPart(sql);
      if (!part) throw new Error("no part");
      markSent(sql, part, { messageId: "1" }, NOW);
      expect(readAnnouncementState(sql, REMINDER.id)).toBe("delivered");
    });
  });

  it("that may have been shown is not sent again by itself: nobody waits for it", async () => {
    await inChat("7004", (session, turns) => {
      const { sql } = session;
      announce(session, turns, REMINDER, NOW);
      const part = nextPart(sql);
      if (!part) throw new Error("no part");
      const unknown = new ChannelError(
        "channel_outcome_unknown",
        { channel: "telegram", method: "sendMessage" },
        "cut",
      );
      recordFailure(sql, part, outcomeOf(part, unknown, false, NOW), unknown.code);
      expect(nextPart(sql)).toBeNull();
      expect(readAnnouncementState(sql, REMINDER.id)).toBe("in_doubt");
    });
  });

  it("whose sending a crash cut off is not sent again either, but where sending is idempotent", async () => {
    for (const [chatId, isIdempotent, state] of [
      ["7005", false, "in_doubt"],
      ["7006", true, "pending"],
    ] as const) {
      await inChat(chatId, (session, turns) => {
        const { sql } = session;
        announce(session, turns, REMINDER, NOW);
        const part = nextPart(sql);
        if (!part) throw new Error("no part");
        markSending(sql, part.seq, NOW);
        recoverSending(sql, () => isIdempotent, NOW);
        expect(readAnnouncementState(sql, REMINDER.id)).toBe(state);
      });
    }
  });
});
