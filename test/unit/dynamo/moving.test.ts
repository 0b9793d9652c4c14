import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTranscriptPage } from "../../../agent-container/src/transcript/export.ts";
import { importTranscript } from "../../../agent-container/src/transcript/import.ts";
import { WORKSPACE_BOUNDS } from "../../../protocol/bounds.ts";
import type { ImportInvocation } from "../../../protocol/invocation.ts";
import { chatter, SmallTalk } from "../agent/small-talk.ts";
import { query, space, turn } from "../agent/invocations.ts";
import { createDynamoWorld, type DynamoWorld, HAS_DYNAMODB } from "./dynamo-world.ts";

type Page = { readonly lines: readonly string[]; readonly next: number | null };

const entriesIn = (lines: readonly string[]) => lines.slice(1).map((line): unknown => JSON.parse(line));

describe.skipIf(!HAS_DYNAMODB)("a conversation that moves from a laptop to the table", () => {
  let world: DynamoWorld;
  let talk: SmallTalk;
  beforeEach(async () => {
    world = await createDynamoWorld();
    talk = await SmallTalk.open();
  });
  afterEach(async () => {
    await talk.agents.close();
    await world.stop();
  });

  const order = (lines: readonly string[], fence = 1): ImportInvocation => ({
    kind: "import",
    protocol: 1,
    conversation: world.conversation(),
    epoch: 1,
    fence,
    space: space("owner"),
    grants: { models: {}, ...world.grants() },
    lines: [...lines],
  });

  async function linesOf(): Promise<readonly string[]> {
    const lines: string[] = [];
    for (let from: number | null = 0; from !== null;) {
      const page: Page = await readTranscriptPage(
        world.store(),
        { conversation: world.conversation(), epoch: 1 },
        from,
        0,
      );
      lines.push(...page.lines);
      from = page.next;
    }
    return lines;
  }

  it("has the same entries there, a summary and what is too large for an item among them", async () => {
    await talk.say(chatter(9_000), chatter(9_000), { command: "compact" }, "And now?");
    const started = turn({ blobs: talk.agents.blobs.url }, "");
    const [page] = (await talk.agents.query([query(started, { what: "transcript", from: 0 })])) as readonly Page[];
    const lines = page?.lines ?? [];
    const { id } = JSON.parse(lines.at(-1) ?? "{}") as { readonly id: string };
    const content = "x".repeat(WORKSPACE_BOUNDS.entryMaxBytes + 100_000);
    const large = { type: "message", id: "large", parentId: id, message: { role: "user", content, timestamp: 1 } };
    const all = [...lines, JSON.stringify(large)];
    expect(await importTranscript(order(all), world.store())).toEqual({ entries: all.length - 1 });
    expect(entriesIn(await linesOf())).toEqual(entriesIn(all));
    expect(await importTranscript(order(all, 2), world.store())).toEqual({ entries: all.length - 1 });
    await expect(importTranscript(order(all, 1), world.store())).rejects.toMatchObject({ code: "storage_fence_lost" });
  });
});
