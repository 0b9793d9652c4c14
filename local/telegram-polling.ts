/**
 * Brings Telegram's updates to the Worker when no webhook can: `getUpdates` here, the same POST as Telegram's to
 * `/telegram/webhook` there. An update is confirmed to Telegram only after the Worker's 2xx, so none can be lost.
 */
import { setTimeout as pause } from "node:timers/promises";
import * as v from "valibot";
import type { Log, LogLine } from "./log.ts";
import type { PollingMode } from "./settings.ts";
import { callTelegram, TELEGRAM_API_ROOT, type TelegramBot } from "./telegram-api.ts";
import { backOffMs, type PollingFailure, PollingFailures } from "./telegram-failures.ts";

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
    /** Called with what keeps messages from coming, in words for people, and with null when they come again. */
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
  /** The Worker's answer is waited for this long; it commits one row. */
  deliverMaxMs: 15_000,
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

/** Round after round until it is stopped, or the bot has a webhook. Each kind of problem is told once until all is well. */
async function poll(start: TelegramPollingStart, signal: AbortSignal): Promise<void> {
  const round = createRound(start, signal);
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
      if (signal.aborted) return;
      hasFailed = true;
      const { kind, level, problem, waitMs } = failures.add(error);
      if (problem !== null && !told.has(kind)) {
        told.add(kind);
        tell(start, { level, step: "telegram_polling_waits", problem });
      }
      await pause(waitMs, undefined, { signal }).catch(() => {});
    }
  }
}

type Round = (holdS: number) => Promise<"done" | "not_possible">;

/** One round: the first one asks whether polling is possible, each one takes a batch of updates to the Worker. */
function createRound(start: TelegramPollingStart, signal: AbortSignal): Round {
  let isPolling = false;
  let offset = 0;
  return async (holdS) => {
    if (!isPolling && !(await hasNoWebhook(start, signal))) return "not_possible";
    if (!isPolling) start.log({ level: "info", step: "telegram_polling_started" });
    isPolling = true;
    // An empty list asks for the kinds that a webhook gets by default; without it Telegram keeps an older list.
    const parameters = { offset, timeout: holdS, limit: POLLING_BOUNDS.updatesMax, allowed_updates: [] };
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
  const problem = "this bot has a webhook, so Telegram lets nobody poll; call deleteWebhook to poll from here";
  // Where nobody asked for polling, the webhook is how messages are meant to come.
  if (start.mode === "on") tell(start, { level: "warn", step: "telegram_polling_off", problem });
  else start.log({ level: "info", step: "telegram_polling_off", message: problem, plain: `telegram: ${problem}` });
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

type Told = Pick<LogLine, "level" | "step"> & { readonly problem: string | null };

/** Says it to whoever looks at the terminal, and to whoever asks later. */
function tell({ log, onProblem }: TelegramPollingStart, { level, step, problem }: Told): void {
  onProblem(problem);
  const next = step === "telegram_polling_waits" ? ", trying again" : "";
  const plain = `telegram: ${problem === null ? "messages come again" : `${problem}${next}`}`;
  log({ level, step, ...(problem !== null && { message: problem }), plain });
}
