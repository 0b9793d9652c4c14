import { expect, it } from "vitest";
import { OneAtATime } from "../../../../agent-container/src/agent/attachments/one-at-a-time.ts";

it("begins with the next piece of work when the one before has ended, well or not", async () => {
  const queue = new OneAtATime();
  const said: string[] = [];
  const work = (name: string, end: () => unknown) =>
    queue.run(async () => {
      said.push(`${name} begins`);
      await end();
      said.push(`${name} ends`);
      return name;
    });
  const failing = () => {
    throw new Error("no");
  };
  const first = Promise.withResolvers<null>();
  const all = [work("a", () => first.promise), work("b", failing), work("c", () => null)];
  const settled = Promise.allSettled(all);
  await new Promise(setImmediate);
  expect(said).toEqual(["a begins"]);
  first.resolve(null);
  expect((await settled).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(said).toEqual(["a begins", "a ends", "b begins", "c begins", "c ends"]);
});
