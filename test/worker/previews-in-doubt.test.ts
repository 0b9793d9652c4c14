import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Delivery } from "../../durable-objects/channel-session/delivery.ts";
import { enqueueAnswer, nextPart, recoverSending } from "../../durable-objects/channel-session/outbox.ts";
import { claimPreview, openPreview, readPreview } from "../../durable-objects/channel-session/preview-rows.ts";
import type { SessionContext } from "../../durable-objects/channel-session/session-context.ts";
import { OUTBOUND_BOUNDS } from "../../protocol/bounds.ts";
import { ChannelError } from "../../protocol/errors.ts";
import { isTurnId, type TurnId } from "../../protocol/ids.ts";
import type { Outbound } from "../../protocol/outbound.ts";
import { formatSessionKey } from "../../protocol/session-key.ts";
import { deliveryPorts } from "./delivery-ports.ts";
import { directMessage } from "./inbound.ts";
import { openRows } from "./open-rows.ts";
import { RecordingPlatform } from "./recording-platform.ts";

const KEY = formatSessionKey({ agent: "main", channel: "telegram", chatKind: "direct", chatId: "7" });
const START = 1_800_000_000_000;
const { replyTo: ADDRESS } = directMessage(1);
const RECEIPT = { messageId: "50" };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START });
});

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

function turnId(): TurnId {
  const id = "turn-0001";
  if (!isTurnId(id)) throw new Error("not a turn id");
  return id;
}

type Scene = { readonly session: SessionContext; readonly delivery: Delivery; readonly sent: readonly Outbound[] };

/** A preview that waits in the outbox of a platform of which the first call gets no answer. */
function withPreview(isIdempotent: boolean, work: (scene: Scene) => Promise<void>): Promise<void> {
  return runInDurableObject(env.CHANNEL_SESSION.getByName(KEY), async (_object, state) => {
    const { channel } = new RecordingPlatform(isIdempotent);
    const sent: Outbound[] = [];
    const send = (_to: unknown, message: Outbound) => {
      sent.push(message);
      const lost = new ChannelError("channel_outcome_unknown", { channel: "telegram", method: "send" }, "no answer");
      return sent.length === 1 ? Promise.reject(lost) : Promise.resolve(RECEIPT);
    };
    const session = { ...openRows(state, env), channel: () => ({ ...channel, send }) };
    openPreview(session.sql, { turnId: turnId(), address: ADDRESS, markdown: "the begin" }, START);
    await work({ session, delivery: new Delivery(session, deliveryPorts(session)), sent });
  });
}

/** The turn is over. */
function answer({ sql }: SessionContext): void {
  const edits = claimPreview(sql, turnId());
  const parts = [{ markdown: "the beginning and the end" }];
  const answered = { turnId: turnId(), address: ADDRESS, parts, inboundIds: [], ...(edits !== null && { edits }) };
  enqueueAnswer(sql, answered, Date.now());
}

describe("a growing answer of which nobody knows whether it is shown", () => {
  it("is sent again where that shows it once, and the answer takes its place", async () => {
    await withPreview(true, async ({ session, delivery, sent }) => {
      await delivery.send();
      answer(session);
      vi.setSystemTime(START + OUTBOUND_BOUNDS.retryFirstMs);
      await delivery.send();
      const deliveryId = `${KEY}/1`;
      expect(sent).toMatchObject([
        { deliveryId, markdown: "the begin" },
        { deliveryId, markdown: "the begin", mayBeShownSince: START },
        { markdown: "the beginning and the end", edits: RECEIPT.messageId },
      ]);
      expect(nextPart(session.sql)).toBeNull();
    });
  });

  it("is sent again also after whoever sent it has died", async () => {
    await withPreview(true, async ({ session, delivery, sent }) => {
      session.sql.exec("UPDATE outbox SET state = 'sending', attempts = 1, tried_at = ?", START);
      recoverSending(session.sql, () => true, START);
      expect(nextPart(session.sql)).toMatchObject({ kind: "preview", state: "not_sent", mayBeShownSince: START });
      answer(session);
      vi.setSystemTime(nextPart(session.sql)?.dueAt ?? 0);
      await delivery.send();
      expect(sent).toMatchObject([{ deliveryId: `${KEY}/1`, mayBeShownSince: START }]);
    });
  });

  it("is given up where it could be shown twice, and the answer is a message of its own", async () => {
    await withPreview(false, async ({ session, delivery, sent }) => {
      await delivery.send();
      expect(readPreview(session.sql, turnId())).toMatchObject({ state: "dead" });
      answer(session);
      await delivery.send();
      expect(sent.map(({ markdown, edits }) => [markdown, edits])).toEqual([
        ["the begin", undefined],
        ["the beginning and the end", undefined],
      ]);
    });
  });

  it("is given up where it could be shown twice by whoever takes over", async () => {
    await withPreview(false, async ({ session }) => {
      session.sql.exec("UPDATE outbox SET state = 'sending', attempts = 1, tried_at = ?", START);
      recoverSending(session.sql, () => false, START);
      expect(readPreview(session.sql, turnId())).toMatchObject({ state: "dead" });
    });
  });
});
