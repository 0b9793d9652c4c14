import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type AnswerContext, commitAnswer } from "../../durable-objects/channel-session/answer-rows.ts";
import { OUTBOUND_BOUNDS } from "../../protocol/bounds.ts";
import { isTurnId } from "../../protocol/ids.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import { isConversationKey } from "../../protocol/session-key.ts";
import { ADA, BEN, GROUP, GROUP_SESSION, mention, pressed } from "./group-inbound.ts";

const group = () => env.CHANNEL_SESSION.getByName(GROUP_SESSION);
const CHOICES = [
  [
    { label: "Red", value: "red, please" },
    { label: "Blue", value: "blue" },
  ],
];

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

function rows<T extends Record<string, SqlStorageValue>>(query: string): Promise<T[]> {
  return runInDurableObject(group(), (_object, state) => state.storage.sql.exec<T>(query).toArray());
}

const buttonIds = async () =>
  (await rows<{ id: string; value: string }>("SELECT id, value FROM buttons ORDER BY value")).map(({ id }) => id);
const prompts = async () =>
  (await rows<{ body: string }>("SELECT body FROM inbox ORDER BY seq"))
    .map(({ body }): Inbound => JSON.parse(body))
    .map(({ text, sender }) => `${sender.name}: ${text}`);

/** Ben has asked, and the answer offers a choice. */
beforeEach(async () => {
  await group().accept(mention(1, "@claw which?"));
  await runInDurableObject(group(), (_object, { storage: { sql } }) => {
    const [turnId, conversation] = ["turn-0001", `agent:main:telegram:group:${GROUP}`];
    if (!isTurnId(turnId) || !isConversationKey(conversation)) throw new Error(turnId);
    let next = 0;
    const context: AnswerContext = {
      now: Date.now(),
      limits: {
        textMax: 4_096,
        linesMax: null,
        captionMax: 1_024,
        filesMax: 10,
        fileMaxBytes: 1_000,
        showsButtons: true,
      },
      mayStaySilent: true,
      isTask: false,
      contextUse: null,
      usage: null,
      usageFooter: () => "off",
      languageOf: () => "en",
      newButtonId: () => `opaque-${(next += 1)}`,
    };
    const ids = [mention(1, "").id];
    commitAnswer(sql, { turnId, ids, conversation, text: "Which one?", buttons: CHOICES }, context);
    sql.exec("UPDATE inbox SET state = 'delivered'");
    sql.exec("DELETE FROM turn");
  });
});

describe("a press of a button", () => {
  it("says what the button means, as a message of whoever pressed it; the platform sees only opaque ids", async () => {
    const [blue, red] = await buttonIds();
    const [part] = await rows<{ buttons: string }>("SELECT buttons FROM outbox WHERE markdown = 'Which one?'");
    expect(JSON.parse(part?.buttons ?? "")).toEqual([
      [
        { id: red, label: "Red" },
        { id: blue, label: "Blue" },
      ],
    ]);
    await group().hear(pressed(red ?? ""));
    expect(await prompts()).toEqual(["Ben: @claw which?", "Ben: red, please"]);
  });

  it("counts once, whichever button it is and however often it comes", async () => {
    const [blue, red] = await buttonIds();
    expect(await group().hear(pressed(red ?? "", BEN, 501))).toBe("accepted");
    expect(await group().hear(pressed(red ?? "", BEN, 501))).toBe("duplicate");
    await group().hear(pressed(blue ?? "", BEN, 502));
    expect(await prompts()).toEqual(["Ben: @claw which?", "Ben: red, please"]);
  });

  it("by somebody whom the answer is not for changes nothing", async () => {
    const [, red] = await buttonIds();
    await group().hear(pressed(red ?? "", ADA, 501));
    expect(await prompts()).toHaveLength(1);
    await group().hear(pressed(red ?? "", BEN, 502));
    expect(await prompts()).toHaveLength(2);
  });

  it.each(["", "never-offered", "opaque-99", "x".repeat(64)])(
    "of a button that was never offered is void: %s",
    async (id) => {
      await group().hear(pressed(id));
      expect(await prompts()).toHaveLength(1);
    },
  );

  it("is void when the button has become too old", async () => {
    const [, red] = await buttonIds();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + OUTBOUND_BOUNDS.buttonLifeMs + 1 });
    await group().hear(pressed(red ?? ""));
    expect(await prompts()).not.toContain("Ben: red, please");
  });
});
