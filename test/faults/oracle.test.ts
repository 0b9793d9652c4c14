import { describe, expect, it } from "vitest";
import { messageId } from "./chats.ts";
import { judge } from "./oracle.ts";
import { verdictOf } from "./verdict.ts";

const [one, two] = [
  { chat: 1, id: messageId(1, 1) },
  { chat: 1, id: messageId(1, 2) },
];
const marked = (count: number) => () => Promise.resolve(count);

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
    expect(await verdictOf([one], () => twice, marked(1))).toEqual({ lost: [], doubled: [], excused: [one] });
  });

  it("excuses neither a text that nothing in the ledger explains, nor one that was shown three times", async () => {
    expect((await verdictOf([one], () => twice, marked(0))).doubled).toEqual([one]);
    expect((await verdictOf([one], () => [...twice, ...twice.slice(0, 1)], marked(1))).doubled).toEqual([one]);
  });

  it("does not excuse two different answers to one message", async () => {
    const shown = () => [`begin ${one.id} end ${one.id}`, `begin ${one.id} ${two.id} end ${one.id} ${two.id}`];
    expect((await verdictOf([one, two], shown, marked(1))).doubled).toEqual([one]);
  });
});
