import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { keepSaid, readContext } from "../../durable-objects/channel-session/context.ts";
import { GROUP_SESSION, groupMessage } from "./group-inbound.ts";
import { openRows } from "./open-rows.ts";
import { RecordingPlatform } from "./recording-platform.ts";

afterEach(reset);

describe("what a group says to others", () => {
  it("is kept as far as the channel wants it, the newest", async () => {
    const { channel } = new RecordingPlatform(false);
    const chatty = { ...channel, limits: { ...channel.limits, overheardMax: 3 } };
    const kept = await runInDurableObject(env.CHANNEL_SESSION.getByName(GROUP_SESSION), (_object, state) => {
      const { sql } = openRows(state, env);
      for (let n = 1; n <= 5; n += 1) keepSaid({ sql, channel: () => chatty }, groupMessage(n, `word ${n}`));
      return readContext(sql).map(({ text }) => text);
    });
    expect(kept).toEqual(["word 3", "word 4", "word 5"]);
  });
});
