/** `npm start` in a process of its own, with a canary for every secret and all of the internet on loopback, recorded. */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { readRunFile } from "../../../local/run-file.ts";
import { type Discord, startDiscord } from "../../emulators/discord/gateway/whole.ts";
import type { Person } from "../../emulators/discord/index.ts";
import { startTelegramEmulator, type TelegramEmulator } from "../../emulators/telegram/index.ts";
import { cli, newStateDir, type NpmStart, npmStart, type Said } from "../npm-start.ts";
import { ObedientModel } from "../obedient-model.ts";
import { filesBelow } from "../state-files.ts";
import { WireTap } from "../wire-tap.ts";
import { OWNER, PATIENCE } from "../world.ts";
import { ModelFront } from "./model-front.ts";
import { processesOf, type ProcessView } from "./processes.ts";
import type { OwnerSecrets } from "./secrets.ts";
import { recordWire } from "./wire-recorder.ts";

const RECORDER = new URL("record-npm-start.ts", import.meta.url).href;

/** What a model repeats if it gets to see it. */
const CANARY = /canary-[^\s"]+/g;

export type KeptFile = { readonly path: string; readonly content: Buffer };
export type Answered = { readonly status: number; readonly text: string };

export class CanaryAssistant {
  readonly stateDir = newStateDir();
  /** Where the wire is recorded. */
  readonly recordDir = mkdtempSync(join(tmpdir(), "agent-claw-canary-"));
  readonly secrets: OwnerSecrets;
  readonly telegram: TelegramEmulator;
  readonly discord: Discord;
  readonly owner: Person;
  readonly channel: string;
  readonly model: ObedientModel;
  readonly front: ModelFront;
  /** What stands before the Worker, as Cloudflare's network does. */
  readonly edge: WireTap;
  /** Takes what jobs send away. */
  readonly receiver: Server;
  /** What programs of the command line printed. */
  readonly said: Said[] = [];
  readonly processes: ProcessView[] = [];
  /** What the processes of `npm start` printed, both streams. */
  readonly printed: string[] = [];
  /** The files of the state, each time when everything had ended. */
  readonly files: KeptFile[] = [];
  readonly awsPorts = new Set<number>();
  readonly #port: number;
  #start: NpmStart | null = null;
  #starts = 0;

  private constructor(secrets: OwnerSecrets, port: number, parts: Parts) {
    this.secrets = secrets;
    this.#port = port;
    this.telegram = parts.telegram;
    this.discord = parts.discord;
    this.model = parts.model;
    this.front = parts.front;
    this.edge = parts.edge;
    this.receiver = parts.receiver;
    const { http } = parts.discord;
    this.owner = http.addPerson({ username: "ada" });
    this.channel = http.addChannel(http.addGuild({ members: [this.owner] }));
  }

  static async open(secrets: OwnerSecrets): Promise<CanaryAssistant> {
    // Held until it is needed: else one of the others could be given it.
    const place = createServer().listen(0, "127.0.0.1");
    await once(place, "listening");
    const { port } = place.address() as AddressInfo;
    const [telegram, discord, model, edge] = await Promise.all([
      startTelegramEmulator({ token: secrets.TELEGRAM_BOT_TOKEN }),
      startDiscord({ http: { botToken: secrets.DISCORD_BOT_TOKEN } }),
      ObedientModel.start(CANARY),
      WireTap.start(`http://127.0.0.1:${port}`),
    ]);
    const front = await ModelFront.start(model.variables.ANTHROPIC_BASE_URL);
    const receiver = createServer((request, response) => {
      request.resume();
      response.end("taken");
    }).listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const assistant = new CanaryAssistant(secrets, port, { telegram, discord, model, front, edge, receiver });
    recordWire(join(assistant.recordDir, "internet"));
    await once(place.close(), "close");
    await assistant.start();
    telegram.setWebhook({ url: `${edge.url}/telegram/webhook`, secret: secrets.TELEGRAM_WEBHOOK_SECRET });
    discord.http.setEndpoint(`${edge.url}/discord/interactions`);
    await discord.gateway.whenLive();
    return assistant;
  }

  get receiverPort(): number {
    const { port } = this.receiver.address() as AddressInfo;
    return port;
  }

  /** The files that the wire was recorded in: of this process, and of each start. */
  get wireFiles(): readonly string[] {
    return ["internet", ...Array.from({ length: this.#starts }, (_, at) => `start-${at}`)].map((name) =>
      join(this.recordDir, name),
    );
  }

  async start(): Promise<void> {
    const modelUrl = `http://127.0.0.1:${this.front.port}`;
    const { http } = this.discord;
    this.#start = npmStart(this.stateDir, {
      ...this.secrets,
      NODE_OPTIONS: `--import=${RECORDER}`,
      CANARY_WIRE_FILE: join(this.recordDir, `start-${this.#starts}`),
      PORT: String(this.#port),
      PUBLIC_URL: this.edge.url,
      AGENT_EDGE_URL: this.edge.url,
      AWS_ACCESS_KEY_ID: "AKIACANARY0000000000",
      TELEGRAM_API_ROOT: this.telegram.url,
      TELEGRAM_POLLING: "off",
      DISCORD_APPLICATION_ID: http.applicationId,
      DISCORD_PUBLIC_KEY: http.publicKey,
      DISCORD_API_ROOT: http.apiRoot,
      DISCORD_GATEWAY: "on",
      ALLOW_FROM: `telegram:${OWNER},discord:${this.owner.id}`,
      GROUP_POLICY: "open",
      AGENT_MODEL: "anthropic/claude-sonnet-5",
      AGENT_MODEL_FALLBACKS: "openai/gpt-5.5",
      ANTHROPIC_BASE_URL: modelUrl,
      OPENAI_BASE_URL: `${modelUrl}/v1`,
      WEBHOOK_TOKEN_HOSTS: `127.0.0.1:${this.receiverPort}`,
      WEBHOOK_ALLOW_HOSTS: `127.0.0.1:${this.receiverPort}`,
    });
    this.#starts += 1;
    await this.#start.line("ready ");
    this.awsPorts.add(readRunFile(this.stateDir)?.awsPort ?? 0);
  }

  /** Ends all of its processes as a lost machine would, after a look at them. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** Runs a program of the command line as its owner would. */
  async run(...words: readonly string[]): Promise<Said> {
    const said = await cli(this.stateDir, ...words);
    this.said.push(said);
    return said;
  }

  /** Asks the edge as somebody on the internet; `headers` are all that it sends along. */
  async ask(method: string, path: string, headers: Readonly<Record<string, string>>, body?: string): Promise<Answered> {
    const response = await fetch(`${this.edge.url}${path}`, { method, headers, ...(body !== undefined && { body }) });
    return { status: response.status, text: await response.text() };
  }

  admin(method: string, path: string, body?: unknown): Promise<Answered> {
    const headers = { authorization: `Bearer ${this.secrets.ADMIN_TOKEN}` };
    return this.ask(method, `/admin/api/${path}`, headers, body === undefined ? undefined : JSON.stringify(body));
  }

  /** Orders a fault of the laptop's AWS. */
  async fault(rule: object): Promise<void> {
    const headers = { authorization: `Bearer ${this.secrets.AWS_SECRET_ACCESS_KEY}` };
    const url = `http://127.0.0.1:${[...this.awsPorts].at(-1)}/_local/faults`;
    const { status } = await fetch(url, { method: "POST", headers, body: JSON.stringify(rule) });
    if (status !== 204) throw new Error(`no such fault: ${status}`);
  }

  /** The texts of the bot in a Telegram chat, once there are `count` more than before `what`. */
  async next(chat: number, what: () => void | Promise<unknown>, count = 1): Promise<string> {
    const before = this.telegram.answers(chat).length;
    await what();
    const texts = await vi.waitFor(() => {
      const answers = this.telegram.answers(chat).slice(before);
      if (answers.length < count) throw new Error(`${answers.length} of ${count} answers in ${chat}`);
      return answers.map(({ text, caption }) => text ?? caption ?? "");
    }, PATIENCE);
    return texts.join("\n");
  }

  async close(): Promise<void> {
    await this.stop();
    this.receiver.close();
    await Promise.all([this.edge.close(), this.front.close(), this.telegram.close(), this.discord.close()]);
    await this.model.close();
    for (const dir of [this.stateDir, this.recordDir]) rmSync(dir, { recursive: true, force: true });
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const start = this.#start;
    if (start === null) return;
    this.processes.push(...processesOf(start.child.pid ?? 0));
    this.#start = null;
    start.child.kill(signal);
    await start.ended;
    this.printed.push(...start.lines);
    for (const path of filesBelow(this.stateDir)) {
      this.files.push({ path: path.slice(this.stateDir.length + 1), content: readFileSync(path) });
    }
  }
}

type Parts = Pick<CanaryAssistant, "telegram" | "discord" | "model" | "front" | "edge" | "receiver">;
