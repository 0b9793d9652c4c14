import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { formatSessionKey } from "../../protocol/session-key.ts";
import { RowWorld } from "./row-world.ts";
import { openRows } from "./open-rows.ts";

const KEY = formatSessionKey({ agent: "main", channel: "telegram", chatKind: "direct", chatId: "7" });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  for (const method of ["log", "warn", "error"] as const) vi.spyOn(console, method).mockReturnValue();
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await reset();
});

describe("a session on its rows, with crashes, failing writes and a platform that fails in every way", () => {
  const script = fc.noBias(fc.array(fc.nat(99_999_999), { maxLength: 120, size: "max" }));

  it.each([false, true])(
    "loses nothing and doubles nothing but what is marked (idempotent sends: %s)",
    async (idempotent) => {
      await runInDurableObject(env.CHANNEL_SESSION.getByName(KEY), async (_object, state) => {
        const session = openRows(state, env);
        const property = fc.asyncProperty(script, async (choices) => {
          const world = new RowWorld(session, idempotent);
          for (const choice of choices) await world.act(choice);
          await world.settle();
          expect(world.problems).toEqual([]);
        });
        await fc.assert(property, { numRuns: 250 });
      });
    },
    120_000,
  );
});
