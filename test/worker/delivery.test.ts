import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Delivery } from "../../durable-objects/channel-session/delivery.ts";
import { insertInbound, markInbound, readMessageState } from "../../durable-objects/channel-session/inbox.ts";
import { readLedger } from "../../durable-objects/channel-session/ledger.ts";
import {
  enqueueAnswer,
  markSent,
  nextPart,
  readPart,
  recordFailure,
  recoverSending,
  replayPart,
} from "../../durable-objects/channel-session/outbox.ts";
import type { SessionContext } from "../../durable-objects/channel-session/session-context.ts";
import { OUTBOUND_BOUNDS } from "../../protocol/bounds.ts";
import { ChannelError } from "../../protocol/errors.ts";
import { isTurnId } from "../../protocol/ids.ts";
import { formatConversationKey, formatSessionKey } from "../../protocol/session-key.ts";
import type { OpenChannel } from "../../worker/channels/registry.ts";
import { deliveryPorts } from "./delivery-ports.ts";
import { FailingSql } from "./failing-sql.ts";
import { directMessage } from "./inbound.ts";
import { RecordingPlatform } from "./recording-platform.ts";
import { openRows } from "./open-rows.ts";

const KEY = formatSessionKey({ agent: "main", channel: "telegram", chatKind: "direct", chatId: "7" });
const MAIN = formatConversationKey({ kind: "main", agent: "main" });
const START = 1_800_000_000_000;
const MESSAGE = directMessage(1);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START });
});

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

type Scene = { readonly session: SessionContext; readonly writes: FailingSql; readonly delivery: Delivery };

/** An answered message whose one part waits in the outbox. */
function withAnswer(channel: OpenChannel | null, work: (scene: Scene) => Promise<void> | void): Promise<void> {
  return runInDurableObject(env.CHANNEL_SESSION.getByName(KEY), async (_object, state) => {
    const real = openRows(state, env);
    const writes = new FailingSql(real.sql);
    const session = { ...real, sql: writes.sql, channel: () => channel };
    insertInbound(real.sql, MESSAGE, { kind: "turn", conversation: MAIN }, START);
    markInbound(real.sql, [MESSAGE.id], { state: "answered" }, START);
    const answer = {
      turnId: null,
      address: MESSAGE.replyTo,
      parts: [{ markdown: "the answer" }],
      inboundIds: [MESSAGE.id],
    };
    enqueueAnswer(real.sql, answer, START);
    await work({ session, writes, delivery: new Delivery(session, deliveryPorts(session)) });
  });
}

/** A channel of which each call ends as the next outcome says. */
function channelOf(outcomes: (() => Promise<{ messageId: string }>)[]): OpenChannel & { readonly calls: () => number } {
  let calls = 0;
  const { channel } = new RecordingPlatform(false);
  const send = () => outcomes[calls++]?.() ?? Promise.resolve({ messageId: String(calls) });
  return { ...channel, send, calls: () => calls };
}

const failWith = (code: ChannelError["code"], retryAfterMs?: number) => () =>
  Promise.reject(
    new ChannelError(code, { channel: "telegram", method: "send" }, "no", {
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    }),
  );

