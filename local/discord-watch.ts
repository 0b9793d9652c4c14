/**
 * Keeps the Gateway to Discord awake on a laptop, where no cron trigger fires: wakes its object once the Worker is ready
 * and then every minute, and says on the terminal when it is connected, stopped or away.
 */
import { setTimeout as pause } from "node:timers/promises";
import * as v from "valibot";
import { errorText, type Log } from "./log.ts";
import { printableLine } from "./terminal-text.ts";

export type DiscordWatchStart = {
  /** Of the running Worker. */
  readonly url: string;
  readonly adminToken: string;
  readonly log: Log;
  /** How often it is woken, and looked at while it is not settled, if not as often as usual. */
  readonly everyMs?: number;
  readonly lookMs?: number;
};

export type DiscordWatch = {
  /** How the Gateway was when it was first woken, in words; null: the Worker did not say. */
  readonly first: Promise<string | null>;
  stop(): Promise<void>;
};

/** As often as the cron trigger of a deployment. */
const EVERY_MS = 60_000;
/** While it is being connected somebody waits for the news. */
const LOOK_MS = 2_000;
const ANSWER_MAX_MS = 5_000;

const answer = v.object({
  status: v.object({ phase: v.string(), stopped: v.nullable(v.object({ code: v.nullable(v.number()) })) }),
});
const refused = v.object({ message: v.string() });

type Look =
  | { readonly kind: "connected" | "connecting" | "off" }
  | { readonly kind: "stopped"; readonly code: number | null }
  | { readonly kind: "unknown"; readonly problem: string };

/** Begins at once. Never throws; what goes wrong is logged in one line until it is over. */
export function startDiscordWatch(start: DiscordWatchStart): DiscordWatch {
  const stopping = new AbortController();
  const { promise: first, resolve } = Promise.withResolvers<string | null>();
  const ended = watch(start, stopping.signal, resolve);
  return {
    first,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

async function watch(start: DiscordWatchStart, signal: AbortSignal, onFirst: (words: string | null) => void) {
  const { everyMs = EVERY_MS, lookMs = LOOK_MS } = start;
  let told: Look["kind"] = "connecting";
  for (let wakeAt = 0; !signal.aborted;) {
    const now = Date.now();
    const isDue = now >= wakeAt;
    if (isDue) wakeAt = now + everyMs;
    const look = await ask(start, isDue, signal);
    // Only the first one counts.
    onFirst(wordsFor(look));
    if (signal.aborted) break;
    if (look.kind !== told) tell(start.log, look);
    told = look.kind;
    // A timer can be a millisecond early by the clock.
    const pauseMs = isSettled(look) ? Math.max(1, wakeAt - Date.now() + 1) : lookMs;
    await pause(pauseMs, undefined, { signal }).catch(() => {});
  }
}

/** Nothing is expected to change soon. */
function isSettled({ kind }: Look): boolean {
  return kind !== "connecting" && kind !== "unknown";
}

async function ask({ url, adminToken }: DiscordWatchStart, wakes: boolean, signal: AbortSignal): Promise<Look> {
  try {
    const response = await fetch(`${url}/admin/api/discord/gateway${wakes ? "/watch" : ""}`, {
      method: wakes ? "POST" : "GET",
      headers: { authorization: `Bearer ${adminToken}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MAX_MS)]),
    });
    const body: unknown = await response.json().catch(() => null);
    const read = v.safeParse(answer, body);
    if (response.ok && read.success) return lookOf(read.output.status);
    const said = v.safeParse(refused, body);
    return { kind: "unknown", problem: said.success ? said.output.message : `status ${response.status}` };
  } catch (error) {
    return { kind: "unknown", problem: errorText(error) };
  }
}

function lookOf({ phase, stopped }: v.InferOutput<typeof answer>["status"]): Look {
  if (stopped !== null) return { kind: "stopped", code: stopped.code };
  if (phase === "ready") return { kind: "connected" };
  return { kind: phase === "off" ? "off" : "connecting" };
}

function wordsFor(look: Look): string | null {
  if (look.kind === "unknown") return null;
  if (look.kind !== "stopped") return look.kind;
  const code = look.code === null ? "" : ` (${look.code})`;
  return `stopped by Discord${code}, see npm run claw -- discord gateway`;
}

function tell(log: Log, look: Look): void {
  switch (look.kind) {
    case "connected":
      return log({ level: "info", step: "discord_gateway_connected", plain: "discord: the Gateway is connected" });
    case "connecting":
      return log({ level: "warn", step: "discord_gateway_away", plain: "discord: the Gateway connects again" });
    case "off":
      return log({ level: "warn", step: "discord_gateway_off", plain: "discord: the Gateway is off" });
    case "stopped": {
      const plain = `discord: the Gateway is ${wordsFor(look)}`;
      return log({ level: "error", step: "discord_gateway_stopped", code: look.code, plain });
    }
    case "unknown": {
      const problem = printableLine(look.problem);
      const plain = `discord: nothing is known of the Gateway (${problem}), trying again`;
      return log({ level: "warn", step: "discord_gateway_unknown", message: problem, plain });
    }
  }
}
