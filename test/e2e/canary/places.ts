/** All that a run has left behind and sent away, by the place where it is. */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { buildAgent } from "../../../local/agent-bundle.ts";
import { buildWorker } from "../../../local/worker-bundle.ts";
import { filesBelow } from "../state-files.ts";
import { type CanaryAssistant } from "./assistant.ts";
import type { Exchange } from "./wire-recorder.ts";

export type Piece = { readonly place: string; readonly where: string; readonly content: Buffer };

const ROOT = new URL("../../..", import.meta.url).pathname;

/** Every piece of the run. The assistant must have ended. */
export async function piecesOf(assistant: CanaryAssistant, exchanges: readonly Exchange[]): Promise<readonly Piece[]> {
  return [
    ...exchanges.flatMap((exchange) => piecesOfExchange(exchange, partyOf(assistant, exchange))),
    ...assistant.files.map(({ path, content }) => ({ place: placeOfFile(path), where: path, content })),
    ...assistant.processes.flatMap(({ name, environment, command }) => [
      { place: `environment of ${name === "npm start" ? "`npm start`" : name}`, where: name, content: environment },
      { place: "arguments of processes", where: name, content: command },
    ]),
    { place: "log", where: "the terminal", content: Buffer.from(assistant.printed.join("\n")) },
    ...assistant.said.map(({ stdout, stderr }) => ({
      place: "output of claw and chat",
      where: stdout.slice(0, 40),
      content: Buffer.from(stdout + stderr),
    })),
    ...(await bundles()),
  ];
}

function partyOf(assistant: CanaryAssistant, exchange: Exchange): string | null {
  const { telegram, discord, front, receiverPort, edge, awsPorts } = assistant;
  const parties = new Map([
    [telegram.port, "Telegram"],
    [discord.http.port, "Discord"],
    [front.port, "the model's provider"],
    [receiverPort, "the webhook of a job"],
    [Number(new URL(edge.url).port), "the edge"],
  ]);
  const { port, address } = exchange;
  if (port === 0) return address === "/invocations" ? "the agent" : null;
  return awsPorts.has(port) ? serviceOf(exchange) : (parties.get(port) ?? null);
}

function serviceOf({ method, address }: Exchange): string | null {
  // How this test orders faults, with the key of the account: no part of what is tested.
  if (address.startsWith("/_local/")) return null;
  if (address.startsWith("/runtimes/")) return "AgentCore";
  return method === "POST" && address === "/" ? "STS" : "S3";
}

function piecesOfExchange(exchange: Exchange, party: string | null): readonly Piece[] {
  if (party === null) return [];
  const where = `${exchange.method} ${exchange.address.slice(0, 80)}`;
  return [
    { place: `address of a call to ${party}`, where, content: Buffer.from(exchange.address) },
    { place: `headers of a call to ${party}`, where, content: Buffer.from(exchange.headers) },
    { place: `body of a call to ${party}`, where, content: exchange.body },
    { place: `answer of ${party}`, where, content: exchange.answer },
  ];
}

function placeOfFile(path: string): string {
  if (path.startsWith("logs/")) return "log";
  const [folder = ""] = path.split("/");
  return path.includes("/") ? `\`${folder}/\`` : `\`${path}\``;
}

async function bundles(): Promise<readonly Piece[]> {
  const [worker, agent] = await Promise.all([buildWorker(ROOT), buildAgent(ROOT)]);
  const files = [dirname(worker.modulePath), dirname(agent.entryPath)].flatMap(filesBelow);
  return files.map((path) => ({ place: "bundles", where: path, content: readFileSync(path) }));
}
