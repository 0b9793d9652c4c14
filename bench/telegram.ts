/** Telegram as the assistant sees it: people write by webhook, and answers are timed as they arrive. */
import * as v from "valibot";
import type { Variables } from "../local/variables.ts";
import { startTelegramEmulator } from "../test/emulators/telegram/index.ts";
import { WEBHOOK_SECRET } from "./edge.ts";
import { MODEL_ANSWER } from "./model.ts";

export type Telegram = AsyncDisposable & {
  /** Settings of an assistant that uses it. */
  readonly variables: Variables;
  /** The webhook body of a person's next private message. */
  write(userId: number, text: string): string;
  /** When the model's next answer to this person arrives, by `performance.now()`. Throws when none does in time. */
  nextAnswer(userId: number): Promise<number>;
};

const TOKEN = "1000000:bench-token";
/** A message without an answer after this fails the row. */
const ANSWER_MAX_MS = 30_000;

const sent = v.object({ chat_id: v.union([v.number(), v.string()]), text: v.string() });

export async function startTelegram(): Promise<Telegram> {
  const emulator = await startTelegramEmulator({ token: TOKEN });
  const waiting = new Map<string, (at: number) => void>();
  emulator.onCall(({ method, params, at, status }) => {
    if (method !== "sendMessage" || status !== 200) return;
    const { chat_id: chat, text } = v.parse(sent, params);
    if (!text.includes(MODEL_ANSWER)) return; // a notice of a failure is no answer
    waiting.get(String(chat))?.(at - performance.timeOrigin);
    waiting.delete(String(chat));
  });
  return {
    variables: {
      TELEGRAM_BOT_TOKEN: TOKEN,
      TELEGRAM_WEBHOOK_SECRET: WEBHOOK_SECRET,
      TELEGRAM_API_ROOT: emulator.url,
      TELEGRAM_POLLING: "off",
      DM_POLICY: "open",
    },
    write: (userId, text) => JSON.stringify(emulator.say({ from: userId, text })),
    nextAnswer(userId) {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_MAX_MS} ms`)), ANSWER_MAX_MS);
      waiting.set(String(userId), resolve);
      return promise.finally(() => clearTimeout(timer));
    },
    [Symbol.asyncDispose]: () => emulator.close(),
  };
}
