/**
 * Both clouds, Telegram and a model on the loopback, and the settings with which `npm run deploy` goes there.
 * The real `cdk` and `wrangler` are run against them; the deployed Worker runs in workerd, the agent as a process.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { claimPort } from "../../../local/free-port.ts";
import { Account } from "../../emulators/account/index.ts";
import { Cloudflare } from "../../emulators/cloudflare/index.ts";
import { type DynamoDbLocal, startDynamoDbLocal } from "../../emulators/dynamodb/dynamodb-local.ts";
import { startTelegramEmulator, type TelegramEmulator } from "../../emulators/telegram/index.ts";
import { Model } from "../model.ts";
import { type DeployRun, type DeployStart, startDeploy } from "./deploy-run.ts";

const ACCOUNT_ID = "111122223333";
const REGION = "eu-west-1";
const CLOUDFLARE_ACCOUNT_ID = "0123456789abcdef0123456789abcdef";

/** Each is looked for in everything that a run leaves behind. */
export const CANARIES = {
  admin: "canary-admin-secret-of-the-deployer",
  cloudflare: "canary-cloudflare-api-token",
  telegram: "424242:canary-telegram-bot-token",
  model: "canary-anthropic-key",
} as const;
const OWNER = 7;

type RunChoice = Pick<DeployStart, "onEvent" | "root">;

export class Clouds {
  readonly account: Account;
  readonly cloudflare: Cloudflare;
  readonly telegram: TelegramEmulator;
  readonly model: Model;
  readonly name: string;
  /** Where the Worker answers. */
  readonly url: string;
  /** Everything that a run may write to: its state, its home, temporary files. */
  readonly folder: string;
  readonly #dynamo: DynamoDbLocal;
  #variables: Record<string, string>;

  private constructor(
    parts: Pick<Clouds, "account" | "cloudflare" | "telegram" | "model" | "name" | "url" | "folder">,
    dynamo: DynamoDbLocal,
    variables: Record<string, string>,
  ) {
    this.account = parts.account;
    this.cloudflare = parts.cloudflare;
    this.telegram = parts.telegram;
    this.model = parts.model;
    this.name = parts.name;
    this.url = parts.url;
    this.folder = parts.folder;
    this.#dynamo = dynamo;
    this.#variables = variables;
  }

  /** Empty clouds. `name` is the deployment's: no two that are there at once may share it. */
  static async open(name: string): Promise<Clouds> {
    const folder = mkdtempSync(join(tmpdir(), "agent-claw-deploy-"));
    const [port, dynamo, telegram, model] = await Promise.all([
      claimPort(0),
      startDynamoDbLocal(),
      startTelegramEmulator({ token: CANARIES.telegram }),
      Model.start(),
    ]);
    const admin = { accessKeyId: "AKIAADMINISTRATOR000", secretAccessKey: CANARIES.admin };
    const account = new Account({
      accountId: ACCOUNT_ID,
      region: REGION,
      admin,
      folder: join(folder, "account"),
      dynamoUrl: dynamo.endpoint,
    });
    const cloudflare = new Cloudflare({
      accountId: CLOUDFLARE_ACCOUNT_ID,
      token: CANARIES.cloudflare,
      folder: join(folder, "cloudflare"),
      portOf: (worker) => (worker === name ? port : null),
    });
    const [awsUrl, cloudflareUrl] = await Promise.all([account.listen(), cloudflare.listen()]);
    const url = `http://127.0.0.1:${port}`;
    const variables = {
      DEPLOY_NAME: name,
      // Where its tests' own name server would lead it, and the agent.
      NODE_OPTIONS: `--import ${new URL("workers-dev.mjs", import.meta.url).href}`,
      WORKERS_DEV_PORT: String(port),
      AGENT_EDGE_URL: url,
      AGENT_CLAW_STATE_DIR: join(folder, "state"),
      HOME: join(folder, "home"),
      TMPDIR: folder,
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL: awsUrl,
      AGENTCORE_ENDPOINT: awsUrl,
      AWS_ACCESS_KEY_ID: admin.accessKeyId,
      AWS_SECRET_ACCESS_KEY: admin.secretAccessKey,
      CLOUDFLARE_API_BASE_URL: cloudflareUrl,
      CLOUDFLARE_API_TOKEN: CANARIES.cloudflare,
      TELEGRAM_BOT_TOKEN: CANARIES.telegram,
      TELEGRAM_API_ROOT: telegram.url,
      ALLOW_FROM: `telegram:${OWNER}`,
      ...model.variables,
      ANTHROPIC_API_KEY: CANARIES.model,
    };
    return new Clouds({ account, cloudflare, telegram, model, name, url, folder }, dynamo, variables);
  }

  get variables(): Readonly<Record<string, string>> {
    return this.#variables;
  }

  /** All that were ever uploaded, whether requests are led to them or not. */
  get workerVersions(): number {
    return this.cloudflare.state.scripts[this.name]?.versions.length ?? 0;
  }

  /** Settings of all runs from now on. */
  set(changed: Readonly<Record<string, string>>): void {
    this.#variables = { ...this.#variables, ...changed };
  }

  /** `npm run deploy -- --yes --json <words>` */
  deploy(words: readonly string[] = [], more: RunChoice = {}): DeployRun {
    return this.#start("cli/deploy.ts", words, more);
  }

  /** `npm run destroy -- --yes --json <words>` */
  destroy(words: readonly string[] = [], more: RunChoice = {}): DeployRun {
    return this.#start("cli/destroy.ts", words, more);
  }

  #start(program: string, words: readonly string[], more: RunChoice): DeployRun {
    return startDeploy({
      program,
      words: ["--yes", "--json", ...words],
      variables: this.#variables,
      ...more,
    });
  }

  async close(): Promise<void> {
    await this.cloudflare.close();
    await this.account.close();
    await Promise.all([this.telegram.close(), this.model.close(), this.#dynamo.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
