/**
 * Brings Telegram's updates to the Worker when no webhook can: `getUpdates` here, the same POST as Telegram's to
 * `/telegram/webhook` there. An update is confirmed to Telegram only after the Worker's 2xx, or when it is on this
 * disk because its chat is refused: none can be lost, and no chat waits for another.
 */
import { setTimeout as pause } from "node:timers/promises";
import * as v from "valibot";
import type { LogLine } from "./log.ts";
import type { PollingMode } from "./settings.ts";
import { callTelegram, TELEGRAM_API_ROOT, type TelegramBot } from "./telegram-api.ts";
import { TelegramDelivery, type TelegramDeliveryStart } from "./telegram-delivery.ts";
import { type PollingFailure, PollingFailures } from "./telegram-failures.ts";
import { updates } from "./telegram-lanes.ts";

export type PollingWish = {
  readonly mode: PollingMode;
  readonly apiRoot: string;
  /** Whether the user chose a webhook secret, a sign that a webhook is meant. */
  readonly hasOwnSecret: boolean;
};

export type TelegramPollingStart = TelegramBot &
  PollingWish &
  TelegramDeliveryStart & {
    /** Called with what keeps messages from coming, in words for people, and with null when all come again. */
    readonly onProblem: (problem: string | null) => void;
  };

export type TelegramPolling = {
  /** Resolves when polling has ended, by itself or by `stop`. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
};

/** Bounds of polling; what happens beyond each is said with it. */
const POLLING_BOUNDS = {
  /** How long Telegram holds a request open while there is nothing new ("getUpdates", timeout). */
  holdS: 25,
  /** Updates in one answer; Telegram's own most is 100. */
  updatesMax: 100,
  /** The pause between rounds while Telegram would repeat at once what is waiting here. */
  repeatPauseMs: 1_000,
} as const;

const webhookInfo = v.object({ url: v.optional(v.string(), "") });

/** Starts to poll if the mode and Telegram's own state want it. Never throws; what goes wrong is logged in one line. */
export function startTelegramPolling(start: TelegramPollingStart): TelegramPolling {
  const stopping = new AbortController();
  const ended = isPollingWanted(start) ? poll(start, stopping.signal) : Promise.resolve();
  return {
    ended,
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

/** Whether the settings want it; whether the bot allows it is asked later. Pure. */
export function isPollingWanted({ mode, apiRoot, hasOwnSecret }: PollingWish): boolean {
  if (mode !== "auto") return mode === "on";
  return apiRoot === TELEGRAM_API_ROOT && !hasOwnSecret;
}

/** Round after round until it is stopped, or the bot has a webhook. Each kind of problem is told once until all is well. */
async function poll(wish: TelegramPollingStart, signal: AbortSignal): Promise<void> {
  const { ofTelegram, ofDelivery } = splitProblem(wish.onProblem);
  const start = { ...wish, onProblem: ofTelegram };
  const delivery = new TelegramDelivery({ ...wish, onProblem: ofDelivery }, signal);
  const round = createRound(start, delivery, signal);
  const failures = new PollingFailures();
  const told = new Set<PollingFailure["kind"]>();
  for (let hasFailed = false; !signal.aborted;) {
    try {
      // After a failure a round must not be held open, or nobody would know for a while that it works again.
      if ((await round(hasFailed ? 0 : POLLING_BOUNDS.holdS)) === "not_possible") return;
      if (told.size > 0) tell(start, { level: "info", step: "telegram_polling_works", problem: null });
      hasFailed = false;
      failures.end();
      told.clear();
    } catch (error) {
      if (signal.aborted) break;
      hasFailed = true;
      const { kind, level, problem, waitMs } = failures.add(error);
      if (problem !== null && !told.has(kind)) {
        told.add(kind);
        tell(start, { level, step: "telegram_polling_waits", problem });
      }
      await pause(waitMs, undefined, { signal }).catch(() => {});
    }
  }
  await delivery.ended();
}

type OnProblem = TelegramPollingStart["onProblem"];

/** Two that complain by themselves, and one who hears both: that nothing comes is more than that one chat is refused. */
function splitProblem(onProblem: OnProblem): { readonly ofTelegram: OnProblem; readonly ofDelivery: OnProblem } {
  const problems: Record<"telegram" | "delivery", string | null> = { telegram: null, delivery: null };
  const hear = (part: keyof typeof problems) => (problem: string | null) => {
    problems[part] = problem;
    onProblem(problems.telegram ?? problems.delivery);
  };
  return { ofTelegram: hear("telegram"), ofDelivery: hear("delivery") };
}

type Round = (holdS: number) => Promise<"done" | "not_possible">;

/** One round: the first one asks whether polling is possible, each one takes a batch of updates to the Worker. */
function createRound(start: TelegramPollingStart, delivery: TelegramDelivery, signal: AbortSignal): Round {
  let isPolling = false;
  return async (holdS) => {
    if (!isPolling && !(await hasNoWebhook(start, signal))) return "not_possible";
    if (!isPolling) {
      delivery.restore();
      start.log({ level: "info", step: "telegram_polling_started" });
    }
    isPolling = true;
    const { offset } = delivery;
    // An empty list asks for the kinds that a webhook gets by default; without it Telegram keeps an older list.
    const parameters = { offset, timeout: holdS, limit: POLLING_BOUNDS.updatesMax, allowed_updates: [] };
    await delivery.take(await callTelegram(start, "getUpdates", parameters, updates, signal));
    if (delivery.isHeldByTelegram) await pause(POLLING_BOUNDS.repeatPauseMs, undefined, { signal });
    return "done";
  };
}

/** Telegram refuses getUpdates while a webhook is set, and only its owner may say that it is not needed. */
async function hasNoWebhook(start: TelegramPollingStart, signal: AbortSignal): Promise<boolean> {
  const { url } = await callTelegram(start, "getWebhookInfo", {}, webhookInfo, signal);
  if (url === "") return true;
  const problem = "this bot has a webhook, so Telegram lets nobody poll; call deleteWebhook to poll from here";
  // Where nobody asked for polling, the webhook is how messages are meant to come.
  if (start.mode === "on") tell(start, { level: "warn", step: "telegram_polling_off", problem });
  else start.log({ level: "info", step: "telegram_polling_off", message: problem, plain: `telegram: ${problem}` });
  return false;
}

type Told = Pick<LogLine, "level" | "step"> & { readonly problem: string | null };

/** Says it to whoever looks at the terminal, and to whoever asks later. */
function tell({ log, onProblem }: TelegramPollingStart, { level, step, problem }: Told): void {
  onProblem(problem);
  const next = step === "telegram_polling_waits" ? ", trying again" : "";
  const plain = `telegram: ${problem === null ? "messages come again" : `${problem}${next}`}`;
  log({ level, step, ...(problem !== null && { message: problem }), plain });
}
