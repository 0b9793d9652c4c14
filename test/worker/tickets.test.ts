import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type AnswerContext,
  answerWithNotice,
  commitAnswer,
} from "../../durable-objects/channel-session/answer-rows.ts";
import { arrivalOf, insertInbound, loadState } from "../../durable-objects/channel-session/inbox.ts";
import { enqueueAnswer, markSending, nextPart, recordFailure } from "../../durable-objects/channel-session/outbox.ts";
import { isTurnId } from "../../protocol/ids.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import type { ReplyAddress, ReplyTicket } from "../../protocol/outbound.ts";
import { formatConversationKey } from "../../protocol/session-key.ts";
import { command, directMessage } from "./inbound.ts";
import { openRows } from "./open-rows.ts";
import { beginSilentTurn } from "./running-turn.ts";

const MAIN = formatConversationKey({ kind: "main", agent: "main" });
const session = () => env.CHANNEL_SESSION.getByName(directMessage(1).session);
const CONTEXT: AnswerContext = {
  now: 1_000,
  limits: { textMax: 200, linesMax: null, captionMax: 20, filesMax: 1, fileMaxBytes: 0, showsButtons: false },
  newButtonId: () => "button",
  mayStaySilent: true,
  isTask: false,
  contextUse: null,
  usage: null,
  usageFooter: () => "off",
  languageOf: () => "en",
};

/** A message that came by a call which shows a place for its answer. */
function called(number: number, ticket: Partial<ReplyTicket> = {}): Inbound {
  const message = directMessage(number);
  const whole = { token: `token-${number}`, goodUntil: Number.MAX_SAFE_INTEGER, holdsPlace: true, isBinding: false };
  return { ...message, replyTo: { ...message.replyTo, ticket: { ...whole, ...ticket } } };
}

type Part = { readonly markdown: string; readonly address: ReplyAddress };

function partsIn(sql: SqlStorage): readonly Part[] {
  const rows = sql.exec<{ markdown: string; address: string }>("SELECT markdown, address FROM outbox ORDER BY seq");
  return [...rows].map(({ markdown, address }) => ({ markdown, address: JSON.parse(address) }));
}

const parts = () => runInDurableObject(session(), (_object, { storage }) => partsIn(storage.sql));

/** The rows of a session to which nothing else happens. */
function inRows<T>(work: (sql: SqlStorage) => T): Promise<T> {
  return runInDurableObject(session(), (_object, state) => work(openRows(state, env).sql));
}

beforeEach(() => {
  for (const level of ["log", "warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

describe("a message that holds a place for its answer", () => {
  it("waits for a turn of its own, also when the object starts anew", async () => {
    const state = await inRows((sql) => {
      for (const message of [directMessage(1), called(2), called(3, { holdsPlace: false })]) {
        insertInbound(sql, message, { kind: "turn", conversation: MAIN }, 1);
      }
      return loadState(sql);
    });
    expect(state.open.map(({ isAlone = false }) => isAlone)).toEqual([false, true, false]);
    expect(arrivalOf(called(3, { holdsPlace: false, isBinding: true }), MAIN).isAlone).toBe(true);
  });

  it("is told in its place when it is stopped, and the others are not told one by one", async () => {
    await beginSilentTurn();
    for (const message of [called(2), directMessage(3), called(4)]) await session().accept(message);
    await session().accept(command(5, "stop"));
    await vi.waitFor(async () => {
      const said = (await parts()).map(({ markdown, address }) => [markdown, address.ticket?.token]);
      expect(said).toEqual([
        ["⚙️ Stopped.", "token-2"],
        ["⚙️ Stopped.", "token-4"],
        ["⚙️ Stopped.", undefined],
      ]);
    });
  });

  it("gets an answer also where the agent may stay silent", async () => {
    const turnId = "turn-00000001";
    if (!isTurnId(turnId)) throw new Error(turnId);
    const said = await inRows((sql) => {
      insertInbound(sql, called(1), { kind: "turn", conversation: MAIN }, 1);
      commitAnswer(sql, { turnId, ids: [called(1).id], conversation: MAIN, text: "NO_REPLY" }, CONTEXT);
      return partsIn(sql);
    });
    expect(said).toHaveLength(1);
  });

  it("is told where its answer is when one text answers several", async () => {
    const said = await inRows((sql) => {
      const messages = [called(1), directMessage(2), called(3)];
      for (const message of messages) insertInbound(sql, message, { kind: "turn", conversation: MAIN }, 1);
      answerWithNotice(
        sql,
        null,
        messages.map(({ id }) => id),
        { kind: "choose" },
        CONTEXT,
      );
      return partsIn(sql).map(({ address }) => address.ticket?.token);
    });
    expect(new Set(said)).toEqual(new Set(["token-1", "token-3"]));
  });

  it("has its place taken by the first part of its answer only; the rest goes by the call if no other way leads there", async () => {
    const twoParts = (address: ReplyAddress) =>
      inRows((sql) => {
        const answer = { turnId: null, address, parts: [{ markdown: "1" }, { markdown: "2" }], inboundIds: [] };
        enqueueAnswer(sql, answer, 1);
        const [first, second] = partsIn(sql).slice(-2);
        return [first?.address.ticket?.holdsPlace, second?.address.ticket?.holdsPlace];
      });
    expect(await twoParts(called(1).replyTo)).toEqual([true, undefined]);
    expect(await twoParts(called(1, { isBinding: true }).replyTo)).toEqual([true, false]);
  });
});

describe("a part of which nobody knows whether it was shown", () => {
  it("knows since when, however often and long it is tried", async () => {
    const since = await inRows((sql) => {
      const answer = { turnId: null, address: called(1).replyTo, parts: [{ markdown: "1" }], inboundIds: [] };
      const [seq = 0] = enqueueAnswer(sql, answer, 1);
      const heard: (number | null | undefined)[] = [];
      const attempt = (at: number, reason: string) => {
        markSending(sql, seq, at);
        const row = nextPart(sql);
        if (row) recordFailure(sql, row, { state: "not_sent", dueAt: at, resend: false }, reason);
        heard.push(nextPart(sql)?.mayBeShownSince);
      };
      attempt(10, "channel_rate_limited");
      attempt(20, "interrupted");
      attempt(30, "channel_unreachable");
      attempt(40, "channel_outcome_unknown");
      return heard;
    });
    expect(since).toEqual([null, 20, 20, 20]);
  });
});

describe("whoever is not heard", () => {
  it("is told so at once by a platform that can: nothing was kept of it", async () => {
    const stranger = env.CHANNEL_SESSION.getByName(directMessage(1, "8").session);
    expect(await stranger.accept(directMessage(1, "8"))).toBe("accepted");
    expect(await stranger.accept(directMessage(2, "8"))).toBe("ignored");
    expect(await session().accept({ ...directMessage(3), sender: { id: "9", name: "Bot", isBot: true } })).toBe(
      "ignored",
    );
  });
});
