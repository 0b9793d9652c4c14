import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type WebSocket as Socket, WebSocketServer } from "ws";
import { ask } from "../../../cli/web-client.ts";
import { type ClientFrame, parseClientFrame, type ServerFrame } from "../../../protocol/web-frame.ts";

type Say = (frame: ServerFrame) => void;

let server: WebSocketServer;
let received: ClientFrame[];
let tokens: (string | undefined)[];
/** What the server does with each frame; the connection number counts from 1. */
let script: (frame: ClientFrame, say: Say, socket: Socket, connection: number) => void;

beforeEach(async () => {
  [received, tokens] = [[], []];
  server = new WebSocketServer({ host: "127.0.0.1", port: 0, path: "/web/socket" });
  let connections = 0;
  server.on("connection", (socket, request) => {
    const connection = ++connections;
    tokens.push(request.headers.authorization);
    socket.on("message", (data) => {
      const frame = parseClientFrame(Buffer.isBuffer(data) ? data.toString() : "");
      if (!frame.ok) throw new Error("malformed frame");
      received.push(frame.value);
      script(frame.value, (answer) => socket.send(JSON.stringify(answer)), socket, connection);
    });
  });
  await once(server, "listening");
});
afterEach(() => {
  for (const client of server.clients) client.terminate();
  server.close();
});

function question(more: Partial<Parameters<typeof ask>[0]> = {}) {
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const id = randomUUID();
  const quiet = { onDelta: () => {}, onNotice: () => {} };
  return { url: `http://127.0.0.1:${port}`, token: "t", id, text: "hi", timeoutMs: 5_000, ...quiet, ...more };
}

const final = (seq: number, ids: readonly string[], text: string, last = true, failed = false): ServerFrame => ({
  type: "final",
  seq,
  ids,
  text,
  failed,
  last,
});

describe("ask", () => {
  it("bears the token, passes the growing answer on and joins its parts", async () => {
    const grown: string[] = [];
    script = ({ id }, say) => {
      say({ type: "accepted", id });
      say({ type: "delta", text: "he", reset: false, turnId: "turn-0001" });
      say(final(4, ["somebody-else"], "not ours"));
      say(final(5, [id], "hello", false));
      say(final(6, [id], "world"));
    };
    const outcome = await ask(question({ onDelta: (text) => void grown.push(text) }));
    expect(outcome).toEqual({ kind: "answered", text: "hello\n\nworld", seq: 6, failed: false });
    expect(tokens).toEqual(["Bearer t"]);
    expect(grown).toEqual(["he"]);
  });

  it("sends the same message again on a new socket, and asks for what it missed", async () => {
    script = ({ id }, say, socket, connection) => {
      if (connection > 1) return say(final(9, [id], "late"));
      say(final(7, [], "a notice"));
      socket.terminate();
    };
    const asked = question();
    expect(await ask(asked)).toEqual({ kind: "answered", text: "late", seq: 9, failed: false });
    expect(received).toEqual([
      { type: "send", id: asked.id, text: "hi" },
      { type: "send", id: asked.id, text: "hi", afterSeq: 7 },
    ]);
  });

  it("passes on each notice once, and not what answers others", async () => {
    const heard: unknown[] = [];
    script = ({ id }, say, socket, connection) => {
      say(final(7, [], "a notice"));
      if (connection === 1) return socket.terminate();
      say(final(8, ["somebody-else"], "not ours"));
      say(final(9, [id], "ours"));
    };
    await ask(question({ onNotice: (text, seq) => void heard.push([text, seq]) }));
    expect(heard).toEqual([["a notice", 7]]);
  });

  it("catches up on what came since the number that it is told", async () => {
    const heard: string[] = [];
    script = ({ id }, say) => {
      say(final(5, [], "missed"));
      say({ type: "accepted", id });
      say(final(6, [id], "hello"));
    };
    const asked = question({ afterSeq: 4, onNotice: (text) => void heard.push(text) });
    expect(await ask(asked)).toMatchObject({ kind: "answered", text: "hello" });
    expect(heard).toEqual(["missed"]);
    expect(received.map(({ afterSeq }) => afterSeq)).toEqual([4]);
  });

  it("comes back with the number that it has when there is more than one go can hold", async () => {
    const heard: string[] = [];
    script = ({ id, afterSeq = 0 }, say, socket, connection) => {
      if (connection === 1) say(final(9, [], "live, before what it missed"));
      say(final(afterSeq + 1, [], `missed ${afterSeq + 1}`));
      if (connection < 3) return socket.close(1013, "there is more");
      say({ type: "accepted", id });
      say(final(10, [id], "ours"));
    };
    const asked = question({ afterSeq: 4, onNotice: (text) => void heard.push(text) });
    expect(await ask(asked)).toMatchObject({ kind: "answered", text: "ours" });
    expect(received.map(({ afterSeq }) => afterSeq)).toEqual([4, 5, 6]);
    expect(heard).toEqual(["live, before what it missed", "missed 5", "missed 6", "missed 7"]);
  });

  it("asks again for all that it missed when the socket breaks before all is there, and for no more", async () => {
    script = ({ id }, say, socket, connection) => {
      if (connection > 2) return say(final(10, [id], "ours"));
      say(final(9, [], "live, perhaps before what it missed"));
      if (connection === 2) say({ type: "accepted", id });
      socket.terminate();
    };
    expect(await ask(question({ afterSeq: 4 }))).toMatchObject({ kind: "answered", text: "ours" });
    expect(received.map(({ afterSeq }) => afterSeq)).toEqual([4, 4, 9]);
  });

  it("does not ask for what came before its first socket", async () => {
    script = ({ id }, say, socket, connection) => (connection === 1 ? socket.terminate() : say(final(8, [id], "ours")));
    expect(await ask(question())).toMatchObject({ kind: "answered", text: "ours" });
    expect(received.map(({ afterSeq }) => afterSeq)).toEqual([undefined, undefined]);
  });

  it("says that an answer is a failure notice, whichever part says so", async () => {
    script = ({ id }, say) => {
      say(final(1, [id], "I could not", false, true));
      say(final(2, [id], "answer that"));
    };
    expect(await ask(question())).toMatchObject({ kind: "answered", text: "I could not\n\nanswer that", failed: true });
  });

  it("takes a final without that field for an answer", async () => {
    script = ({ id }, _say, socket) =>
      socket.send(JSON.stringify({ type: "final", seq: 1, ids: [id], text: "hi", last: true }));
    expect(await ask(question())).toMatchObject({ kind: "answered", failed: false });
  });

  it("sends again what could not be stored, and gives up what was refused", async () => {
    script = ({ id }, say, _socket, connection) =>
      say({ type: "error", id, code: connection === 1 ? "not_accepted" : "malformed_frame", message: "no" });
    expect(await ask(question())).toEqual({ kind: "refused", code: "malformed_frame", message: "no" });
    expect(received).toHaveLength(2);
  });

  it("tells when nobody is there, and when the answer takes too long", async () => {
    script = () => {};
    expect(await ask(question({ timeoutMs: 50 }))).toEqual({ kind: "timeout" });
    expect(await ask(question({ url: "http://127.0.0.1:9" }))).toEqual({ kind: "unreachable" });
  });

  it("ignores frames that it does not know", async () => {
    script = ({ id }, say, socket) => {
      socket.send("not json");
      socket.send(JSON.stringify({ type: "later_invention" }));
      say(final(1, [id], "fine"));
    };
    expect(await ask(question())).toMatchObject({ text: "fine" });
  });
});
