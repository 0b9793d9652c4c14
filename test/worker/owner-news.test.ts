import { abortAllDurableObjects, reset, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isTurnId } from "../../protocol/ids.ts";
import type { OwnerNews } from "../../protocol/owner-news.ts";
import { formatConversationKey, type SessionKey } from "../../protocol/session-key.ts";
import { WEB_SESSION } from "../../worker/channels/registry.ts";
import { directory, OWNER_DM, PATIENCE, session } from "./directory-world.ts";

const MAIN = formatConversationKey({ kind: "main", agent: "main" });
const STOPPED: OwnerNews = { kind: "gateway_stopped", reason: "disallowed_intents", code: 4014 };

const saidIn = (key: SessionKey) =>
  runInDurableObject(session(key), (_object, { storage: { sql } }) =>
    sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'outbox'").toArray().length === 0
      ? []
      : [...sql.exec<{ markdown: string }>("SELECT markdown FROM outbox")].map(({ markdown }) => markdown),
  );

/** The owner has written in their chat on Telegram. */
async function writeThere(): Promise<void> {
  const id = "turn-of-the-owner";
  if (isTurnId(id)) await directory().beginTurn(MAIN, id, OWNER_DM, 0);
}

beforeEach(() => {
  for (const level of ["log", "warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

describe("what the owner must know of a channel", () => {
  it("is said once, in their chat on another one, also when it is told again and the objects died in between", async () => {
    await writeThere();
    await directory().tellOwner(STOPPED, "discord", "gateway:1");
    await vi.waitFor(async () => expect(await saidIn(OWNER_DM)).toHaveLength(1), PATIENCE);
    await abortAllDurableObjects();
    await directory().tellOwner(STOPPED, "discord", "gateway:1");
    await directory().tellOwner({ kind: "messages_missed", messages: 3, chats: 2 }, "discord", "gap:1");
    await vi.waitFor(async () => expect(await saidIn(OWNER_DM)).toHaveLength(2), PATIENCE);
    const [first, second] = await saidIn(OWNER_DM);
    expect(first).toContain("`4014`");
    expect(first).toContain("Message Content Intent");
    expect(second).toContain("3 messages in 2 chats");
  });

  it("is said in the web chat when their only chat is on that channel", async () => {
    await writeThere();
    await directory().tellOwner(STOPPED, "telegram", "gateway:1");
    await vi.waitFor(async () => expect(await saidIn(WEB_SESSION)).toHaveLength(1), PATIENCE);
    expect(await saidIn(OWNER_DM)).toEqual([]);
  });
});
