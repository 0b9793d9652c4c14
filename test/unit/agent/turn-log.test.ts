import { describe, expect, it } from "vitest";
import { type Subscriber, TurnLog } from "../../../agent-container/src/turn/turn-log.ts";
import { RUNTIME_BOUNDS } from "../../../protocol/bounds.ts";
import { isTurnId, type TurnId } from "../../../protocol/ids.ts";
import type { TurnEvent } from "../../../protocol/turn-event.ts";

function turnId(text: string): TurnId {
  if (!isTurnId(text)) throw new Error("not a turn id");
  return text;
}

class Reader implements Subscriber {
  readonly events: TurnEvent[] = [];
  isClosed = false;
  send(event: TurnEvent): void {
    this.events.push(event);
  }
  close(): void {
    this.isClosed = true;
  }
}

function logWith(count: number): TurnLog {
  const log = new TurnLog(turnId("turn-0001"));
  for (let n = 1; n <= count; n += 1) log.emit({ kind: "delta", text: String(n) });
  return log;
}

describe("TurnLog", () => {
  it("numbers events from 1, whether somebody reads them or not", () => {
    const log = logWith(2);
    const reader = new Reader();
    log.subscribe(reader, 7);
    log.emit({ kind: "ping" });
    expect(reader.events).toEqual([{ kind: "ping", turnId: "turn-0001", fence: 7, seq: 3 }]);
  });

  it("sends a returning edge what it missed, under the fence it came with", () => {
    const log = logWith(4);
    const reader = new Reader();
    log.subscribe(reader, 9);
    expect(log.replay(2)).toBe(true);
    expect(reader.events.map(({ seq, fence }) => [seq, fence])).toEqual([
      [3, 9],
      [4, 9],
    ]);
  });

  it("says so when what was missed is unknown: never seen, forgotten, or from another process", () => {
    const reader = new Reader();
    const log = logWith(RUNTIME_BOUNDS.eventsKeptMax + 10);
    log.subscribe(reader, 1);
    expect(log.replay(0)).toBe(false);
    expect(log.replay(9)).toBe(false);
    expect(log.replay(RUNTIME_BOUNDS.eventsKeptMax + 11)).toBe(false);
    expect(reader.events).toEqual([]);
    expect(log.replay(10)).toBe(true);
    expect(reader.events).toHaveLength(RUNTIME_BOUNDS.eventsKeptMax);
  });

  it("closes the subscriber before when another one takes over, and ignores its late goodbye", () => {
    const log = logWith(0);
    const [old, young] = [new Reader(), new Reader()];
    log.subscribe(old, 1);
    log.subscribe(young, 2);
    expect(old.isClosed).toBe(true);
    log.unsubscribe(old);
    log.emit({ kind: "ping" });
    expect(young.events).toHaveLength(1);
    log.close();
    expect(young.isClosed).toBe(true);
  });

  it("keeps no more text than it may, and always the newest event", () => {
    const log = new TurnLog(turnId("turn-0001"));
    const text = "x".repeat(RUNTIME_BOUNDS.eventsKeptMaxChars / 2);
    for (let n = 1; n <= 5; n += 1) log.emit({ kind: "snapshot", text });
    log.subscribe(new Reader(), 1);
    expect([log.replay(3), log.replay(2)]).toEqual([true, false]);
    log.emit({ kind: "snapshot", text: text.repeat(3) });
    const reader = new Reader();
    log.subscribe(reader, 1);
    expect([log.replay(5), log.replay(4), reader.events.length]).toEqual([true, false, 1]);
  });
});
