/** Everything of a run: the platforms and the model in this process, the edge and the stand-in as processes to kill. */
import { join } from "node:path";
import * as v from "valibot";
import { LOCAL_AWS, runtimeArn } from "../../local/local-aws-names.ts";
import type { LogLine } from "../../local/log.ts";
import { ENDPOINT_NAME } from "../../protocol/deployment.ts";
import { startTelegramEmulator, type TelegramEmulator } from "../emulators/telegram/index.ts";
import {
  chatOfKey,
  discordPlaceOf,
  growsInMessage,
  isGroup,
  platformIdOf,
  sessionOf,
  WEB_CHAT,
  type Written,
} from "./chats.ts";
import { readDeadPreviews } from "./dead-previews.ts";
import { DiscordPeople } from "./discord-people.ts";
import { Driver } from "./driver.ts";
import { Edge } from "./edge.ts";
import { FAIL_POINTS_VARIABLE } from "./edits.ts";
import { FaultModel } from "./model.ts";
import { Moderator } from "./moderator.ts";
import { until } from "./until.ts";
import { makeScratch, removeScratch } from "./scratch.ts";
import { ACCOUNT_KEY, StandIn } from "./stand-in.ts";
import type { Builds } from "./variant.ts";
import type { Excuses } from "./verdict.ts";
import { WebPerson } from "./web-person.ts";

export const BOT_TOKEN = "424242:fault-suite";
export const WEBHOOK_SECRET = "fault-suite-webhook";
const ADMIN_TOKEN = "fault-suite-admin";
const AS_ADMIN = { authorization: `Bearer ${ADMIN_TOKEN}` };

export type RigOptions = {
  readonly builds: Builds;
  readonly delayMs: () => number;
  /** Whether the builds have fail points. */
  readonly hasFailPoints: boolean;
  readonly processMax: number;
  /** How long Discord knows a nonce; some minutes if absent. */
  readonly nonceWindowMs?: number;
};

/** What is special about a message. */
export type Manner = {
  readonly isPhoto?: boolean;
  /** On Discord: how long ago it was sent, by what it says itself. */
  readonly ageMs?: number;
};

/** The owner's chat with the bot. */
export const OWNER_CHAT = 7;
/** Who writes in groups. */
const MEMBER = 31;
/** A PNG of one point. */
const PHOTO = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);

const deadLetters = v.object({ deadLetters: v.array(v.object({ session: v.string(), seq: v.number() })) });
export type DeadLetterView = v.InferOutput<typeof deadLetters>["deadLetters"][number];

const ledger = v.object({
  messages: v.array(v.looseObject({ id: v.string(), state: v.string() })),
  parts: v.array(v.looseObject({ state: v.string(), resentAfterUnknown: v.boolean(), answers: v.array(v.string()) })),
});
type LedgerView = v.InferOutput<typeof ledger>;

export class Rig {
  readonly telegram: TelegramEmulator;
  readonly discord: DiscordPeople;
  readonly model: FaultModel;
  readonly driver: Driver;
  readonly standIn: StandIn;
  readonly edge: Edge;
  readonly web: WebPerson;
  readonly moderator: Moderator;
  readonly log: LogLine[];
  readonly #stateDir: string;
  readonly #acknowledged = new Set<number>();
  /** Jobs by the ids of their messages, with what they say besides. */
  readonly #planned = new Map<string, string>();
  readonly #acknowledgedJobs = new Set<string>();
  readonly #updates = new Map<string, ReturnType<TelegramEmulator["say"]>>();

  private constructor(
    parts: Pick<Rig, "telegram" | "discord" | "model" | "driver" | "standIn" | "edge" | "log">,
    stateDir: string,
  ) {
    this.telegram = parts.telegram;
    this.discord = parts.discord;
    this.model = parts.model;
    this.driver = parts.driver;
    this.standIn = parts.standIn;
    this.edge = parts.edge;
    this.web = new WebPerson(parts.edge.url, ADMIN_TOKEN);
    this.moderator = new Moderator(parts.telegram, BOT_TOKEN);
    this.log = parts.log;
    this.#stateDir = stateDir;
  }

