/** Genuine-looking Telegram updates: private text messages, each with ids of its own. */

export type PrivateText = { readonly userId: number; readonly messageId: number; readonly text: string };

/** Starts anywhere, rises by one: as Telegram numbers the updates of a bot. */
let updateId = 860_000_000;

/** The body of a webhook. Every call is a new update. */
export function privateText({ userId, messageId, text }: PrivateText): string {
  updateId += 1;
  const name = { first_name: "Ada", last_name: `Bench ${userId}`, username: `bench_${userId}` };
  return JSON.stringify({
    update_id: updateId,
    message: {
      message_id: messageId,
      from: { id: userId, is_bot: false, ...name, language_code: "en" },
      chat: { id: userId, ...name, type: "private" },
      date: Math.floor(Date.now() / 1_000),
      text,
    },
  });
}
