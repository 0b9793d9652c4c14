/**
 * `kill -9` of everything while nine models are asked, then `npm start` again: how long until the first answer, and
 * until the last.
 */
import { execFileSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { claimPort } from "../../local/free-port.ts";
import { killProcess } from "../../local/process-guard.ts";
import { npmStart, type NpmStart, workerdPid } from "../e2e/npm-start.ts";
import { startTelegramEmulator } from "../emulators/telegram/index.ts";
import { LOST_AFTER_MS } from "./cell-run.ts";
import { messageId, type Written } from "./chats.ts";
import { FaultModel } from "./model.ts";
import { isAnswered, judge, type Judgement } from "./oracle.ts";
import { BOT_TOKEN, WEBHOOK_SECRET } from "./rig.ts";
import { makeScratch, removeScratch } from "./scratch.ts";
import { until } from "./until.ts";

const CHATS = 9;
/** A second answer would come within a lease's watch and a resend. */
const SETTLE_MS = 15_000;

export type Restart = Judgement & {
  /** From the start of `npm start` to its `ready`, to the first answer, and to the last; null: never. */
  readonly readyMs: number;
  readonly firstAnswerMs: number | null;
  readonly lastAnswerMs: number | null;
};

/** The first pending answer must come within this time after the start. */
export const FIRST_ANSWER_MAX_MS = 8_000;

/** One round. */
export async function runRestart(): Promise<Restart> {
  const stateDir = makeScratch();
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
    if (!(await until(() => model.calls >= CHATS))) throw new Error(`only ${model.calls} models were asked`);
    for (const pid of [...childrenOf(first.child.pid ?? 0), workerdPid(stateDir)]) killProcess(pid);
    first.child.kill("SIGKILL");
    await first.ended;
    delayMs = 0;
    const startedAt = Date.now();
    second = npmStart(stateDir, variables);
    await second.line("ready ");
    const readyMs = Date.now() - startedAt;
    const after = async (count: number) => {
      const hasAnswers = () => written.filter((message) => isAnswered(message, shown)).length >= count;
      return (await until(hasAnswers, startedAt + LOST_AFTER_MS - Date.now())) ? Date.now() - startedAt : null;
    };
    const firstAnswerMs = await after(1);
    const lastAnswerMs = await after(CHATS);
    await pause(SETTLE_MS);
    return { ...judge(written, shown), readyMs, firstAnswerMs, lastAnswerMs };
  } finally {
    second?.child.kill("SIGTERM");
    await second?.ended;
    await Promise.all([telegram.close(), model.close()]);
    removeScratch(stateDir);
  }
}

/** Agents, and the guards that would end workerd. */
function childrenOf(pid: number): readonly number[] {
  return execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map(Number);
}
