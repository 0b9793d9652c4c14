/**
 * Brings Telegram's updates to the Worker when no webhook can: `getUpdates` here, the same POST as Telegram's to
 * `/telegram/webhook` there. An update is confirmed to Telegram only after the Worker's 2xx, so none can be lost.
 */
import { setTimeout as pause } from "node:timers/promises";
import * as v from "valibot";
import { errorText, type Log } from "./log.ts";
import type { PollingMode } from "./settings.ts";
import { callTelegram, TELEGRAM_API_ROOT, type TelegramBot, TelegramRefusal } from "./telegram-api.ts";

export type PollingWish = {
  readonly mode: PollingMode;
  readonly apiRoot: string;
  /** Whether the user chose a webhook secret, a sign that a webhook is meant. */
  readonly hasOwnSecret: boolean;
};

export type TelegramPollingStart = TelegramBot &
  PollingWish & {
    /** Where updates go, and the secret that proves to the Worker that they are Telegram's. */
    readonly webhookUrl: string;
    readonly webhookSecret: string;
    readonly log: Log;
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
  /** The Worker's answer is waited for this long; it commits one row. */
  deliverMaxMs: 15_000,
  /** First and longest pause after a failure, doubled each time; Telegram's retry_after overrides both. */
  retryFirstMs: 250,
  retryMaxMs: 30_000,
  /** Pause while another program polls the same bot (409). */
  conflictMs: 30_000,
  /** Tries of an update that the Worker takes for malformed (400, 413); then it is skipped, so that it blocks nobody. */
  refusedTriesMax: 3,
} as const;

const webhookInfo = v.object({ url: v.optional(v.string(), "") });
/** An update is passed on as it came: only its number matters here. */
const updates = v.array(v.looseObject({ update_id: v.pipe(v.number(), v.safeInteger()) }));
type Update = v.InferOutput<typeof updates>[number];

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

/** Round after round until it is stopped or Telegram will never answer. */
async function poll(start: TelegramPollingStart, signal: AbortSignal): Promise<void> {
  const round = createRound(start, signal);
  for (let failures = 0; !signal.aborted;) {
    try {
      if ((await round()) === "not_possible") return;
      failures = 0;
    } catch (error) {
      failures += 1;
      if (signal.aborted || isHopeless(error, start.log)) return;
      const waitMs = explainFailure(error, failures, start.log);
      await pause(waitMs, undefined, { signal }).catch(() => {});
    }
  }
}

/** One round: the first one asks whether polling is possible, each one takes a batch of updates to the Worker. */
function createRound(start: TelegramPollingStart, signal: AbortSignal): () => Promise<"done" | "not_possible"> {
  const { holdS, updatesMax } = POLLING_BOUNDS;
  let isPolling = false;
  let offset = 0;
  return async () => {
    if (!isPolling && !(await hasNoWebhook(start, signal))) return "not_possible";
    if (!isPolling) start.log({ level: "info", step: "telegram_polling_started" });
    isPolling = true;
    // An empty list asks for the kinds that a webhook gets by default; without it Telegram keeps an older list.
    const parameters = { offset, timeout: holdS, limit: updatesMax, allowed_updates: [] };
    for (const update of await callTelegram(start, "getUpdates", parameters, updates, signal)) {
      await deliver(start, update, signal);
      offset = update.update_id + 1;
    }
    return "done";
  };
}

/** Telegram refuses getUpdates while a webhook is set, and only its owner may say that it is not needed. */
async function hasNoWebhook(start: TelegramPollingStart, signal: AbortSignal): Promise<boolean> {
  const { url } = await callTelegram(start, "getWebhookInfo", {}, webhookInfo, signal);
  if (url === "") return true;
  const message = "this bot has a webhook, so Telegram lets nobody poll; call deleteWebhook to poll from here";
  start.log({ level: "warn", step: "telegram_polling_off", message });
  return false;
}

/** Gives one update to the Worker until it takes it. Throws only when polling stops. */
async function deliver(start: TelegramPollingStart, update: Update, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    const status = await post(start, update, signal);
    if (status >= 200 && status < 300) return;
    const fields = { update: update.update_id, status };
    if ((status === 400 || status === 413) && tries >= POLLING_BOUNDS.refusedTriesMax) {
      start.log({ level: "error", step: "telegram_update_skipped", ...fields });
      return;
    }
    if (tries === 1) start.log({ level: "warn", step: "telegram_update_waits", ...fields });
    await pause(backOffMs(tries), undefined, { signal });
  }
}

/** The Worker's status, or 0 when it gave none. */
async function post(start: TelegramPollingStart, update: Update, signal: AbortSignal): Promise<number> {
  try {
    const response = await fetch(start.webhookUrl, {
      method: "POST",
      headers: { "content-type": "application/json", "x-telegram-bot-api-secret-token": start.webhookSecret },
      body: JSON.stringify(update),
      signal: AbortSignal.any([signal, AbortSignal.timeout(POLLING_BOUNDS.deliverMaxMs)]),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}

/** 401 and 404 are Telegram's answers to a token that it does not know. */
function isHopeless(error: unknown, log: Log): boolean {
  if (!(error instanceof TelegramRefusal) || (error.status !== 401 && error.status !== 404)) return false;
  log({ level: "error", step: "telegram_polling_off", message: "Telegram does not know this TELEGRAM_BOT_TOKEN" });
  return true;
}

/** Says once what is wrong and returns how long to wait. */
function explainFailure(error: unknown, failures: number, log: Log): number {
  const refusal = error instanceof TelegramRefusal ? error : null;
  const isConflict = refusal?.status === 409;
  const message = isConflict
    ? "another program polls this bot, or it has a webhook; only one of them gets its messages"
    : errorText(error);
  if (failures === 1) log({ level: "warn", step: "telegram_polling_waits", message });
  return refusal?.retryAfterMs ?? (isConflict ? POLLING_BOUNDS.conflictMs : backOffMs(failures));
}

function backOffMs(failures: number): number {
  return Math.min(POLLING_BOUNDS.retryMaxMs, POLLING_BOUNDS.retryFirstMs * 2 ** Math.min(failures - 1, 10));
}
