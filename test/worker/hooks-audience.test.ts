import { reset } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ChannelSession } from "../../durable-objects/channel-session/object.ts";
import { isForOthers } from "../../durable-objects/job-scheduler/audience.ts";
import { formatConversationKey } from "../../protocol/session-key.ts";
import type { TaskOrder } from "../../protocol/tasks.ts";
import { directory, dm, OWNER_DM, PATIENCE } from "./directory-world.ts";
import { hook } from "./hooks-world.ts";

const GUEST = dm("8001");
const KNOWN = [
  { session: OWNER_DM, conversation: formatConversationKey({ kind: "main", agent: "main" }) },
  { session: GUEST, conversation: formatConversationKey({ kind: "person", agent: "main", personId: "telegram-8001" }) },
];

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

describe("a run that others' words have set off", () => {
  it.each([
    ["a guest", GUEST, true],
    ["the owner", "owner", undefined],
    ["a chat of the owner", OWNER_DM, undefined],
  ])("is ordered for %s, and without files where it is not the owner who reads", async (_who, to, isFor) => {
    for (const known of KNOWN)
      await directory().report({ ...known, deadLetters: [], checklist: { hash: null, at: 1 } });
    const orders: TaskOrder[] = [];
    vi.spyOn(ChannelSession.prototype, "runTask").mockImplementation((order) => {
      orders.push(order);
      return "taken";
    });
    expect((await hook("agent", { message: "hi", to })).body).toMatchObject({ ok: true });
    await vi.waitFor(() => expect(orders).toHaveLength(1), PATIENCE);
    expect(orders[0]?.isForOthers).toBe(isFor);
  });

  it("has its files where nobody else reads it, and none before a webhook", async () => {
    const work = { kind: "ask", text: "Look.", timeoutMs: 1_000 } as const;
    const sent = { ...work, untrusted: "hi" };
    const webhook = { mode: "webhook", url: "https://example.com/x" } as const;
    const judge = (plan: Pick<Parameters<typeof isForOthers>[0], "work" | "delivery">) =>
      isForOthers({ name: "x", ...plan }, () => Promise.resolve(false));
    expect(await judge({ work: sent, delivery: webhook })).toBe(true);
    expect(await judge({ work, delivery: webhook })).toBe(false);
    expect(await judge({ work: sent, delivery: { mode: "none" } })).toBe(false);
  });
});
