/** The other end of the fail points: holds the code where it was told to, until the fault has happened. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import * as v from "valibot";
import type { PointOrder, WaitingPoint } from "../../fail-points/fail-point.ts";
import { chatOfKey } from "./chats.ts";
import { Undisturbed } from "./undisturbed.ts";

const reached = v.object({
  point: v.string(),
  session: v.optional(v.string()),
  conversation: v.optional(v.string()),
  pid: v.optional(v.number()),
});

/** Code that waits at a point, in the name of one chat. */
export type Held = {
  readonly chat: number;
  /** The agent's process; null at the edge. */
  readonly pid: number | null;
  /** Lets it go on, or not. Nothing happens if its process is gone by then. */
  release(order: PointOrder): void;
};

type Hold = {
  readonly point: WaitingPoint;
  /** How many arrivals of each chat pass before the one that is held. */
  readonly passing: Map<number, number>;
  readonly take: (held: Held) => void;
};

export class Driver {
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  /** How long answers came in while their chats were not held. */
  readonly undisturbed = new Undisturbed();
  #holds: Hold[] = [];

  /** What the fail points must be told. Throws before `listen`. */
  get url(): string {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("the driver does not listen");
    return `http://127.0.0.1:${address.port}/`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  /** Holds the `nth` arrival of each chat at a point and gives it to `take`. Returns how to call it off. */
  hold(point: WaitingPoint, chats: readonly number[], take: (held: Held) => void, nth = 1): () => void {
    const hold: Hold = { point, passing: new Map(chats.map((chat) => [chat, nth - 1])), take };
    this.#holds.push(hold);
    return () => void (this.#holds = this.#holds.filter((other) => other !== hold));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = v.safeParse(v.pipe(v.string(), v.parseJson(), reached), await text(request).catch(() => ""));
    if (!body.success) return void response.writeHead(400).end();
    const { point, session, conversation, pid } = body.output;
    const chat = chatOfKey(session ?? conversation ?? "");
    if (chat !== null) this.undisturbed.reached(chat, point, Date.now());
    const hold = this.#holds.find((other) => other.point === point && chat !== null && other.passing.has(chat));
    const release = (order: PointOrder) => {
      if (!response.destroyed) response.end(JSON.stringify(order));
    };
    if (!hold || chat === null) return release({ kind: "go_on" });
    const passing = hold.passing.get(chat) ?? 0;
    hold.passing.set(chat, passing - 1);
    if (passing > 0) return release({ kind: "go_on" });
    hold.passing.delete(chat);
    this.undisturbed.held(chat);
    const letGo = (order: PointOrder) => {
      this.undisturbed.released(chat);
      release(order);
    };
    hold.take({ chat, pid: pid ?? null, release: letGo });
  }
}
