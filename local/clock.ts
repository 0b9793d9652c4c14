/**
 * The clock of a laptop, where no Cron Trigger fires: at each minute the scheduled handler of the Worker is called, the one
 * that Cloudflare would call. workerd lets only another Worker do that, so there is a small one beside ours.
 */
import { setTimeout as pause } from "node:timers/promises";
import { errorText, type Log } from "./log.ts";

/** The trigger of wrangler.toml. */
const CRON = "* * * * *";
const MINUTE_MS = 60_000;
const TICK_MAX_MS = 30_000;
/** Minutes that are known to have been, the newest: a day. */
const MINUTES_KNOWN = 1_440;

/** The Worker beside ours. `WORKER` is ours, `CLOCK_TOKEN` what a call must know. */
export const CLOCK_WORKER = `export default {
  async fetch(request, env) {
    const known = env.CLOCK_TOKEN && "Bearer " + env.CLOCK_TOKEN;
    if (!known || request.headers.get("authorization") !== known) return new Response(null, { status: 401 });
    const { times, cron } = await request.json();
    let failed = 0;
    for (const time of times) {
      const { outcome } = await env.WORKER.scheduled({ scheduledTime: new Date(time), cron });
      if (outcome !== "ok") failed += 1;
    }
    return Response.json({ failed });
  },
};
`;

export type ClockStart = {
  /** Of the Worker beside ours. */
  readonly url: string;
  readonly token: string;
  readonly log: Log;
};

export type Clock = {
  /** Calls the handler for these times (epoch ms), one after the other. Throws if one of them fails. */
  tick(times: readonly number[]): Promise<void>;
  stop(): Promise<void>;
};

/** Ticks at each minute from now on, and whenever it is told to. What goes wrong by itself is logged. */
export function startClock({ url, token, log }: ClockStart): Clock {
  const stopping = new AbortController();
  const tick = (times: readonly number[], signal?: AbortSignal) => call({ url, token }, times, signal);
  const time: MachineTime = {
    now: Date.now,
    pause: (ms) => pause(ms, undefined, { signal: stopping.signal }).catch(() => {}),
  };
  const onMinute = async (minute: number) => {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(TICK_MAX_MS)]);
    await tick([minute], signal).catch((error: unknown) => {
      if (stopping.signal.aborted) return;
      const message = errorText(error);
      log({ level: "warn", step: "tick_failed", message, plain: `clock: a minute was missed (${message})` });
    });
  };
  const ended = eachMinute(time, onMinute, stopping.signal);
  return {
    tick,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

/** The machine's time, which may jump. */
export type MachineTime = {
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
};

/**
 * Calls `onMinute` at each minute until it is stopped, once for each. After a sleep it does not make up for the minutes;
 * when the time is set back it goes on with those that have not been.
 */
export async function eachMinute(
  { now, pause: wait }: MachineTime,
  onMinute: (minute: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const done = new Set([minuteOf(now())]);
  while (!signal.aborted) {
    await wait(MINUTE_MS - (now() % MINUTE_MS));
    const minute = minuteOf(now());
    if (signal.aborted || done.has(minute)) continue;
    done.add(minute);
    for (const oldest of done) if (done.size > MINUTES_KNOWN) done.delete(oldest);
    await onMinute(minute);
  }
}

async function call(
  { url, token }: Pick<ClockStart, "url" | "token">,
  times: readonly number[],
  signal?: AbortSignal,
): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ times, cron: CRON }),
    ...(signal && { signal }),
  });
  const answer: unknown = await response.json().catch(() => null);
  const isFine = response.ok && typeof answer === "object" && answer !== null && Reflect.get(answer, "failed") === 0;
  if (!isFine) throw new Error(`the scheduled handler failed (${response.status})`);
}

function minuteOf(now: number): number {
  return now - (now % MINUTE_MS);
}
