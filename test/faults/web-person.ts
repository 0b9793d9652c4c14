/**
 * The owner at the web socket, with a client as docs describe it: it sends again what was not accepted, comes back
 * when its socket breaks, says which number it has, and shows a number once.
 */
import { WebSocket } from "ws";
import type { ServerFrame } from "../../protocol/web-frame.ts";

const RECONNECT_MS = 100;

export class WebPerson {
  readonly #url: string;
  readonly #token: string;
  readonly #sent = new Map<string, string>();
  readonly #accepted = new Set<string>();
  readonly #shown: { readonly seq: number; readonly text: string }[] = [];
  #socket: WebSocket | null = null;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isClosed = false;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** What is on screen, oldest first. */
  get shown(): readonly string[] {
    return this.#shown.toSorted((left, right) => left.seq - right.seq).map(({ text }) => text);
  }

  isAccepted(id: string): boolean {
    return this.#accepted.has(id);
  }

  /** Sends a message, again and again until it is accepted. */
  say(id: string, text: string): void {
    this.#sent.set(id, text);
    this.repeat(id);
  }

  /** Sends a message once more, whatever is known of it. */
  repeat(id: string): void {
    if (this.#isClosed) return;
    const socket = this.#open();
    if (socket.readyState === WebSocket.OPEN) this.#send(socket, id);
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#socket?.terminate();
  }

  #open(): WebSocket {
    if (this.#socket) return this.#socket;
    const headers = { authorization: `Bearer ${this.#token}` };
    const socket = new WebSocket(`${this.#url.replace(/^http/, "ws")}/web/socket`, { headers });
    socket.on("open", () => {
      for (const id of this.#sent.keys()) if (!this.#accepted.has(id)) this.#send(socket, id);
      // An empty message only catches up.
      socket.send(JSON.stringify({ type: "send", id: "catch-up", text: "", afterSeq: this.#lastSeq }));
    });
    socket.on("message", (data: Buffer) => {
      const frame: ServerFrame = JSON.parse(data.toString());
      this.#hear(frame);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#socket = null;
      this.#soon(() => void this.#open());
    });
    this.#socket = socket;
    return socket;
  }

  get #lastSeq(): number {
    return Math.max(0, ...this.#shown.map(({ seq }) => seq));
  }

  #send(socket: WebSocket, id: string): void {
    socket.send(JSON.stringify({ type: "send", id, text: this.#sent.get(id) ?? "" }));
  }

  #hear(frame: ServerFrame): void {
    if (frame.type === "accepted") this.#accepted.add(frame.id);
    if (frame.type === "error" && frame.id !== undefined && this.#sent.has(frame.id)) {
      const { id } = frame;
      this.#soon(() => this.repeat(id));
    }
    if (frame.type === "final") this.#show(frame.seq, frame.text);
  }

  /** A number that is known is shown no second time; with another text it is a second answer, and shown as one. */
  #show(seq: number, text: string): void {
    const isRepeat = this.#shown.some((part) => part.seq === seq && part.text === text);
    if (!isRepeat) this.#shown.push({ seq, text });
  }

  #soon(work: () => void): void {
    if (this.#isClosed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, RECONNECT_MS);
    this.#timers.add(timer);
  }
}