  static async open({ builds, delayMs, hasFailPoints, processMax, ...ofDiscord }: RigOptions): Promise<Rig> {
    const stateDir = makeScratch();
    const driver = new Driver();
    const [telegram, discord, model] = await Promise.all([
      startTelegramEmulator({ token: BOT_TOKEN }),
      DiscordPeople.start(ofDiscord),
      FaultModel.start({ delayMs }),
      driver.listen(),
    ]);
    const driverUrl = hasFailPoints ? driver.url : null;
    const agentEntry = builds.agent.entryPath;
    const standIn = new StandIn({ stateDir, agentEntry, driverUrl, processMax });
    await standIn.start();
    const log: LogLine[] = [];
    const variables = {
      ...model.variables,
      ...(driverUrl !== null && { [FAIL_POINTS_VARIABLE]: driverUrl }),
      DEPLOYMENT_ID: "faults",
      RELEASE_ID: builds.agent.hash,
      ADMIN_TOKEN,
      TELEGRAM_BOT_TOKEN: BOT_TOKEN,
      TELEGRAM_WEBHOOK_SECRET: WEBHOOK_SECRET,
      TELEGRAM_API_ROOT: telegram.url,
      ...discord.variables,
      ALLOW_FROM: `telegram:${OWNER_CHAT}`,
      DM_POLICY: "open",
      GROUP_POLICY: "open",
      AWS_REGION: LOCAL_AWS.region,
      AWS_ACCESS_KEY_ID: ACCOUNT_KEY.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ACCOUNT_KEY.secretAccessKey,
      AWS_ENDPOINT_URL: standIn.url,
      AGENTCORE_ENDPOINT: standIn.url,
      AGENTCORE_RUNTIME_ARN: runtimeArn(LOCAL_AWS.region),
      AGENTCORE_QUALIFIER: ENDPOINT_NAME,
      AGENT_BUCKET: LOCAL_AWS.bucket,
      AGENT_DATA_ROLE_ARN: LOCAL_AWS.dataRoleArn,
    };
    const edge = await Edge.start({
      stateDir,
      worker: builds.worker,
      variables,
      log: (line) => void log.push(line),
      // What the cron trigger does within a minute.
      started: async (url) => void (await fetch(`${url}/admin/api/tick`, { method: "POST", headers: AS_ADMIN })),
    });
    telegram.setWebhook({ url: `${edge.url}/telegram/webhook`, secret: WEBHOOK_SECRET });
    discord.http.setEndpoint(`${edge.url}/discord/interactions`);
    await discord.gateway.whenLive();
    return new Rig({ telegram, discord, model, driver, standIn, edge, log }, stateDir);
  }

  /** Where the agents keep their databases. */
  get storesDir(): string {
    return join(this.#stateDir, "agent");
  }

  /** Somebody writes, in a group to the bot; Telegram repeats it until it is acknowledged. */
  say(message: Written, words = "", manner: Manner = {}): void {
    const { chat, id } = message;
    if (chat === WEB_CHAT) return this.web.say(id, `${id} ${words}`);
    if (discordPlaceOf(chat) !== null) return this.discord.say(message, `${id} ${words}`, manner.ageMs);
    const text = `${isGroup(chat) ? `@${this.telegram.me.username ?? ""} ` : ""}${id} ${words}`;
    const where = isGroup(chat) ? { from: MEMBER, chat } : { from: chat };
    const what = manner.isPhoto ? { caption: text, file: { kind: "photo", content: PHOTO } as const } : { text };
    this.#updates.set(id, this.telegram.say({ ...where, ...what }));
  }

  /** Plans a job that says the same as an answer to such a message would, in the chat; repeated until it is stored. */
  plan(message: Written, words = ""): void {
    this.#planned.set(message.id, words);
    void this.#plan(message, words);
  }

  async #plan({ chat, id }: Written, words: string): Promise<void> {
    const job = {
      name: `job ${id.toLowerCase()}`,
      schedule: { kind: "at", at: "1s" },
      payload: { kind: "agentTurn", message: `${id} ${words}` },
      delivery: { mode: "announce", to: `telegram:${chat}` },
    };
    const headers = { ...AS_ADMIN, "content-type": "application/json", "idempotency-key": id };
    const post = () => fetch(`${this.edge.url}/admin/api/jobs`, { method: "POST", headers, body: JSON.stringify(job) });
    const isStored = await until(async () => (await post().catch(() => null))?.ok === true);
    if (isStored) this.#acknowledgedJobs.add(id);
  }

  /** Two messages whose updates arrive in the wrong order: the second first. */
  sayReordered(first: Written, second: Written, words = "", manner: Manner = {}): void {
    this.say(second, words, manner);
    this.say(first, words, manner);
  }

