import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CHANNEL_IDS,
  formatConversationKey,
  formatSessionKey,
  parseConversationKey,
  parseSessionKey,
} from "../../../protocol/session-key.ts";
import { isSpaceId, spaceFolder, spaceOf } from "../../../protocol/space.ts";

const id = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((text) => text.isWellFormed());
const agent = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,10}$/);
const channel = fc.constantFrom(...CHANNEL_IDS);
const thread = fc.option(fc.record({ kind: fc.constantFrom("topic" as const, "thread" as const), id }), {
  nil: undefined,
});

const sessionRef = fc
  .record({ agent, channel, chatKind: fc.constantFrom("direct", "group", "channel"), chatId: id, thread })
  .map(({ thread: inside, ...ref }) => ({ ...ref, ...(inside && { thread: inside }) }));

const conversationRef = fc.oneof(
  fc.record({ kind: fc.constant("main" as const), agent }),
  fc.record({ kind: fc.constant("person" as const), agent, personId: id }),
  fc.record({ kind: fc.constant("job" as const), agent, jobId: id, runId: id }),
  fc
    .record({
      kind: fc.constant("group" as const),
      agent,
      channel,
      chatKind: fc.constantFrom("group" as const, "channel" as const),
      chatId: id,
      thread,
    })
    .map(({ thread: inside, ...ref }) => ({ ...ref, ...(inside && { thread: inside }) })),
);

describe("session keys", () => {
  it("read back as what was formatted, whatever the ids hold", () => {
    fc.assert(
      fc.property(sessionRef, (ref) => {
        expect(parseSessionKey(formatSessionKey(ref))).toEqual({ ok: true, value: ref });
      }),
    );
  });

  it("have one form only: a text that parses formats to itself", () => {
    const text = fc.oneof(
      fc.string(),
      fc.string().map((rest) => `agent:main:telegram:direct:${rest}`),
    );
    fc.assert(
      fc.property(text, (key) => {
        const ref = parseSessionKey(key);
        if (ref.ok) expect(formatSessionKey(ref.value)).toBe(key);
      }),
    );
  });

  it.each([
    "",
    "agent",
    "agent:main",
    "agent:main:telegram",
    "agent:main:telegram:direct:",
    "agent:main:telegram:room:1",
    "agent:main:irc:direct:1",
    "agent:Main:telegram:direct:1",
    "agent:main:telegram:group:1:topic",
    "agent:main:telegram:group:1:topic:2:3",
    "agent:main:telegram:direct:%zz",
    "agent:main:telegram:direct:%41",
    `agent:main:telegram:direct:${"9".repeat(600)}`,
  ])("refuse %j", (key) => expect(parseSessionKey(key).ok).toBe(false));
});

describe("conversation keys", () => {
  it("read back as what was formatted", () => {
    fc.assert(
      fc.property(conversationRef, (ref) => {
        expect(parseConversationKey(formatConversationKey(ref))).toEqual({ ok: true, value: ref });
      }),
    );
  });

  it.each(["agent:main:main:x", "agent:main:person", "agent:main:job:j:r:1", "agent:main:telegram:direct:1", "main"])(
    "refuse %j",
    (key) => expect(parseConversationKey(key).ok).toBe(false),
  );
});

describe("spaces", () => {
  it("follow from the conversation, and no two of them share a folder", () => {
    fc.assert(
      fc.property(conversationRef, conversationRef, (a, b) => {
        const [one, other] = [spaceOf(a), spaceOf(b)];
        expect(isSpaceId(one)).toBe(true);
        if (one !== other) expect(spaceFolder(one)).not.toBe(spaceFolder(other));
      }),
    );
  });
});
