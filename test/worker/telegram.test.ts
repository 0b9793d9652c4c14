/** The Telegram channel inside workerd, where its client's web build runs and connection errors look alike. */
import { describe, expect, it } from "vitest";
import { createTelegramChannel } from "../../worker/channels/telegram/index.ts";
import { renderTelegramHtml } from "../../worker/channels/telegram/render.ts";
import { splitMarkdown } from "../../worker/channels/text/split.ts";

const settings = { botToken: "77:AA-token", webhookSecret: "s3cret", apiRoot: "http://127.0.0.1:9" };
const ann = { channel: "telegram", chatId: "42", chatKind: "direct" } as const;

const post = (secret: string, body: string) =>
  createTelegramChannel(settings).verify({
    headers: new Headers({ "x-telegram-bot-api-secret-token": secret }),
    body: new TextEncoder().encode(body),
  });

describe("the Telegram channel in workerd", () => {
  it("verifies the secret and reads an update", async () => {
    const message = {
      message_id: 7,
      date: 1_764_000_000,
      chat: { id: 42, type: "private" },
      from: { id: 42, is_bot: false, first_name: "Ann" },
      text: "hi",
    };
    const verified = await post("s3cret", JSON.stringify({ update_id: 1, message }));
    if (!verified.ok) throw new Error(verified.error.why);
    expect(createTelegramChannel(settings).parse(verified.value)).toMatchObject({
      kind: "messages",
      messages: [{ session: "agent:main:telegram:direct:42", text: "hi" }],
    });
    expect(await post("s3cret2", "{}")).toMatchObject({ ok: false, error: { kind: "unauthentic" } });
    expect(await post("s3cret", "null")).toMatchObject({ ok: false, error: { kind: "malformed" } });
  });

  it("splits and renders", () => {
    const parts = splitMarkdown(`# Title\n\n\`\`\`js\n${"let x = 1 < 2;\n".repeat(600)}\`\`\``, 4096);
    expect(parts).toHaveLength(3);
    for (const part of parts)
      expect(renderTelegramHtml(part)).toMatch(/<pre><code class="language-js">[^<]*<\/code><\/pre>$/u);
  });

  it("knows that a message was not written when nobody listens", async () => {
    const attempt = createTelegramChannel(settings).send(ann, {
      deliveryId: "d",
      markdown: "x",
    });
    await expect(attempt).rejects.toMatchObject({ code: "channel_unreachable", channel: "telegram", retry: "after" });
  });
});
