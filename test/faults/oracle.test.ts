import { describe, expect, it } from "vitest";
import { messageId } from "./chats.ts";
import { FILLER } from "./model.ts";
import { judge } from "./oracle.ts";
import { verdictOf } from "./verdict.ts";

const [one, two] = [
  { chat: 1, id: messageId(1, 1) },
  { chat: 1, id: messageId(1, 2) },
];
const marked = (count: number, deadPreviews: readonly string[] = []) => ({
  resentFor: () => Promise.resolve(count),
  deadPreviews: () => deadPreviews,
});

describe("judge", () => {
  it("counts a message as answered when both ends of an answer were shown", () => {
    const shown = () => [`begin ${one.id}`, `end ${one.id}`, `begin ${two.id} end ${two.id}`];
    expect(judge([one, two], shown)).toEqual({ lost: [], doubled: [] });
  });

  it("counts a message without an answer, or with half of one, as lost", () => {
    expect(judge([one, two], () => [`begin ${one.id} and so on`, "⚠️ I could not answer that."])).toEqual({
      lost: [one, two],
      doubled: [],
    });
  });

  it("counts a message as lost when both ends of a long answer were shown, but not all between them", () => {
    const grown = [`begin ${one.id}\n\nand so on and so`, `and so on\n\nend ${one.id}`];
    expect(judge([one], () => grown).lost).toEqual([one]);
    const whole = [`begin ${one.id}\n\n${FILLER.slice(0, 4_000)}`, `${FILLER.slice(4_000).trim()}\n\nend ${one.id}`];
    expect(judge([one], () => whole).lost).toEqual([]);
  });

  it("counts a message as doubled when a part of its answer, or another answer, was shown twice", () => {
    const half = [`begin ${one.id}`, `begin ${one.id}`, `end ${one.id}`];
    expect(judge([one], () => half).doubled).toEqual([one]);
    const joined = [`begin ${one.id} end ${one.id}`, `begin ${one.id} ${two.id} end ${one.id} ${two.id}`];
    expect(judge([one, two], () => joined).doubled).toEqual([one]);
  });
});

describe("verdictOf", () => {
  const twice = [`begin ${one.id} end ${one.id}`, `begin ${one.id} end ${one.id}`];

  it("excuses a text that was shown twice if the ledger says that it was resent", async () => {
    expect(await verdictOf([one], () => twice, marked(1))).toEqual({
      lost: [],
      doubled: [],
      excused: [one],
      stale: [],
    });
  });

  it("excuses neither a text that nothing in the ledger explains, nor one that was shown three times", async () => {
    expect((await verdictOf([one], () => twice, marked(0))).doubled).toEqual([one]);
    expect((await verdictOf([one], () => [...twice, ...twice.slice(0, 1)], marked(1))).doubled).toEqual([one]);
  });

  it("does not excuse two different answers to one message", async () => {
    const shown = () => [`begin ${one.id} end ${one.id}`, `begin ${one.id} ${two.id} end ${one.id} ${two.id}`];
    expect((await verdictOf([one, two], shown, marked(1))).doubled).toEqual([one]);
  });

  describe("of a growing answer that was given up", () => {
    const stale = `begin ${one.id} and so`;
    const whole = [`begin ${one.id} ${FILLER.slice(0, 4_000)}`, `${FILLER.slice(4_000).trim()} end ${one.id}`];

    it("excuses its beginning above the whole answer, once", async () => {
      expect(await verdictOf([one], () => [stale, ...whole], marked(0, [stale]))).toEqual({
        lost: [],
        doubled: [],
        excused: [],
        stale: [one],
      });
      expect((await verdictOf([one], () => [stale, stale, ...whole], marked(0, [stale]))).doubled).toEqual([one]);
    });

    it("excuses no beginning that the database does not know, that is another text, or that came last", async () => {
      expect((await verdictOf([one], () => [stale, ...whole], marked(1))).doubled).toEqual([one]);
      expect((await verdictOf([one], () => [`${stale} on`, ...whole], marked(0, [stale]))).doubled).toEqual([one]);
      expect((await verdictOf([one], () => [...whole, stale], marked(0, [stale]))).doubled).toEqual([one]);
      const other = `begin ${one.id} but`;
      expect((await verdictOf([one], () => [other, ...whole], marked(0, [other]))).doubled).toEqual([one]);
    });

    it("does not take the beginning for the answer's own", async () => {
      const verdict = await verdictOf([one], () => [stale, ...whole.slice(1)], marked(0, [stale]));
      expect(verdict.lost).toEqual([one]);
    });

    it("excuses a resent part of the answer besides", async () => {
      const shown = () => [stale, ...whole.slice(0, 1), ...whole];
      expect(await verdictOf([one], shown, marked(1, [stale]))).toEqual({
        lost: [],
        doubled: [],
        excused: [one],
        stale: [],
      });
      expect((await verdictOf([one], shown, marked(0, [stale]))).doubled).toEqual([one]);
    });
  });
});
