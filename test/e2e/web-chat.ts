/** A web client of the owner, as a script outside this repository would write one. */
import { once } from "node:events";
import { WebSocket } from "ws";
import type { ClientFrame, ServerFrame } from "../../protocol/web-frame.ts";

export class WebChat {
  readonly #socket: WebSocket;
  readonly frames: ServerFrame[] = [];

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer) => void this.frames.push(JSON.parse(data.toString())));
  }

  static async open(url: string, token: string): Promise<WebChat> {
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/web/socket`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const chat = new WebChat(socket);
    await once(socket, "open");
    return chat;
  }

  send(frame: Partial<ClientFrame> & { readonly id: string }): void {
    this.#socket.send(JSON.stringify({ type: "send", ...frame }));
  }

  sendRaw(text: string): void {
    this.#socket.send(text);
  }

  get finals(): readonly Extract<ServerFrame, { type: "final" }>[] {
    return this.frames.filter((frame) => frame.type === "final");
  }

  /** Closes the socket; resolves with what the server said to it. */
  async close(code = 1_000, reason = ""): Promise<{ readonly code: number; readonly reason: string }> {
    this.#socket.close(code, reason);
    const [answered, words] = await once(this.#socket, "close");
    return { code: Number(answered), reason: String(words) };
  }
}
