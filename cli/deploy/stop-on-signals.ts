/** Ctrl-C: the first signal ends the tools that run, and nothing more is begun; what the clouds have begun they finish. */
import { EXIT } from "../exit-code.ts";
import { endTools } from "./child.ts";

/** Requests that run have nobody who waits for them; after this the process ends. */
const END_MAX_MS = 3_000;

/** `again`: what is to be typed to go on. */
export function stopOnSignals(command: "deploy" | "destroy", again: string): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) return;
      stop.abort();
      console.error(`${command}: stopped; what a cloud has begun it finishes by itself. To go on: ${again}`);
      endTools();
      setTimeout(() => process.exit(EXIT.failed), END_MAX_MS).unref();
    });
  }
  return stop.signal;
}
