/** A scripted agent container: each invocation says what it wants to see. Run as a process of its own. */
import { createServer, type ServerResponse } from "node:http";

type Script = {
  readonly do: "echo" | "stream" | "hang" | "fail" | "crash" | "environment" | "health";
  readonly events?: number;
  readonly health?: object;
};

let invocations = 0;
let health: object = { status: "Healthy" };

const server = createServer(async (request, response) => {
  if (request.url === "/ping") return void response.end(JSON.stringify(health));
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  invocations += 1;
  const script: Script = body.startsWith("{") ? JSON.parse(body) : { do: "echo" };
  if (script.do === "fail") return void response.writeHead(503).end("no");
  if (script.do === "crash") process.exit(3);
  if (script.do === "hang" || script.do === "stream") return stream(response, script);
  if (script.do === "health") health = script.health ?? health;
  response.setHeader("content-type", "application/json");
  const { headers } = request;
  const environment = script.do === "environment" ? { ...process.env, cwd: process.cwd() } : undefined;
  response.end(JSON.stringify({ pid: process.pid, invocations, headers, body, environment }));
});

function stream(response: ServerResponse, { events = 1, do: what }: Script): void {
  response.setHeader("content-type", "text/event-stream");
  for (let seq = 1; seq <= events; seq++) response.write(`id: ${seq}\ndata: ${JSON.stringify({ seq })}\n\n`);
  if (what === "stream") response.end();
}

process.on("SIGTERM", () => process.exit(0));
server.listen(Number(process.env["PORT"]), "127.0.0.1", () => {
  const address = server.address();
  if (address && typeof address === "object") console.log(JSON.stringify({ listening: address.port }));
});
