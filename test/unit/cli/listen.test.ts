import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type WebSocket as Socket, WebSocketServer } from "ws";
import { noteHeard, noteLeft, readHeard, readLeft } from "../../../cli/heard.ts";
import { listen } from "../../../cli/listen.ts";
import { parseClientFrame, type ServerFrame } from "../../../protocol/web-frame.ts";

let server: WebSocketServer;
let stop: AbortController;
/** What each connection asked for, by `afterSeq`. */
let asked: (number | undefined)[];
let script: (say: (frame: ServerFrame) => void, socket: Socket, connection: number) => void;

beforeEach(async () => {
  asked = [];
  stop = new AbortController();
  server = new WebSocketServer({ host: "127.0.0.1", port: 0, path: "/web/socket" });
  server.on("connection", (socket) => {
    socket.on("message", (data) => {
      const frame = parseClientFrame(Buffer.isBuffer(data) ? data.toString() : "");
      if (!frame.ok) throw new Error("malformed frame");
      asked.push(frame.value.afterSeq);
      script((one) => socket.send(JSON.stringify(one)), socket, asked.length);
    });
  });
  await once(server, "listening");
});
afterEach(() => {
  stop.abort();
  for (const client of server.clients) client.terminate();
  server.close();
});

const final = (seq: number, ids: readonly string[], text: string): ServerFrame => {
  return { type: "final", seq, ids, text, failed: false, last: true };
};

function listenFrom(afterSeq: number | null, isLate: (ids: readonly string[]) => boolean = () => false) {
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const heard: string[] = [];
  const onNotice = (text: string) => void heard.push(text);
  const done = listen(
    { url: `http://127.0.0.1:${port}`, token: "t", afterSeq, onNotice, isLate, onLine: () => {} },
    stop.signal,
  );
  return { heard, done };
}

describe("listening", () => {
  it("brings what was said meanwhile and from now on, each once, and no answers to messages", async () => {
    script = (say) => {
      say(final(4, [], "⏰ old"));
      say(final(5, ["somebody"], "an answer"));
      say(final(6, [], "⏰ new"));
      say(final(6, [], "⏰ new"));
    };
    const { heard } = listenFrom(3);
    await vi.waitFor(() => expect(heard).toEqual(["⏰ old", "⏰ new"]));
    expect(asked).toEqual([3]);
  });

  it("brings the answers to messages that their chat has left", async () => {
    const stateDir = mkdtempSync(join(tmpdir(), "claw-left-"));
    noteLeft(stateDir, "cli-1");
    noteLeft(stateDir, "cli-2");
    script = (say) => {
      say(final(4, ["cli-3"], "awaited"));
      say(final(5, ["cli-1", "x"], "late"));
    };
    const { heard } = listenFrom(3, (ids) => ids.some((id) => readLeft(stateDir).includes(id)));
    await vi.waitFor(() => expect(heard).toEqual(["late"]));
    expect(readLeft(stateDir)).toEqual(["cli-1", "cli-2"]);
    rmSync(stateDir, { recursive: true });
  });

  it("goes on where it was when the socket breaks, and ends when it is told to", async () => {
    script = (say, socket, connection) => {
      say(final(connection, [], `notice ${connection}`));
      if (connection === 1) socket.terminate();
    };
    const { heard, done } = listenFrom(null);
    await vi.waitFor(() => expect(heard).toEqual(["notice 1", "notice 2"]), { timeout: 5_000 });
    expect(asked).toEqual([undefined, 1]);
    stop.abort();
    await done;
  });
});

describe("what was heard", () => {
  it("is remembered by its highest number, for what is here only", () => {
    const stateDir = mkdtempSync(join(tmpdir(), "agent-claw-heard-"));
    try {
      expect(readHeard(stateDir)).toBeNull();
      noteHeard(stateDir, 7);
      noteHeard(stateDir, 5);
      expect(readHeard(stateDir)).toBe(7);
      noteHeard(null, 9);
      expect(readHeard(null)).toBeNull();
    } finally {
      rmSync(stateDir, { recursive: true });
    }
  });
});
