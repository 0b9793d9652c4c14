/**
 * `kill -9` of everything while models are asked, then `npm start` again: how long until the first answer, and until
 * the last. The same questions that OpenClaw was asked: nine chats, each with a model call under way.
 */
import { rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { claimPort } from "../../local/free-port.ts";
import { killProcess } from "../../local/process-guard.ts";
import { newStateDir, npmStart, type NpmStart, workerdPid } from "../e2e/npm-start.ts";
import { startTelegramEmulator } from "../emulators/telegram/index.ts";
import { messageId, type Written } from "./chats.ts";
import { FaultModel } from "./model.ts";
import { isAnswered, judge, type Judgement } from "./oracle.ts";

const CHATS = 9;
const BOT_TOKEN = "424242:fault-suite";
const WEBHOOK_SECRET = "fault-suite-webhook";
/** After this an answer counts as lost. */
const LOST_AFTER_MS = 120_000;
/** A second answer would come within a lease's watch and a resend. */
const SETTLE_MS = 15_000;

export type Restart = Judgement & {
  /** From the start of `npm start` to its `ready`, to the first answer, and to the last; null: never. */
  readonly readyMs: number;
  readonly firstAnswerMs: number | null;
  readonly lastAnswerMs: number | null;
};

/** First pending answer after this at most (issue: "Start to first pending answer"). */
export const FIRST_ANSWER_MAX_MS = 8_000;

/** One round. */
export async function runRestart(): Promise<Restart> {
  const stateDir = newStateDir();
  let delayMs = LOST_AFTER_MS;
  const [telegram, model, port] = await Promise.all([
    startTelegramEmulator({ token: BOT_TOKEN }),
    FaultModel.start({ delayMs: () => delayMs }),
    claimPort(0),
  ]);
  const variables = {
    ...model.variables,
    PORT: String(port),
    TELEGRAM_BOT_TOKEN: BOT_TOKEN,
    TELEGRAM_WEBHOOK_SECRET: WEBHOOK_SECRET,
    TELEGRAM_API_ROOT: telegram.url,
    TELEGRAM_POLLING: "off",
    DM_POLICY: "open",
  };
  const shown = (chat: number) => telegram.answers(chat).map(({ text }) => text ?? "");
  const written: readonly Written[] = Array.from({ length: CHATS }, (_, index) => {
    const chat = 1_000 + index;
    return { chat, id: messageId(chat, 1) };
  });
  let second: NpmStart | null = null;
  try {
    const first = npmStart(stateDir, variables);
    await first.line("ready ");
    telegram.setWebhook({ url: `http://127.0.0.1:${port}/telegram/webhook`, secret: WEBHOOK_SECRET });
    for (const { chat, id } of written) telegram.say({ from: chat, text: id });
    while (model.calls < CHATS) await pause(20);
    killProcess(workerdPid(stateDir));
    first.child.kill("SIGKILL");
    await first.ended;
    delayMs = 0;
    const startedAt = Date.now();
    second = npmStart(stateDir, variables);
    await second.line("ready ");
    const readyMs = Date.now() - startedAt;
    const after = async (isEnough: (answered: number) => boolean) => {
      for (const until = startedAt + LOST_AFTER_MS; Date.now() < until; await pause(10)) {
        if (isEnough(written.filter((message) => isAnswered(message, shown)).length)) return Date.now() - startedAt;
      }
      return null;
    };
    const firstAnswerMs = await after((answered) => answered > 0);
    const lastAnswerMs = await after((answered) => answered === CHATS);
    await pause(SETTLE_MS);
    return { ...judge(written, shown), readyMs, firstAnswerMs, lastAnswerMs };
  } finally {
    second?.child.kill("SIGTERM");
    await second?.ended;
    await Promise.all([telegram.close(), model.close()]);
    rmSync(stateDir, { recursive: true, force: true });
  }
}
