import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { type AnswerContext, commitAnswer } from "../../durable-objects/channel-session/answer-rows.ts";
import { insertInbound } from "../../durable-objects/channel-session/inbox.ts";
import { Pace } from "../../durable-objects/channel-session/pace.ts";
import { turnScreen } from "../../durable-objects/channel-session/turn-screen.ts";
import { isTurnId } from "../../protocol/ids.ts";
import type { Inbound } from "../../protocol/inbound.ts";
import type { ReplyAddress } from "../../protocol/outbound.ts";
import { formatConversationKey } from "../../protocol/session-key.ts";
import { ADA, GROUP, GROUP_SESSION, mention } from "./group-inbound.ts";
import { openRows } from "./open-rows.ts";
import { RecordingPlatform } from "./recording-platform.ts";

const CONVERSATION = formatConversationKey({
  kind: "group",
  agent: "main",
  channel: "telegram",
  chatKind: "group",
  chatId: GROUP,
});
const CONTEXT: AnswerContext = {
  now: 1_000,
  limits: { textMax: 40, linesMax: null, captionMax: 20, filesMax: 1, fileMaxBytes: 0, showsButtons: false },
  newButtonId: () => "button",
  mayStaySilent: true,
  isTask: false,
  contextUse: null,
  usage: null,
  usageFooter: () => "off",
  languageOf: () => "en",
};
const LONG = "This is long enough to be shown while it grows.";
const [first, second] = [mention(1, "@claw one"), mention(2, "@claw two", { sender: ADA })];
const asked = [first.id, second.id];

afterEach(() => reset());

function turnIdOf(text: string) {
  if (!isTurnId(text)) throw new Error(text);
  return text;
}

/** What `work` does to the rows of a group with these messages, as the ids of the messages that its parts reply to. */
function repliedTo(
  messages: readonly Inbound[],
  work: (session: ReturnType<typeof openRows>) => void | Promise<void>,
): Promise<readonly (string | undefined)[]> {
  return runInDurableObject(env.CHANNEL_SESSION.getByName(GROUP_SESSION), async (_object, state) => {
    const session = openRows(state, env);
    for (const message of messages)
      insertInbound(session.sql, message, { kind: "turn", conversation: CONVERSATION }, 1);
    await work(session);
    const rows = session.sql.exec<{ address: string }>("SELECT address FROM outbox ORDER BY seq").toArray();
    return rows.map(({ address }): ReplyAddress => JSON.parse(address)).map(({ messageId }) => messageId);
  });
}

describe("an answer to several messages of a group", () => {
  const answer = { turnId: turnIdOf("turn-0001"), ids: asked, conversation: CONVERSATION, text: LONG };

  it("is a reply to the one that the agent names, with its first part", async () => {
    const named = { ...answer, replyTo: second.id };
    expect(await repliedTo([first, second], ({ sql }) => commitAnswer(sql, named, CONTEXT))).toEqual(["2", undefined]);
  });

  it("is a reply to the first one, if the agent names none, or one that is not there", async () => {
    for (const named of [answer, { ...answer, replyTo: mention(3, "").id }]) {
      const replied = await repliedTo([first, second], ({ sql }) => commitAnswer(sql, named, CONTEXT));
      expect(replied.slice(-2)).toEqual(["1", undefined]);
      await reset();
    }
  });

  it("takes the place that is held for it, whatever the agent names", async () => {
    const ticket = { token: "t", goodUntil: Number.MAX_SAFE_INTEGER, holdsPlace: true, isBinding: false };
    const called = { ...first, replyTo: { ...first.replyTo, ticket } };
    const named = { ...answer, replyTo: second.id };
    const replied = await repliedTo([called, second], ({ sql }) => commitAnswer(sql, named, CONTEXT));
    expect(replied[0]).toBe("1");
  });

  it("grows under the one that its first words name", async () => {
    for (const [id, messageId] of [
      [second.id, "2"],
      [undefined, "1"],
    ] as const) {
      const { channel } = new RecordingPlatform(false);
      const replied = await repliedTo([first, second], async (rows) => {
        const limits = { ...channel.limits, previewMode: () => "message" as const };
        const session = { ...rows, channel: () => ({ ...channel, limits }) };
        const ports = { session, pace: new Pace(session), isCurrent: () => true, kick: () => undefined };
        const screen = turnScreen(ports, answer.turnId, first);
        screen.replyTo(second.id);
        screen.replyTo(id);
        await screen.show(LONG, undefined);
      });
      expect(replied).toEqual([messageId]);
      await reset();
    }
  });
});
