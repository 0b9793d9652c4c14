import { reset, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { OBJECT_BOUNDS } from "../../durable-objects/bounds.ts";
import type { ClientFrame } from "../../protocol/web-frame.ts";
import { webMessage } from "./inbound.ts";
import { makeRows } from "./open-rows.ts";

const { answersShownAgainMax, charactersShownAgainMax } = OBJECT_BOUNDS;

afterEach(reset);

/** Stores answers that were sent while nobody was there, of so many characters each. */
async function missAnswers(count: number, characters: number): Promise<void> {
  const session = env.CHANNEL_SESSION.getByName(webMessage(1).session);
  await makeRows(session);
  await runInDurableObject(session, (_object, { storage }) => {
    storage.sql.exec(
      `WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
       INSERT INTO outbox (turn_id, part, parts, address, markdown, inbound_ids, state, attempts, due_at,
         resent_after_unknown, created_at, sent_at)
       SELECT NULL, 1, 1, ?, hex(zeroblob(?)), '[]', 'sent', 1, 0, 0, 0, ? FROM number`,
      count,
      JSON.stringify(webMessage(1).replyTo),
      characters / 2,
      Date.now(),
    );
  });
}

type Final = { readonly seq: number; readonly ids: readonly string[]; readonly length: number };
type Visit = { readonly finals: readonly Final[]; readonly closed: number | null };

function readFinal(frame: unknown): Final | null {
  if (typeof frame !== "object" || frame === null || !("seq" in frame && "ids" in frame && "text" in frame))
    return null;
  const { seq, ids, text } = frame;
  return typeof seq === "number" && Array.isArray(ids) && typeof text === "string"
    ? { seq, ids: ids.map(String), length: text.length }
    : null;
}

/** Connects, sends one frame, and reads until the answer to it is there or the socket is closed. */
async function visit(frame: ClientFrame): Promise<Visit> {
  const headers = { authorization: "Bearer admin-token-for-tests", upgrade: "websocket" };
  const { webSocket: socket } = await exports.default.fetch("https://claw.test/web/socket", { headers });
  if (!socket) throw new Error("no socket");
  const finals: Final[] = [];
  const { promise, resolve } = Promise.withResolvers<Visit>();
  socket.addEventListener("message", ({ data }) => {
    const final = readFinal(JSON.parse(String(data)));
    if (final) finals.push(final);
    if (final?.ids.includes(frame.id)) resolve({ finals, closed: null });
  });
  socket.addEventListener("close", ({ code }) => resolve({ finals, closed: code }));
  socket.accept();
  socket.send(JSON.stringify(frame));
  const seen = await promise;
  if (seen.closed === null) socket.close(1000);
  return seen;
}

describe("a web client that was away", () => {
  it("gets more answers than one reading holds, in order, before the answer to what it says", async () => {
    const missed = 2 * answersShownAgainMax + 50;
    await missAnswers(missed, 10);
    const { finals, closed } = await visit({ type: "send", id: "back", text: "/whoami", afterSeq: 0 });
    expect(closed).toBeNull();
    expect(finals.map(({ seq }) => seq)).toEqual(Array.from({ length: missed + 1 }, (_, index) => index + 1));
  });

  it("gets just as many answers as one reading holds", async () => {
    await missAnswers(answersShownAgainMax + 3, 10);
    const { finals } = await visit({ type: "send", id: "back", text: "/whoami", afterSeq: 3 });
    expect(finals).toHaveLength(answersShownAgainMax + 1);
  });

  it("gets more characters than one go holds by coming back, and nothing newer comes in between", async () => {
    const characters = charactersShownAgainMax / 4;
    await missAnswers(12, characters);
    const visits: Visit[] = [];
    for (let afterSeq = 0; visits.at(-1)?.closed !== null && visits.length < 5;) {
      // Its message is taken the first time, and answered at once: that answer has to wait for its turn.
      const seen = await visit({ type: "send", id: "back", text: "/whoami", afterSeq });
      visits.push(seen);
      afterSeq = seen.finals.at(-1)?.seq ?? afterSeq;
    }
    const goes = visits.map(({ finals, closed }) => [finals.map(({ seq }) => seq), closed]);
    expect(goes).toEqual([
      [[1, 2, 3, 4, 5], 1013],
      [[6, 7, 8, 9, 10], 1013],
      [[11, 12, 13], null],
    ]);
    const lengths = visits.flatMap(({ finals }) => finals).slice(0, 12);
    expect(lengths.every(({ length }) => length === characters)).toBe(true);
  });
});

describe("a message that was stopped", () => {
  it("is told of to whoever waits for its answer, and to whoever sends it again", async () => {
    const waiting = visitUntilStopped({ type: "send", id: "long", text: "think for long" });
    await vi.waitFor(async () => {
      const state = (await env.CHANNEL_SESSION.getByName(webMessage(1).session).ledger(1)).messages[0]?.state;
      expect(["accepted", "leased", "running"]).toContain(state);
    });
    await visit({ type: "send", id: "end", text: "/stop" });
    expect(await waiting).toBe("long");
    expect(await visitUntilStopped({ type: "send", id: "long", text: "think for long" })).toBe("long");
  });
});

/** Connects, sends one frame, and reads until a message is said to be stopped: its id. */
async function visitUntilStopped(frame: ClientFrame): Promise<unknown> {
  const headers = { authorization: "Bearer admin-token-for-tests", upgrade: "websocket" };
  const { webSocket: socket } = await exports.default.fetch("https://claw.test/web/socket", { headers });
  if (!socket) throw new Error("no socket");
  const { promise, resolve } = Promise.withResolvers<unknown>();
  socket.addEventListener("message", ({ data }) => {
    const told: unknown = JSON.parse(String(data));
    if (typeof told !== "object" || told === null || !("code" in told && "id" in told)) return;
    if (told.code === "stopped") resolve(told.id);
  });
  socket.accept();
  socket.send(JSON.stringify(frame));
  const id = await promise;
  socket.close(1000);
  return id;
}
