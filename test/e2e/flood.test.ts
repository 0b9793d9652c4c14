import { afterAll, beforeAll, expect, it } from "vitest";
import { ACCESS_BOUNDS } from "../../protocol/bounds.ts";
import { sizeOf, tablesBelow } from "./state-files.ts";
import { pairings, settle } from "./strangers.ts";
import { OWNER, World } from "./world.ts";

const STRANGERS = 10_000;
const AT_ONCE = 50;
/** What no model may ever hear. */
const CANARY = "zebrafinch";

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world?.close());

it("ten thousand strangers leave three codes behind, and nothing else", async () => {
  await settle(world);
  const before = { size: sizeOf(world.stateDir), databases: tablesBelow(world.stateDir).size };
  for (let n = 0; n < STRANGERS; n += AT_ONCE) {
    const posts = Array.from({ length: AT_ONCE }, (_, at) => world.post(strangersUpdate(n + at)));
    for (const response of await Promise.all(posts)) expect(response.status).toBe(200);
  }
  await settle(world);
  expect(await pairings(world)).toHaveLength(ACCESS_BOUNDS.pairingsOpenMax);
  const written = world.telegram.calls.filter(({ method }) => method === "sendMessage");
  const chats = written.map(({ params }) => params["chat_id"]).filter((chat) => chat !== OWNER);
  expect(chats).toHaveLength(ACCESS_BOUNDS.pairingsOpenMax);
  expect(world.model.hasHeard(CANARY)).toBe(false);
  expect(tablesBelow(world.stateDir).size - before.databases).toBe(ACCESS_BOUNDS.pairingsOpenMax);
  expect(sizeOf(world.stateDir).bytes - before.size.bytes).toBeLessThan(2_000_000);
}, 120_000);

/** What Telegram posts when the stranger with this number writes. */
function strangersUpdate(n: number): object {
  const from = { id: 1_000_000 + n, is_bot: false, first_name: `Stranger ${n}` };
  const message = { message_id: 50_000 + n, date: 1_764_000_000, from, chat: { id: from.id, type: "private" } };
  return { update_id: 10_000 + n, message: { ...message, text: `${CANARY} ${n}` } };
}
