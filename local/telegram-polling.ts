/**
 * Brings Telegram's updates to the Worker when no webhook can: `getUpdates` here, the same POST as Telegram's to
 * `/telegram/webhook` there. An update is confirmed to Telegram only after the Worker's 2xx, or when it is on this
 * disk because its chat is refused: none can be lost, and no chat waits for another.
 */
import * as v from "valibot";
import { TELEGRAM_UPDATE_KINDS } from "../protocol/telegram-updates.ts";
import type { PollingMode } from "./settings.ts";
import { callTelegram, TELEGRAM_API_ROOT, type TelegramBot, TelegramRefusal } from "./telegram-api.ts";
import { TelegramDelivery, type TelegramDeliveryStart } from "./telegram-delivery.ts";
import { PollingFailures } from "./telegram-failures.ts";
import { updates, type Update } from "./telegram-lanes.ts";
import { realPause } from "./telegram-pause.ts";
import { PollingNews } from "./telegram-polling-news.ts";

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
    /** How often a bot with a webhook is looked at, if not as often as usual. */
    readonly webhookLookMs?: number;
  };

export type TelegramPolling = {
  /** Resolves when polling has ended: by `stop`, or at once because the settings do not want it. */
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
  /** How often it is looked whether a bot has its webhook still. */
  webhookLookMs: 10_000,
} as const;

/** "Conflict": a webhook is set, or another program polls. */
const CONFLICT = 409;

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

/** Round after round until it is stopped; whatever is in the way may be put right. */
async function poll(wish: TelegramPollingStart, signal: AbortSignal): Promise<void> {
  const { ofTelegram, ofDelivery } = splitProblem(wish.onProblem);
  const start = { ...wish, onProblem: ofTelegram };
  const { pause = realPause } = wish;
  const delivery = new TelegramDelivery({ ...wish, onProblem: ofDelivery }, signal);
  const round = createRound(start, delivery, signal);
  const failures = new PollingFailures();
  const news = new PollingNews(start);
  // After a failure a round must not be held open, or nobody would know for a while that it works again.
  for (let holdS: number = POLLING_BOUNDS.holdS, waitMs = 0; !signal.aborted;) {
    try {
      const outcome = await round(holdS);
      failures.end();
      if (outcome === "webhook") news.webhook();
      else news.works();
      waitMs = outcome === "webhook" ? (start.webhookLookMs ?? POLLING_BOUNDS.webhookLookMs) : 0;
    } catch (error) {
      if (signal.aborted) break;
      const failure = failures.add(error);
      news.failed(failure);
      waitMs = failure.waitMs;
    }
    holdS = waitMs === 0 ? POLLING_BOUNDS.holdS : 0;
    if (waitMs > 0) await pause(waitMs, signal);
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

type Round = (holdS: number) => Promise<"polled" | "webhook">;

/** One round: asks whether polling is possible unless that is known, and takes a batch of updates to the Worker. */
function createRound(start: TelegramPollingStart, delivery: TelegramDelivery, signal: AbortSignal): Round {
  const { pause = realPause } = start;
  let isRestored = false;
  let isStarted = false;
  let mayPoll = false;
  return async (holdS) => {
    // What an earlier run has left came by polling; no webhook brings it again.
    if (!isRestored) delivery.restore();
    isRestored = true;
    mayPoll ||= !(await hasWebhook(start, signal));
    if (mayPoll && !isStarted) start.log({ level: "info", step: "telegram_polling_started" });
    isStarted = mayPoll;
    if (!mayPoll) return "webhook";
    const batch = await getUpdates(start, delivery.offset, holdS, signal).catch((error: unknown) => {
      // Somebody else polls, or a webhook was set meanwhile.
      if (error instanceof TelegramRefusal && error.status === CONFLICT) mayPoll = false;
      throw error;
    });
    await delivery.take(batch);
    if (delivery.isHeldByTelegram) await pause(POLLING_BOUNDS.repeatPauseMs, signal);
    return "polled";
  };
}

async function getUpdates(
  start: TelegramPollingStart,
  offset: number,
  holdS: number,
  signal: AbortSignal,
): Promise<readonly Update[]> {
  // Without a list of kinds Telegram would keep an older one.
  const parameters = {
    offset,
    timeout: holdS,
    limit: POLLING_BOUNDS.updatesMax,
    allowed_updates: TELEGRAM_UPDATE_KINDS,
  };
  return await callTelegram(start, "getUpdates", parameters, updates, signal);
}

/** Telegram refuses getUpdates while a webhook is set, and only its owner may say that it is not needed. */
async function hasWebhook(start: TelegramPollingStart, signal: AbortSignal): Promise<boolean> {
  return (await callTelegram(start, "getWebhookInfo", {}, webhookInfo, signal)).url !== "";
}