describe("an outcome that cannot be stored", () => {
  it("does not send a part again of which the platform has said that it is shown", async () => {
    const channel = channelOf([]);
    await withAnswer(channel, async ({ session, writes, delivery }) => {
      writes.failAfter(1, 2);
      await delivery.send();
      expect(nextPart(session.sql)?.state).toBe("sending");
      await delivery.send();
      expect(nextPart(session.sql)?.state).toBe("sending");
      await delivery.send();
      expect(nextPart(session.sql)).toBeNull();
      expect(readMessageState(session.sql, MESSAGE.id)?.state).toBe("delivered");
      expect(channel.calls()).toBe(1);
    });
  });

  it("sends an unknown part again only after its pause, and marks it", async () => {
    const channel = channelOf([failWith("channel_outcome_unknown")]);
    await withAnswer(channel, async ({ session, writes, delivery }) => {
      writes.failAfter(1, 1);
      await delivery.send();
      await delivery.send();
      const unknown = { state: "unknown", resentAfterUnknown: true, dueAt: START + OUTBOUND_BOUNDS.resendUnknownMs };
      expect(nextPart(session.sql)).toMatchObject(unknown);
      expect(channel.calls()).toBe(1);
    });
  });

  it("obeys a Retry-After that could not be stored", async () => {
    const channel = channelOf([failWith("channel_rate_limited", 60_000)]);
    await withAnswer(channel, async ({ session, writes, delivery }) => {
      writes.failAfter(1, 1);
      await delivery.send();
      await delivery.send();
      expect(nextPart(session.sql)).toMatchObject({ state: "not_sent", dueAt: START + 60_000 });
    });
  });

  it("waits before it tries a failing storage again", async () => {
    await withAnswer(channelOf([]), async ({ session, writes, delivery }) => {
      writes.failAfter(0, 1);
      await delivery.send();
      const dueAt = nextPart(session.sql)?.dueAt ?? null;
      expect(delivery.alarmAt(dueAt, Date.now())).toBe(START + OUTBOUND_BOUNDS.retryFirstMs);
    });
  });
});

describe("the first part of an answer", () => {
  /** The answer's only part takes the place of a preview of that state. */
  const behindPreview = ({ sql }: SessionContext, state: "sent" | "dead") => {
    const query = `INSERT INTO outbox (kind, part, parts, address, markdown, inbound_ids, state, attempts, due_at, receipt,
       resent_after_unknown, created_at) VALUES ('preview', 1, 1, ?, 'the', '[]', ?, 1, 0, '50', 0, 0) RETURNING seq`;
    const { seq } = sql.exec<{ seq: number }>(query, JSON.stringify(MESSAGE.replyTo), state).one();
    sql.exec("UPDATE outbox SET edits = ? WHERE kind = 'part'", seq);
  };
  const doubt = failWith("channel_outcome_unknown");
  const again = { state: "not_sent", resentAfterUnknown: false };
  const onceMore = { state: "unknown", resentAfterUnknown: true };

  it("is edited again when it is unknown whether it took the place of its preview", async () => {
    await withAnswer(channelOf([doubt]), async ({ session, delivery }) => {
      behindPreview(session, "sent");
      await delivery.send();
      expect(nextPart(session.sql)).toMatchObject(again);
      session.sql.exec("UPDATE outbox SET state = 'sending' WHERE kind = 'part'");
      recoverSending(session.sql, () => false, START);
      expect(nextPart(session.sql)).toMatchObject(again);
    });
  });

  it("is a message like any other when its preview was given up: sent once more after an unknown, and marked", async () => {
    await withAnswer(channelOf([doubt]), async ({ session, delivery }) => {
      behindPreview(session, "dead");
      await delivery.send();
      expect(nextPart(session.sql)).toMatchObject(onceMore);
      session.sql.exec("UPDATE outbox SET state = 'sending', resent_after_unknown = 0 WHERE kind = 'part'");
      recoverSending(session.sql, () => false, START);
      expect(nextPart(session.sql)).toMatchObject(onceMore);
    });
  });

  it("is given up when it is refused and has no preview to take the place of", async () => {
    const channel = channelOf([failWith("channel_refused"), failWith("channel_refused")]);
    await withAnswer(channel, async ({ session, delivery }) => {
      behindPreview(session, "dead");
      await delivery.send();
      expect(channel.calls()).toBe(1);
    });
  });
});

describe("a part that is given up", () => {
  it("does not hold up the parts behind it", async () => {
    const channel = channelOf([failWith("channel_refused")]);
    await withAnswer(channel, async ({ session, delivery }) => {
      const next = { turnId: null, address: MESSAGE.replyTo, parts: [{ markdown: "more" }], inboundIds: [MESSAGE.id] };
      enqueueAnswer(session.sql, next, START);
      await delivery.send();
      expect(nextPart(session.sql)).toBeNull();
      expect(channel.calls()).toBe(2);
    });
  });
});

