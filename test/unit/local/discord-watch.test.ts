import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type DiscordWatch, startDiscordWatch } from "../../../local/discord-watch.ts";
import type { LogLine } from "../../../local/log.ts";

const READY = { phase: "ready", stopped: null };
const CONNECTING = { phase: "connecting", stopped: null };
const STOPPED = { phase: "stopped", stopped: { reason: "disallowed_intents", code: 4014 } };

let server: Server;
let url: string;
/** What the Worker says of the Gateway; null: it is not there yet. */
let status: object | null;
let asked: string[];
let lines: LogLine[];
let watch: DiscordWatch | null;

beforeEach(async () => {
  [status, asked, lines, watch] = [READY, [], [], null];
  server = createServer(({ method, url: path, headers }, response) => {
    asked.push(`${method} ${path} ${headers.authorization}`);
    if (status === null) response.writeHead(503).end(JSON.stringify({ error: "x", message: "not now" }));
    else response.end(JSON.stringify({ mode: "on", status }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
});
afterEach(async () => {
  await watch?.stop();
  server.closeAllConnections();
  server.close();
});

function start(everyMs: number, lookMs = 5): DiscordWatch {
  watch = startDiscordWatch({ url, adminToken: "right", log: (line) => void lines.push(line), everyMs, lookMs });
  return watch;
}
const said = () => lines.map(({ plain }) => plain);

describe("startDiscordWatch", () => {
  it("wakes the Gateway at once, and again every time", async () => {
    expect(await start(5).first).toBe("connected");
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(2));
    expect(new Set(asked)).toEqual(new Set(["POST /admin/api/discord/gateway/watch Bearer right"]));
    expect(said()).toEqual(["discord: the Gateway is connected"]);
  });

  it("only looks, and often, while it connects; and says when it is there", async () => {
    status = CONNECTING;
    expect(await start(60_000).first).toBe("connecting");
    await vi.waitFor(() => expect(asked).toContain("GET /admin/api/discord/gateway Bearer right"));
    expect(lines).toEqual([]);
    status = READY;
    await vi.waitFor(() => expect(said()).toEqual(["discord: the Gateway is connected"]));
    expect(asked.filter((line) => line.startsWith("POST"))).toHaveLength(1);
  });

  it("says once that Discord has stopped it, with the code and where to read what to do", async () => {
    status = STOPPED;
    const advice = "stopped by Discord (4014), see npm run claw -- discord gateway";
    expect(await start(5).first).toBe(advice);
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(2));
    expect(lines).toEqual([
      { level: "error", step: "discord_gateway_stopped", code: 4014, plain: `discord: the Gateway is ${advice}` },
    ]);
  });

  it("says that it is away and that it is back, each once", async () => {
    await start(5).first;
    status = CONNECTING;
    await vi.waitFor(() => expect(said()).toHaveLength(2));
    status = READY;
    await vi.waitFor(() => expect(said()).toHaveLength(3));
    expect(said().slice(1)).toEqual(["discord: the Gateway connects again", "discord: the Gateway is connected"]);
  });

  it("says in one line that the Worker does not tell, and goes on", async () => {
    status = null;
    expect(await start(60_000).first).toBe(null);
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(2));
    expect(said()).toEqual(["discord: nothing is known of the Gateway (not now), trying again"]);
    status = READY;
    await vi.waitFor(() => expect(said()).toHaveLength(2));
  });

  it("ends at once when it is stopped, also in the middle of a question", async () => {
    server.removeAllListeners("request");
    const isAsked = once(server, "request");
    const started = start(5);
    await isAsked;
    await started.stop();
    expect(await started.first).toBe(null);
    expect(lines).toEqual([]);
  });
});
