/** A session whose turn runs, at an agent that takes everything and says nothing. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, vi } from "vitest";
import { directMessage } from "./inbound.ts";

const session = () => env.CHANNEL_SESSION.getByName(directMessage(1).session);

/** The phase and the fence of the session's turn; null if it has none. */
export function readTurn(): Promise<{ readonly phase: unknown; readonly fence: number } | null> {
  return runInDurableObject(session(), (_object, { storage }) => {
    const [row] = storage.sql.exec<{ state: string }>("SELECT state FROM turn").toArray();
    const turn: unknown = row ? JSON.parse(row.state) : null;
    if (typeof turn !== "object" || turn === null || !("phase" in turn && "fence" in turn)) return null;
    return { phase: turn.phase, fence: Number(turn.fence) };
  });
}

/** Begins a turn for message 1 of the private chat of user 7; returns its fence. */
export async function beginSilentTurn(): Promise<number> {
  vi.spyOn(globalThis, "fetch").mockImplementation(() => Promise.withResolvers<Response>().promise);
  await session().accept(directMessage(1));
  return await vi.waitFor(async () => {
    const turn = await readTurn();
    expect(turn?.phase).toBe("running");
    return turn?.fence ?? 0;
  });
}
