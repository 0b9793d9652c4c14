/** The pure parts of the stand-ins and of the edge's client. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCutter } from "../../../local/aws/runtime/cut-point.ts";
import {
  beginLiveness,
  countInvocation,
  isAtRest,
  isIdle,
  type Liveness,
  observePing,
} from "../../../local/aws/runtime/liveness.ts";
import { readAwsChunked } from "../../../local/aws/s3/aws-chunked.ts";
import { readRange } from "../../../local/aws/s3/conditions.ts";
import { keyOf, pathOf } from "../../../local/aws/s3/key-path.ts";
import { FaultRules, parseFaultRule } from "../../../local/aws/faults.ts";
import { formatConversationKey } from "../../../protocol/session-key.ts";
import { CONFLICT_BACKOFF, conflictPauseMs, judgeRefusal } from "../../../worker/agentcore/retry-policy.ts";
import { runtimeSessionId } from "../../../worker/agentcore/runtime-session-id.ts";

describe("judgeRefusal", () => {
  it.each([
    [400, "ValidationException", "agent_refused", false],
    [401, "UnauthorizedException", "agent_refused", false],
    [402, "ServiceQuotaExceededException", "agent_throttled", false],
    [403, "AccessDeniedException", "agent_refused", false],
    [404, "ResourceNotFoundException", "agent_refused", false],
    [409, "RetryableConflictException:http://internal/", "agent_conflict", true],
    [409, "ConflictException", "agent_refused", false],
    [409, null, "agent_refused", false],
    [424, "RuntimeClientError", "agent_unavailable", false],
    [429, "ThrottlingException", "agent_throttled", false],
    [500, "InternalServerException", "agent_unavailable", false],
    [503, null, "agent_unavailable", false],
    [302, null, "agent_refused", false],
  ] as const)("takes %i %s as %s", (status, errorType, code, repeatNow) => {
    expect(judgeRefusal({ status, errorType })).toEqual({ code, repeatNow });
  });
});

describe("conflictPauseMs", () => {
  it("grows, stays within its bounds, and ends", () => {
    const tries = Array.from({ length: CONFLICT_BACKOFF.triesMax }, (_, index) => index + 1);
    fc.assert(
      fc.property(fc.constantFrom(...tries), fc.double({ min: 0, max: 0.999, noNaN: true }), (tried, jitter) => {
        const pause = conflictPauseMs(tried, jitter);
        expect(pause === null).toBe(tried === CONFLICT_BACKOFF.triesMax);
        expect(pause ?? CONFLICT_BACKOFF.firstMs).toBeGreaterThanOrEqual(CONFLICT_BACKOFF.firstMs / 2);
        expect(pause ?? CONFLICT_BACKOFF.longestMs).toBeLessThanOrEqual(CONFLICT_BACKOFF.longestMs);
      }),
    );
  });
});

describe("runtimeSessionId", () => {
  it("is stable, of legal length, and another for each part that differs", async () => {
    const main = formatConversationKey({ kind: "main", agent: "main" });
    const person = formatConversationKey({ kind: "person", agent: "main", personId: "telegram-1" });
    const parts = { deployment: "local", agent: "main", conversation: main, release: "1" };
    const changes = [{}, { deployment: "x" }, { agent: "x" }, { conversation: person }, { release: "2" }];
    const ids = await Promise.all(changes.map((change) => runtimeSessionId({ ...parts, ...change })));
    expect(new Set(ids).size).toBe(changes.length);
    expect(await runtimeSessionId(parts)).toBe(ids[0]);
    for (const id of ids) expect(id).toMatch(/^claw-[0-9a-f]{64}$/);
  });
});

describe("liveness", () => {
  const healthy = { status: "Healthy", timeOfLastUpdate: null } as const;

  it("counts as idle only when the agent says it is at rest and nothing has moved for the timeout", () => {
    let state: Liveness = countInvocation(beginLiveness(0), 1, 10);
    state = observePing(state, healthy, "honoured", 5_000);
    expect(isIdle(state, 100, 5_000)).toBe(false); // a call is under way
    state = countInvocation(state, -1, 6_000);
    expect(isAtRest(state)).toBe(false); // it may go on in the background
    state = observePing(state, healthy, "honoured", 6_010);
    expect([isIdle(state, 100, 6_099), isIdle(state, 100, 6_100)]).toEqual([false, true]);
  });

  it("never ends for an agent that moves its time with every ping", () => {
    let state = beginLiveness(0);
    for (let now = 0; now < 10_000; now += 50) {
      state = observePing(state, { status: "Healthy", timeOfLastUpdate: now / 1_000 }, "honoured", now);
      expect(isIdle(state, 100, now)).toBe(false);
    }
  });

  it("ends for an agent whose time stands still", () => {
    let state = beginLiveness(0);
    for (const now of [0, 50, 100]) {
      state = observePing(state, { status: "Healthy", timeOfLastUpdate: 1 }, "honoured", now);
    }
    expect(isIdle(state, 100, 100)).toBe(true);
  });
});

describe("createCutter", () => {
  it("passes exactly so many events, wherever the chunks are cut", () => {
    const events = fc.array(fc.string({ unit: fc.constantFrom("a", "{", " "), maxLength: 5 }), { minLength: 1 });
    fc.assert(
      fc.property(events, fc.nat(), fc.integer({ min: 1, max: 9 }), (texts, pick, size) => {
        const frames = texts.map((text) => `data: ${text}\n\n`);
        const afterEvents = (pick % frames.length) + 1;
        const wire = Buffer.from(frames.join(""));
        const cutter = createCutter({ afterEvents });
        let passed = "";
        for (let at = 0, isOver = false; at < wire.length && !isOver; at += size) {
          const cut = cutter(wire.subarray(at, at + size));
          passed += cut.pass.toString();
          isOver = cut.isOver;
        }
        expect(passed).toBe(frames.slice(0, afterEvents).join(""));
      }),
    );
  });

  it("passes exactly so many bytes, or none", () => {
    expect(createCutter({ afterBytes: 3 })(Buffer.from("abcdef"))).toEqual({ pass: Buffer.from("abc"), isOver: true });
    expect(createCutter({})(Buffer.from("abc"))).toEqual({ pass: Buffer.from(""), isOver: true });
  });
});

describe("readAwsChunked", () => {
  const frame = (chunks: readonly Uint8Array[], trailer: string) =>
    Buffer.concat([
      ...chunks.flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n")]),
      Buffer.from(`0\r\n${trailer}\r\n`),
    ]);

  it("gives back what was framed", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 })), (chunks) => {
        const read = readAwsChunked(frame(chunks, "x-amz-checksum-crc32:NhCmhg==\r\n"));
        expect(read.ok && read.value.content).toEqual(Buffer.concat(chunks));
        expect(read.ok && read.value.trailers.get("x-amz-checksum-crc32")).toBe("NhCmhg==");
      }),
    );
  });

  it("takes nothing else, and never throws", () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readAwsChunked(Buffer.from(bytes))));
    for (const text of ["", "5\r\nhello", "5\r\nhel\r\n0\r\n\r\n", "-1\r\n", "5;x\r\nhelloXX0\r\n\r\n"]) {
      expect(readAwsChunked(Buffer.from(text)).ok).toBe(false);
    }
  });
});

describe("pathOf", () => {
  const key = fc.string({ unit: fc.constantFrom("a", "A", "/", ".", "_", "5", "é", "%"), minLength: 1, maxLength: 20 });

  it("has a place for each key that stays in the folder and leads back to it", () => {
    fc.assert(
      fc.property(key, (each) => {
        const path = pathOf(each);
        expect(path).not.toBeNull();
        expect(keyOf(path ?? "")).toBe(each);
        for (const part of (path ?? "").split("/")) expect(part).toMatch(/^(?!\.)[a-z0-9._-]+$/);
      }),
    );
  });

  it("gives no key the place of another, nor that of another's folder", () => {
    fc.assert(
      fc.property(key, key, (left, right) => {
        const [one = "", two = ""] = [pathOf(left), pathOf(right)].map((path) => path ?? "");
        if (left !== right) expect(one).not.toBe(two);
        expect(one.startsWith(`${two}/`)).toBe(false);
      }),
    );
  });
});

describe("readRange", () => {
  it.each([
    [undefined, null],
    ["bytes=0-0", { start: 0, end: 1 }],
    ["bytes=2-99", { start: 2, end: 10 }],
    ["bytes=-99", { start: 0, end: 10 }],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=10-", "unsatisfiable"],
    ["bytes=5-4", null],
    ["bytes=0-1,3-4", null],
    ["lines=1-2", null],
  ])("reads %j of ten bytes as %j", (range, expected) => {
    expect(readRange(range, 10)).toEqual(expected);
  });
});

describe("FaultRules", () => {
  const target = { operation: "invoke", sessionId: "abc", body: Buffer.from('{"kind":"turn"}') } as const;
  const cut = { kind: "cut", afterEvents: 1 } as const;

  it("strike only whom they name, as often as they say", () => {
    const rules = new FaultRules();
    rules.inject({ session: "ab", invocation: "turn", count: 2, fault: cut });
    expect(rules.take({ ...target, sessionId: "x" })).toEqual([]);
    expect(rules.take({ ...target, operation: "stop" })).toEqual([]);
    expect(rules.take({ ...target, body: Buffer.from("not JSON") })).toEqual([]);
    expect([rules.take(target), rules.take(target), rules.take(target)]).toEqual([[cut], [cut], []]);
  });

  it("strike with every delay but only one fault at a time", () => {
    const rules = new FaultRules();
    rules.inject({ fault: cut });
    rules.inject({ fault: { kind: "latency", ms: 5 } });
    rules.inject({ fault: { kind: "error", status: 500 } });
    expect(rules.take(target)).toEqual([cut, { kind: "latency", ms: 5 }]);
    expect(rules.take(target)).toEqual([{ kind: "error", status: 500 }]);
  });

  it("are read from JSON, and nothing else is", () => {
    expect(parseFaultRule('{"fault":{"kind":"kill"}}').ok).toBe(true);
    for (const text of ["", "null", "[]", "{}", '{"fault":{"kind":"error","status":418}}']) {
      expect(parseFaultRule(text).ok).toBe(false);
    }
  });
});
