import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TurnEvent } from "../../../protocol/turn-event.ts";
import { joinBlocks } from "../../../agent-container/src/turn/answer-text.ts";
import type { Subscriber } from "../../../agent-container/src/turn/turn-log.ts";
import { TurnStream } from "../../../agent-container/src/turn/turn-stream.ts";
import { turnId } from "./invocations.ts";

const FRAGMENTS = [
  "<think>;hidden;</think>;\n</think>\n\n;[[reply_to_current]];<|im_end|>;[TOOL_CALLS];<tool_call>;</tool_call>",
  "NO_REPLY;**;`;```\n;\n;\n\n; ;Hello;.;a < b;<;[[;😀",
].flatMap((fragments) => fragments.split(";"));
const block = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 8 });
const MARKS = /<think>|<\/think>|reply_to|im_end|TOOL_|tool_call/;

/** An edge, and what it has on its screen. */
class Edge implements Subscriber {
  readonly screens: string[] = [""];

  send(event: TurnEvent): void {
    if (event.kind === "snapshot") this.screens.push(event.text);
    if (event.kind === "delta") this.screens.push(this.screens.at(-1) + event.text);
  }

  close(): void {
    // Nothing is left to do.
  }
}

describe("a stream of a turn", () => {
  it("comes to what the finished blocks say, for every edge, whenever it came, and whatever was taken back", () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 4 }), block, fc.nat({ max: 60 }), (blocks, broken, comesAt) => {
        const stream = new TurnStream(turnId("turn-0001"), 60_000);
        const edges = [new Edge(), new Edge()] as const;
        stream.subscribe(edges[0], 1);
        stream.begin([]);
        let pieces = 0;
        const say = (texts: readonly string[]) => {
          for (const piece of texts.join("")) {
            stream.hear({ kind: "text", piece });
            pieces += 1;
            if (pieces !== comesAt) continue;
            stream.subscribe(edges[1], 1);
            stream.catchUp(0);
          }
        };
        for (const texts of blocks) {
          say(broken);
          stream.hear({ kind: "void" });
          say(texts);
          stream.hear({ kind: "block_end" });
          stream.hear({ kind: "settled" });
        }
        const said = joinBlocks(blocks.map((texts) => texts.join("")));
        expect(edges[pieces >= comesAt && comesAt > 0 ? 1 : 0].screens.at(-1)).toBe(said);
        stream.end({ kind: "error", code: "over", message: "", retry: "never" });
      }),
      { numRuns: 500 },
    );
  });

  it("never has a mark on a screen outside of code", () => {
    const plain = fc.array(fc.constantFrom(...FRAGMENTS.filter((text) => !text.includes("`"))), { maxLength: 12 });
    fc.assert(
      fc.property(plain, (texts) => {
        const stream = new TurnStream(turnId("turn-0001"), 60_000);
        const edge = new Edge();
        stream.subscribe(edge, 1);
        for (const piece of texts.join("")) stream.hear({ kind: "text", piece });
        stream.hear({ kind: "settled" });
        for (const screen of edge.screens) expect(screen).not.toMatch(MARKS);
        stream.end({ kind: "error", code: "over", message: "", retry: "never" });
      }),
    );
  });
});