  /** The platform sends an update again, as if it had not seen our answer. */
  async repeat(message: Written): Promise<void> {
    const { chat, id } = message;
    if (chat === WEB_CHAT) return this.web.repeat(id);
    if (discordPlaceOf(chat) !== null) return this.discord.repeat(message);
    const planned = this.#planned.get(id);
    if (planned !== undefined) return this.#plan(message, planned);
    const update = this.#updates.get(id);
    if (!update) return;
    const response = await fetch(`${this.edge.url}/telegram/webhook`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-telegram-bot-api-secret-token": WEBHOOK_SECRET },
      body: JSON.stringify(update),
    }).catch(() => null);
    if (response?.ok) this.#acknowledged.add(update.update_id);
  }

  /** Whether the platform was told that a message is accepted. */
  isAcknowledged(message: Written): boolean {
    const { chat, id } = message;
    if (chat === WEB_CHAT) return this.web.isAccepted(id);
    if (discordPlaceOf(chat) !== null) return this.discord.isAccepted(message);
    if (this.#planned.has(id)) return this.#acknowledgedJobs.has(id);
    const updateId = this.#updates.get(id)?.update_id ?? -1;
    if (this.#acknowledged.has(updateId)) return true;
    return this.telegram.posts.some((post) => post.updateId === updateId && post.status === 200);
  }

  /** Whether the platform showed whoever wrote it that nobody took it, and sends it no more: nothing is owed to them. */
  isRefused(message: Written): boolean {
    return discordPlaceOf(message.chat) !== null && this.discord.isRefused(message);
  }

  /** What the bot showed in a chat, by the platform's own record. */
  readonly shown = (chat: number): readonly string[] => {
    if (chat === WEB_CHAT) return this.web.shown;
    if (discordPlaceOf(chat) !== null) return this.discord.shown(chat);
    return this.telegram.answers(chat).map(({ text }) => text ?? "");
  };

  /** Whether what the bot wrote in a chat was ever edited. */
  wasEdited(chat: number): boolean {
    if (discordPlaceOf(chat) !== null) return this.discord.wasEdited(chat);
    return this.telegram.calls.some(({ method, params }) => method === "editMessageText" && params["chat_id"] === chat);
  }

  /** How many parts that answer a message the ledger has marked as resent after an unknown outcome. */
  async resentFor(message: Written): Promise<number> {
    const { parts } = await this.#ledger(message);
    const id = this.#inboundIdOf(message);
    return parts.filter(({ answers, resentAfterUnknown }) => resentAfterUnknown && answers.includes(id)).length;
  }

  /** The texts of previews that were given up so far without anybody knowing whether they are shown, by their chats. */
  deadPreviews(): (chat: number) => readonly string[] {
    const all = readDeadPreviews(join(this.#stateDir, "durable-objects"));
    return (chat) => (growsInMessage(chat) ? (all.get(platformIdOf(chat)) ?? []) : []);
  }

  /** What may excuse that something is shown twice, as the databases are now. */
  excuses(): Excuses {
    return { resentFor: (message) => this.resentFor(message), deadPreviews: this.deadPreviews() };
  }

  #inboundIdOf(message: Written): string {
    const { chat, id } = message;
    if (chat === WEB_CHAT) return `web:${id}`;
    if (discordPlaceOf(chat) !== null) return this.discord.inboundIdOf(message);
    return `telegram:${this.telegram.me.id}:${this.#updates.get(id)?.message.message_id ?? ""}`;
  }

  async #ledger(message: Written): Promise<LedgerView> {
    const isOnDiscord = discordPlaceOf(message.chat) !== null;
    const session = isOnDiscord ? this.discord.sessionFor(message) : sessionOf(message.chat);
    return v.parse(ledger, await this.#admin(`sessions/${encodeURIComponent(session)}/ledger?limit=500`));
  }

  /** The dead letters of some chats. */
  async deadLetters(chats: readonly number[]): Promise<readonly DeadLetterView[]> {
    const all = v.parse(deadLetters, await this.#admin("dead-letters?limit=500")).deadLetters;
    return all.filter(({ session }) => chats.includes(chatOfKey(session) ?? 0));
  }

  async replay({ session, seq }: DeadLetterView): Promise<void> {
    await this.#admin(`sessions/${encodeURIComponent(session)}/replay`, { method: "POST", body: `{"part":${seq}}` });
  }

  /** Asks the admin API. */
  ask(method: "GET" | "PATCH" | "POST", path: string, body?: unknown): Promise<unknown> {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    return this.#admin(path, { method, ...init });
  }

  async #admin(path: string, init: RequestInit = {}): Promise<unknown> {
    return (await fetch(`${this.edge.url}/admin/api/${path}`, { ...init, headers: AS_ADMIN })).json();
  }

  async close(): Promise<void> {
    this.web.close();
    await this.edge.stop();
    await this.standIn.stop();
    await Promise.all([this.telegram.close(), this.discord.close(), this.model.close(), this.driver.close()]);
    removeScratch(this.#stateDir);
  }
}
