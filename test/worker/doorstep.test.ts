/** Who wakes a session: through the webhook, as strangers come in. */
import { listDurableObjectIds, reset } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { codeOfStranger, directory, dm, letIn, OWNER_DM, set } from "./directory-world.ts";

let updates = 0;

/** Somebody writes in their private chat; resolves when Telegram has its answer. */
async function says(id: number, text = "hello"): Promise<void> {
  updates += 1;
  const from = { id, is_bot: false, first_name: `Person ${id}` };
  const message = { message_id: updates, date: 1_764_000_000, from, chat: { id, type: "private" }, text };
  const response = await exports.default.fetch("http://worker/telegram/webhook", {
    method: "POST",
    headers: { "x-telegram-bot-api-secret-token": "webhook-secret" },
    body: JSON.stringify({ update_id: updates, message }),
  });
  expect(response.status).toBe(200);
}

/** Those of them whose session was called, ever: so each id is of no other file of the runtime. */
async function woken(ids: readonly number[]): Promise<readonly number[]> {
  const made = (await listDurableObjectIds(env.CHANNEL_SESSION)).map(String);
  return ids.filter((id) => made.includes(String(env.CHANNEL_SESSION.idFromName(dm(String(id))))));
}

beforeEach(() => {
  for (const level of ["log", "warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

describe("a direct chat", () => {
  it("of strangers is woken for three of them, also when they all come at once, and again", async () => {
    const all = Array.from({ length: 20 }, (_, n) => 9100100 + n);
    for (let times = 0; times < 2; times += 1) {
      await Promise.all(all.map((id) => says(id)));
      expect(await directory().listPairings()).toHaveLength(3);
      expect(await woken(all)).toHaveLength(3);
    }
  });

  it("of a stranger is woken again once there is room", async () => {
    for (const id of [9100200, 9100201, 9100202, 9100203]) await says(id);
    expect(await woken([9100200, 9100201, 9100202, 9100203])).toEqual([9100200, 9100201, 9100202]);
    await directory().dismissPairing({ code: await codeOfStranger("9100200"), place: "admin" });
    await says(9100203);
    expect(await woken([9100203])).toEqual([9100203]);
  });

  it("of a stranger who types a link code is woken while there is one", async () => {
    for (const id of [9100300, 9100301, 9100302]) await says(id);
    await says(9100304, "/link ABCDEFGH");
    expect(await woken([9100304])).toEqual([]);
    const link = await directory().askLink(OWNER_DM);
    if (link.kind !== "code") throw new Error("no code");
    await says(9100304, `/link ${link.code}`);
    expect((await directory().policyFor(dm("9100304"))).access).toMatchObject({ kind: "admitted", role: "owner" });
  });

  it("where nobody is heard is not woken at all", async () => {
    await set({ "access.dmPolicy": "allowlist" });
    await says(9100400);
    expect(await woken([9100400])).toEqual([]);
  });

  it("of somebody who was let in a moment ago is woken", async () => {
    await letIn("9100500");
    for (const id of [9100501, 9100502, 9100503, 9100504]) await says(id);
    await says(9100500);
    expect(await woken([9100500, 9100504])).toEqual([9100500]);
  });
});
