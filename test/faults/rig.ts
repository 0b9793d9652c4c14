/** Everything of a run: the platform and the model in this process, the edge and the stand-in as processes to kill. */
import { join } from "node:path";
import * as v from "valibot";
import { LOCAL_AWS, runtimeArn } from "../../local/local-aws-names.ts";
import type { LogLine } from "../../local/log.ts";
import { startTelegramEmulator, type TelegramEmulator } from "../emulators/telegram/index.ts";
import { chatOfKey, isGroup, sessionOf, WEB_CHAT, type Written } from "./chats.ts";
import { readDeadPreviews } from "./dead-previews.ts";
import { Driver } from "./driver.ts";
import { Edge } from "./edge.ts";
import { FAIL_POINTS_VARIABLE } from "./edits.ts";
import { FaultModel } from "./model.ts";
import { Moderator } from "./moderator.ts";
import { makeScratch, removeScratch } from "./scratch.ts";
import { ACCOUNT_KEY, StandIn } from "./stand-in.ts";
import type { Builds } from "./variant.ts";
import { WebPerson } from "./web-person.ts";

export const BOT_TOKEN = "424242:fault-suite";
export const WEBHOOK_SECRET = "fault-suite-webhook";
const ADMIN_TOKEN = "fault-suite-admin";

export type RigOptions = {
  readonly builds: Builds;
  readonly delayMs: () => number;
  /** Whether the builds have fail points. */
  readonly hasFailPoints: boolean;
  readonly processMax: number;
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
  readonly model: FaultModel;
  readonly driver: Driver;
  readonly standIn: StandIn;
  readonly edge: Edge;
  readonly web: WebPerson;
  readonly moderator: Moderator;
  readonly log: LogLine[];
  readonly #stateDir: string;
  readonly #acknowledged = new Set<number>();
  readonly #updates = new Map<string, ReturnType<TelegramEmulator["say"]>>();

  private constructor(
    parts: Pick<Rig, "telegram" | "model" | "driver" | "standIn" | "edge" | "log">,
    stateDir: string,
  ) {
    this.telegram = parts.telegram;
    this.model = parts.model;
    this.driver = parts.driver;
    this.standIn = parts.standIn;
    this.edge = parts.edge;
    this.web = new WebPerson(parts.edge.url, ADMIN_TOKEN);
    this.moderator = new Moderator(parts.telegram, BOT_TOKEN);
    this.log = parts.log;
    this.#stateDir = stateDir;
  }

  static async open({ builds, delayMs, hasFailPoints, processMax }: RigOptions): Promise<Rig> {
    const stateDir = makeScratch();
    const driver = new Driver();
    const [telegram, model] = await Promise.all([
      startTelegramEmulator({ token: BOT_TOKEN }),
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
      ALLOW_FROM: `telegram:${OWNER_CHAT}`,
      DM_POLICY: "open",
      GROUP_POLICY: "open",
      AWS_REGION: LOCAL_AWS.region,
      AWS_ACCESS_KEY_ID: ACCOUNT_KEY.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ACCOUNT_KEY.secretAccessKey,
      AWS_ENDPOINT_URL: standIn.url,
      AGENTCORE_ENDPOINT: standIn.url,
      AGENTCORE_RUNTIME_ARN: runtimeArn(LOCAL_AWS.region),
      AGENT_BUCKET: LOCAL_AWS.bucket,
      AGENT_DATA_ROLE_ARN: LOCAL_AWS.dataRoleArn,
    };
    const edge = await Edge.start({ stateDir, worker: builds.worker, variables, log: (line) => void log.push(line) });
    telegram.setWebhook({ url: `${edge.url}/telegram/webhook`, secret: WEBHOOK_SECRET });
    return new Rig({ telegram, model, driver, standIn, edge, log }, stateDir);
  }

  /** Where the agents keep their databases. */
  get storesDir(): string {
    return join(this.#stateDir, "agent");
  }

  /** Somebody writes, in a group to the bot; the platform repeats it until it is acknowledged. */
  say({ chat, id }: Written, words = "", isPhoto = false): void {
    if (chat === WEB_CHAT) return this.web.say(id, `${id} ${words}`);
    const text = `${isGroup(chat) ? `@${this.telegram.me.username ?? ""} ` : ""}${id} ${words}`;
    const where = isGroup(chat) ? { from: MEMBER, chat } : { from: chat };
    const what = isPhoto ? { caption: text, file: { kind: "photo", content: PHOTO } as const } : { text };
    this.#updates.set(id, this.telegram.say({ ...where, ...what }));
  }

  /** Two messages whose updates arrive in the wrong order: the second first. */
  sayReordered(first: Written, second: Written, words = "", isPhoto = false): void {
    this.say(second, words, isPhoto);
    this.say(first, words, isPhoto);
  }

  /** The platform sends an update again, as if it had not seen our answer. */
  async repeat({ chat, id }: Written): Promise<void> {
    if (chat === WEB_CHAT) return this.web.repeat(id);
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
  isAcknowledged({ chat, id }: Written): boolean {
    if (chat === WEB_CHAT) return this.web.isAccepted(id);
    const updateId = this.#updates.get(id)?.update_id ?? -1;
    if (this.#acknowledged.has(updateId)) return true;
    return this.telegram.posts.some((post) => post.updateId === updateId && post.status === 200);
  }

  /** What the bot showed in a chat, by the platform's own record. */
  readonly shown = (chat: number): readonly string[] =>
    chat === WEB_CHAT ? this.web.shown : this.telegram.answers(chat).map(({ text }) => text ?? "");

  /** How many parts that answer a message the ledger has marked as resent after an unknown outcome. */
  async resentFor(message: Written): Promise<number> {
    const { parts } = await this.#ledger(message.chat);
    const id = this.#inboundIdOf(message);
    return parts.filter(({ answers, resentAfterUnknown }) => resentAfterUnknown && answers.includes(id)).length;
  }

  /** The texts of previews that were given up without anybody knowing whether they are shown. */
  readonly deadPreviews = (chat: number): readonly string[] =>
    isGroup(chat) ? readDeadPreviews(join(this.#stateDir, "durable-objects"), chat) : [];

  #inboundIdOf({ chat, id }: Written): string {
    if (chat === WEB_CHAT) return `web:${id}`;
    return `telegram:${this.telegram.me.id}:${this.#updates.get(id)?.message.message_id ?? ""}`;
  }

  async #ledger(chat: number): Promise<LedgerView> {
    return v.parse(ledger, await this.#admin(`sessions/${encodeURIComponent(sessionOf(chat))}/ledger?limit=500`));
  }

  /** The dead letters of some chats. */
  async deadLetters(chats: readonly number[]): Promise<readonly DeadLetterView[]> {
    const all = v.parse(deadLetters, await this.#admin("dead-letters?limit=500")).deadLetters;
    return all.filter(({ session }) => chats.includes(chatOfKey(session) ?? 0));
  }

  async replay({ session, seq }: DeadLetterView): Promise<void> {
    await this.#admin(`sessions/${encodeURIComponent(session)}/replay`, { method: "POST", body: `{"part":${seq}}` });
  }

  async #admin(path: string, init: RequestInit = {}): Promise<unknown> {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    return (await fetch(`${this.edge.url}/admin/api/${path}`, { ...init, headers })).json();
  }

  async close(): Promise<void> {
    this.web.close();
    await this.edge.stop();
    await this.standIn.stop();
    await Promise.all([this.telegram.close(), this.model.close(), this.driver.close()]);
    removeScratch(this.#stateDir);
  }
}
