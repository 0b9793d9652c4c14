/** A scripted agent container: each invocation says what it wants to see. Run as a process of its own. */
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";

type Script = {
  /** An invocation of the edge: answered as the protocol says. */
  readonly kind?: "turn" | "steer" | "abort" | "query";
  readonly turnId?: string;
  readonly do: "echo" | "stream" | "hang" | "fail" | "crash" | "environment" | "health";
  readonly events?: number;
  readonly health?: { readonly status: string; readonly time?: number | "moving" };
};

/** What its runtime told it, as the agent reads it. */
const token = process.env["AGENT_EXPECTS_TOKEN"] ? readFileSync(0, "utf8") : null;
let invocations = 0;
let health: Script["health"] = { status: "Healthy" };

const server = createServer(async (request, response) => {
  if (request.url === "/ping") return void response.end(JSON.stringify(ping()));
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  invocations += 1;
  const script: Script = body.startsWith("{") ? JSON.parse(body) : { do: "echo" };
  if (script.kind === "turn") turn(response, script.turnId ?? "");
  else if (script.kind) response.end(JSON.stringify(REPLIES[script.kind]));
  else act(script, response, { pid: process.pid, invocations, headers: request.headers, body });
});

function act(script: Script, response: ServerResponse, seen: object): void {
  switch (script.do) {
    case "fail":
      return void response.writeHead(503).end("no");
    case "crash":
      return process.exit(3);
    case "hang":
    case "stream":
      return stream(response, script);
    case "environment":
      return void response.end(JSON.stringify({ ...seen, token, argv: process.argv, environment: environment() }));
    case "health":
      health = script.health;
  }
  response.end(JSON.stringify(seen));
}

function environment(): object {
  return { ...process.env, cwd: process.cwd() };
}

/** "moving" is the mistake of an agent that writes a new time into every answer. */
function ping(): object {
  const time = health?.time === "moving" ? performance.now() : health?.time;
  return { status: health?.status, ...(time !== undefined && { time_of_last_update: time }) };
}

const REPLIES = {
  steer: { status: "queued" },
  abort: { status: "not_running" },
  query: { error: { code: "no_such_file", message: "there is none" } },
};

function turn(response: ServerResponse, turnId: string): void {
  response.setHeader("content-type", "text/event-stream");
  const last = { text: "hello", consumed: [], workspace: { head: "m1", heartbeatHash: null } };
  const events = [{ kind: "accepted" }, { kind: "delta", text: "hello" }, { kind: "final", ...last }];
  for (const [index, event] of events.entries()) {
    response.write(`id: ${index + 1}\ndata: ${JSON.stringify({ ...event, turnId, fence: 1, seq: index + 1 })}\n\n`);
  }
  response.end();
}

function stream(response: ServerResponse, { events = 1, do: what }: Script): void {
  response.setHeader("content-type", "text/event-stream");
  for (let seq = 1; seq <= events; seq++) response.write(`id: ${seq}\ndata: ${JSON.stringify({ seq })}\n\n`);
  if (what === "stream") response.end();
}

// As an agent should: what is under way may end first.
process.on("SIGTERM", () => server.close(() => process.exit(0)));
server.listen(Number(process.env["PORT"]), "127.0.0.1", () => {
  const address = server.address();
  if (address && typeof address === "object") console.log(JSON.stringify({ listening: address.port }));
});
