/** Answers the fail points of an agent process: each lets it go on, but for the one that a test holds it at. */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import type { WaitingPoint } from "../../../fail-points/fail-point.ts";
import { close, listen } from "./loopback.ts";

export type HeldPoint = {
  /** Resolves when the process is there. */
  readonly reached: Promise<void>;
  release(): void;
};

export type FailPointDriver = {
  readonly nodeArgs: readonly string[];
  /** Holds the process at this point of this conversation. */
  hold(point: WaitingPoint, conversation: string): HeldPoint;
  close(): Promise<void>;
};

export async function startFailPointDriver(): Promise<FailPointDriver> {
  const held = new Map<string, { readonly reached: () => void; readonly released: Promise<void> }>();
  const server = createServer((request, response) => {
    void (async () => {
      const { point, conversation }: Record<string, unknown> = JSON.parse(await text(request));
      const hold = held.get(`${String(point)} ${String(conversation)}`);
      hold?.reached();
      await hold?.released;
      response.end(JSON.stringify({ kind: "go_on" }));
    })();
  });
  const url = await listen(server);
  return {
    nodeArgs: ["--import", `data:text/javascript,globalThis.FAIL_POINTS=${encodeURIComponent(JSON.stringify(url))}`],
    hold: (point, conversation) => {
      const reached = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      held.set(`${point} ${conversation}`, { reached: reached.resolve, released: released.promise });
      return { reached: reached.promise, release: released.resolve };
    },
    close: () => close(server),
  };
}