describe("a part that was given up in doubt and is replayed", () => {
  const doubt = failWith("channel_outcome_unknown");
  const giveUp = async ({ session: { sql }, delivery }: Scene) => {
    await delivery.send();
    vi.setSystemTime(START + OUTBOUND_BOUNDS.resendUnknownMs);
    await delivery.send();
    const row = readPart(sql, 1);
    if (row?.state !== "dead") throw new Error("it is not dead");
    replayPart(sql, row, Date.now());
  };

  it("has its one resend after an unknown again", async () => {
    const channel = channelOf([doubt, doubt, doubt]);
    await withAnswer(channel, async (scene) => {
      await giveUp(scene);
      await scene.delivery.send();
      expect(readPart(scene.session.sql, 1)).toMatchObject({ state: "unknown", resentAfterUnknown: true });
      vi.setSystemTime(START + 2 * OUTBOUND_BOUNDS.resendUnknownMs);
      await scene.delivery.send();
      expect(readPart(scene.session.sql, 1)?.state).toBe("sent");
      expect(channel.calls()).toBe(4);
    });
  });

  it("stays marked in the ledger, also when it is sent at once or after failures that leave no doubt", async () => {
    const channel = channelOf([doubt, doubt, failWith("channel_rate_limited", 1_000)]);
    await withAnswer(channel, async (scene) => {
      const isMarked = () => readLedger(scene.session.sql, 1).parts[0]?.resentAfterUnknown;
      await giveUp(scene);
      expect(isMarked()).toBe(true);
      await scene.delivery.send();
      vi.setSystemTime(Date.now() + 1_000);
      await scene.delivery.send();
      expect(readPart(scene.session.sql, 1)?.state).toBe("sent");
      expect(isMarked()).toBe(true);
    });
  });
});

describe("a channel that is not configured", () => {
  it("is looked for again after a pause, not in a loop", async () => {
    await withAnswer(null, async ({ session, delivery }) => {
      await delivery.send();
      const dueAt = nextPart(session.sql)?.dueAt ?? null;
      expect(delivery.alarmAt(dueAt, Date.now())).toBe(START + OUTBOUND_BOUNDS.retryMaxMs);
      expect(nextPart(session.sql)).toMatchObject({ state: "pending", attempts: 0 });
    });
  });
});

describe("a notice of a failure", () => {
  it.each(["sent", "dead"] as const)("that is %s says nothing of the answer that a replay brought", async (end) => {
    await withAnswer(channelOf([]), ({ session: { sql } }) => {
      const turnId = "turn-that-failed";
      if (!isTurnId(turnId)) throw new Error(turnId);
      sql.exec(
        "INSERT INTO turns (turn_id, conversation, fence, outcome, started_at, ended_at) VALUES (?, ?, 1, 'failed', 0, 0)",
        turnId,
        MAIN,
      );
      const answer = nextPart(sql);
      enqueueAnswer(
        sql,
        { turnId, address: MESSAGE.replyTo, parts: [{ markdown: "notice" }], inboundIds: [MESSAGE.id] },
        START,
      );
      if (answer) sql.exec("UPDATE outbox SET state = 'sent' WHERE seq = ?", answer.seq);
      const notice = nextPart(sql);
      if (!answer || !notice) throw new Error("nothing to send");
      if (end === "sent") markSent(sql, notice, { messageId: "1" }, START);
      else recordFailure(sql, notice, { state: "dead", dueAt: START, resend: false }, "channel_refused");
      expect(readMessageState(sql, MESSAGE.id)?.state).toBe("answered");
      markSent(sql, answer, { messageId: "2" }, START);
      expect(readMessageState(sql, MESSAGE.id)?.state).toBe("delivered");
    });
  });
});
