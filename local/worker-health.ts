/** Asks a Worker that has just been started whether it can work, and finds out what is wrong with its settings if not. */
import { setTimeout as pause } from "node:timers/promises";
import type { Log } from "./log.ts";

export type WorkerStarting = {
  readonly url: string;
  /** Resolves when the process has ended, with what is to be said about it. */
  readonly ended: Promise<string>;
  readonly complaint: SettingsComplaint;
};

/** The Worker tells what is wrong with its settings in its log only: strangers can ask for its health. */
export type SettingsComplaint = {
  readonly log: Log;
  /** All problems in one line, once the Worker has told them. */
  readonly told: Promise<string>;
};

/** The settings cannot be used; the message names every problem and never a secret's value. */
export class SettingsRejected extends Error {
  override readonly name = "SettingsRejected";
}

const HEALTHY_MAX_MS = 15_000;
const ASK_EVERY_MS = 20;
/** The log line of a request may be read a little later than its response. */
const COMPLAINT_MAX_MS = 1_000;

/** A log that passes everything on to `log` and listens for the complaint. */
export function createSettingsComplaint(log: Log): SettingsComplaint {
  const { promise: told, resolve } = Promise.withResolvers<string>();
  return {
    told,
    log: (line) => {
      if (line["code"] === "config_invalid" && typeof line["error"] === "string") resolve(line["error"]);
      else log(line);
    },
  };
}

/** Null when `/healthz` answers 200, or the problems of the Worker's settings in one line. Throws if it never answers. */
export async function waitForHealth(worker: WorkerStarting): Promise<string | null> {
  let died: string | null = null;
  void worker.ended.then((what) => (died = what));
  for (const until = Date.now() + HEALTHY_MAX_MS; Date.now() < until; await pause(ASK_EVERY_MS)) {
    if (died !== null) throw new Error(died);
    const response = await fetch(`${worker.url}/healthz`).catch(() => null);
    await response?.body?.cancel();
    if (response?.ok) return null;
    if (response?.status === 503) return await Promise.race([worker.complaint.told, complaintMissing()]);
  }
  throw new Error("the Worker did not become ready");
}

async function complaintMissing(): Promise<never> {
  await pause(COMPLAINT_MAX_MS);
  throw new Error("the Worker is not healthy; its log says why");
}
