/**
 * Everything at once: the built Worker in workerd, the laptop's AWS, real agent processes, the Telegram emulator and
 * the model on loopback. Only what lives on the internet is emulated.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { type Assistant, startAssistant } from "../../local/assistant.ts";
import { TELEGRAM_UPDATE_KINDS } from "../../protocol/telegram-updates.ts";
import type { FaultInjection } from "../../local/aws/faults.ts";
import type { LogLine } from "../../local/log.ts";
import {
  type EmulatorOptions,
  readSchema,
  startTelegramEmulator,
  type TelegramEmulator,
} from "../emulators/telegram/index.ts";
import { Model } from "./model.ts";
import { cli, type Said } from "./npm-start.ts";
import { RequestCount } from "./request-count.ts";
import { WebChat } from "./web-chat.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const OFFICIAL_SCHEMA = new URL("../../../shared/fixtures/schemas/telegram-bot-api-10.1.json", import.meta.url);
const BOT_TOKEN = "424242:test-bot-token";
const WEBHOOK_SECRET = "test-webhook-secret";
/** The owner's Telegram id. */
export const OWNER = 7;

/** How long anything may take on a busy machine before a test gives up. */
export const PATIENCE = { timeout: 30_000, interval: 20 } as const;

export type Answered = { readonly status: number; readonly answer: unknown; readonly headers: Headers };

export class World {
  readonly telegram: TelegramEmulator;
  readonly model: Model;
  readonly log: LogLine[] = [];
  /** Where the assistant keeps everything. */
  readonly stateDir = mkdtempSync(join(tmpdir(), "agent-claw-e2e-"));
  readonly #awsRequests = new RequestCount(() => this.#assistant?.aws?.port ?? null);
  readonly #variables: Readonly<Record<string, string>>;
  #assistant: Assistant | null = null;

  private constructor(telegram: TelegramEmulator, model: Model, variables: Readonly<Record<string, string>>) {
    this.telegram = telegram;
    this.model = model;
    this.#variables = variables;
  }

  /** Starts a world; `variables` are settings of the assistant besides the usual ones, `nature` is Telegram's. */
  static async open(
    variables: Readonly<Record<string, string>> = {},
    nature: Pick<EmulatorOptions, "rates" | "knowsRichMessages"> = {},
  ): Promise<World> {
    const schema = existsSync(OFFICIAL_SCHEMA) ? { schema: readSchema(OFFICIAL_SCHEMA) } : {};
    const [telegram, model] = await Promise.all([
      startTelegramEmulator({ token: BOT_TOKEN, ...schema, ...nature }),
      Model.start(),
    ]);
    const world = new World(telegram, model, variables);
    await world.start();
    await world.#api("setWebhook", {
      url: `${world.assistant.url}/telegram/webhook`,
      secret_token: WEBHOOK_SECRET,
      allowed_updates: TELEGRAM_UPDATE_KINDS,
    });
    return world;
  }

  get assistant(): Assistant {
    if (!this.#assistant) throw new Error("the assistant is not running");
    return this.#assistant;
  }

  /** Faults of the laptop's AWS, on order. */
  get faults(): FaultInjection {
    const { aws } = this.assistant;
    if (!aws) throw new Error("the AWS is not the laptop's");
    return aws.faults;
  }

  /** Starts the assistant over the same state, on the same port as before. */
  async start(): Promise<void> {
    const port = this.#assistant ? new URL(this.#assistant.url).port : "0";
    this.#assistant = await startAssistant({
      root: ROOT,
      log: (line) => void this.log.push(line),
      variables: {
        ...this.model.variables,
        PORT: port,
        AGENT_CLAW_STATE_DIR: this.stateDir,
        TELEGRAM_BOT_TOKEN: BOT_TOKEN,
        TELEGRAM_WEBHOOK_SECRET: WEBHOOK_SECRET,
        TELEGRAM_API_ROOT: this.telegram.url,
        TELEGRAM_POLLING: "off",
        ALLOW_FROM: `telegram:${OWNER}`,
        ...this.#variables,
      },
    });
  }

  /** Posts a body to the webhook as Telegram does. */
  post(update: unknown): Promise<Response> {
    return fetch(`${this.assistant.url}/telegram/webhook`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-telegram-bot-api-secret-token": WEBHOOK_SECRET },
      body: JSON.stringify(update),
    });
  }

  /** Asks the admin API. */
  async admin(path: string): Promise<unknown> {
    return (await this.ask("GET", path)).answer;
  }

  /** Asks the admin API, and tells how it answers. */
  async ask(method: string, path: string, body?: unknown): Promise<Answered> {
    const response = await fetch(`${this.assistant.url}/admin/api/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.assistant.adminToken}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, answer: await response.json(), headers: response.headers };
  }

  /** Runs `npm run claw -- <words>` as its owner would. */
  claw(...words: readonly string[]): Promise<Said> {
    return cli(this.stateDir, "cli/claw.ts", ...words);
  }

  /** Requests to the laptop's AWS so far, of the edge and of agents. */
  get awsRequests(): number {
    return this.#awsRequests.count;
  }

  /** Asks for a replay; returns the status of the answer. */
  async replay(session: string, target: object): Promise<number> {
    const url = `${this.assistant.url}/admin/api/sessions/${encodeURIComponent(session)}/replay`;
    const headers = { authorization: `Bearer ${this.assistant.adminToken}` };
    return (await fetch(url, { method: "POST", headers, body: JSON.stringify(target) })).status;
  }

  web(): Promise<WebChat> {
    return WebChat.open(this.assistant.url, this.assistant.adminToken);
  }

  /** The texts that the bot sent to a chat, once there are at least `count`. */
  answers(chatId: number, count: number): Promise<readonly string[]> {
    return vi.waitFor(() => {
      const texts = this.telegram.answers(chatId).map((message) => message.text ?? "");
      if (texts.length < count) throw new Error(`${texts.length} of ${count} answers so far`);
      return texts;
    }, PATIENCE);
  }

  /** Resolves once the bot has sent `count` messages, to whatever chat. */
  async sends(count: number): Promise<void> {
    await vi.waitFor(() => {
      const sent = this.telegram.calls.filter((call) => call.method === "sendMessage" && call.status === 200).length;
      if (sent < count) throw new Error(`${sent} of ${count} messages sent so far`);
    }, PATIENCE);
  }

  /** How often a step was logged. */
  logged(step: string): number {
    return this.log.filter((line) => line["step"] === step).length;
  }

  async close(): Promise<void> {
    this.#awsRequests.stop();
    await this.#assistant?.stop();
    await Promise.all([this.telegram.close(), this.model.close()]);
    rmSync(this.stateDir, { recursive: true, force: true });
  }

  async #api(method: string, params: object): Promise<void> {
    const response = await fetch(`${this.telegram.url}/bot${BOT_TOKEN}/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(params),
    });
    if (!response.ok) throw new Error(`${method}: ${await response.text()}`);
  }
}
