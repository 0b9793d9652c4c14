/**
 * The whole assistant on a laptop: its AWS, the Worker in workerd and its clock, Telegram polling, and what keeps Discord's
 * Gateway awake, started and stopped as one.
 */
import { totalmem } from "node:os";
import { discordStanding } from "../protocol/discord-variables.ts";
import { ConfigError } from "../protocol/errors.ts";
import { buildAgent } from "./agent-bundle.ts";
import type { LocalAws } from "./aws/server.ts";
import { type Clock, startClock } from "./clock.ts";
import { type DiscordWatch, startDiscordWatch } from "./discord-watch.ts";
import { claimPort } from "./free-port.ts";
import { killAgents, startLaptopAws, stopLaptopAws } from "./laptop-aws.ts";
import type { Log } from "./log.ts";
import { modelProviders } from "./model-providers.ts";
import { writeRunFile } from "./run-file.ts";
import { readSettings, type Settings } from "./settings.ts";
import { askWorkerForProblems } from "./settings-check.ts";
import { openStateDir, type StateDir } from "./state-dir.ts";
import {
  isPollingWanted,
  startTelegramPolling,
  type TelegramPolling,
  type TelegramPollingStart,
} from "./telegram-polling.ts";
import type { Variables } from "./variables.ts";
import { buildWorker } from "./worker-bundle.ts";
import { awsCredentials, pollingWish, region, workerVariables } from "./worker-environment.ts";
import { createSettingsComplaint, SettingsRejected, waitForHealth } from "./worker-health.ts";
import { endLeftoverWorkerd, startWorkerd, type Workerd } from "./workerd.ts";

export type AssistantStart = {
  /** Set variables by name, as `loadVariables` gives them. */
  readonly variables: Variables;
  /** Absolute path of the repository. */
  readonly root: string;
  readonly log: Log;
  /** Called with the state directory as soon as it is ours alone. */
  readonly onStateDir?: (path: string) => void;
};

export type Assistant = {
  readonly url: string;
  readonly adminToken: string;
  readonly settings: Settings;
  /** Null when neither the runtime nor the stores are the laptop's. */
  readonly aws: LocalAws | null;
  /** Null when no Gateway is wanted. */
  readonly discord: DiscordWatch | null;
  /** Calls the Worker's scheduled handler at each minute. */
  readonly clock: Pick<Clock, "tick">;
  /** Resolves when a part has ended by itself, with a line that says which; never after `stop`. */
  readonly broken: Promise<string>;
  /** Stops everything in order. Safe to call twice. */
  stop(): Promise<void>;
  /** Ends everything without warning, as `kill -9` of all its processes would. */
  kill(): Promise<void>;
};

/**
 * Starts the assistant; resolves when a message can be handled. Throws `SettingsRejected`, `BuildError`, or another
 * error of one line. What had been started by then is stopped again.
 */
export async function startAssistant(start: AssistantStart): Promise<Assistant> {
  const { settings, problems } = readSettings(start.variables, { root: start.root, memoryBytes: totalmem() });
  if (problems.length > 0) {
    const more = await askWorkerForProblems(start.root, start.variables, settings).catch(() => null);
    throw new SettingsRejected([new ConfigError(problems).message, more].filter((line) => line !== null).join("; "));
  }
  await using started = new AsyncDisposableStack();
  const state = started.adopt(await openStateDir(settings.stateDir), (dir) => dir.close());
  start.onStateDir?.(state.path);
  await endLeftoverWorkerd(settings.stateDir);
  const port = await claimPort(settings.port);
  const [worker, agent] = await Promise.all([buildWorker(start.root), buildAgent(start.root)]);
  const aws = await startAws(start, settings, state, agent.entryPath);
  started.adopt(aws, async () => {
    if (aws) await stopLaptopAws(aws);
  });
  const url = `http://127.0.0.1:${port}`;
  const variables = workerVariables(start.variables, {
    settings,
    secrets: state.secrets,
    url: settings.publicUrl ?? url,
    localUrl: url,
    awsUrl: aws?.url ?? null,
    release: agent.hash,
  });
  const complaint = createSettingsComplaint(start.log);
  const { stateDir } = settings;
  const workerd = await startWorkerd({ worker, stateDir, port, variables, log: complaint.log });
  started.adopt(workerd, () => workerd.stop());
  const [rejected] = await Promise.all([waitForHealth({ url, ended: workerd.ended, complaint }), aws?.ready]);
  if (rejected !== null) throw new SettingsRejected(rejected);
  const adminToken = variables["ADMIN_TOKEN"] ?? "";
  const awsPort = aws?.port ?? null;
  const telegram = { telegramProblem: null, telegramPolls: wantsPolling(start.variables, settings) };
  const runFile = { pid: process.pid, port, url, adminToken, awsPort, startedAt: Date.now(), ...telegram };
  writeRunFile(stateDir, runFile);
  const polling = startPolling(start, settings, variables, {
    url,
    onProblem(telegramProblem) {
      try {
        writeRunFile(stateDir, { ...runFile, telegramProblem });
      } catch {
        // A full disk: the log says it too, and messages matter more.
      }
    },
  });
  started.adopt(polling, async () => await polling?.stop());
  const discord = wantsGateway(start.variables) ? startDiscordWatch({ url, adminToken, log: start.log }) : null;
  started.adopt(discord, async () => await discord?.stop());
  const clock = startClock({ url: workerd.clockUrl, token: adminToken, log: start.log });
  started.adopt(clock, () => clock.stop());
  return supervise({ url, adminToken, settings, aws, discord, clock }, workerd, started.move());
}

type Run = Pick<Assistant, "url" | "adminToken" | "settings" | "aws" | "discord" | "clock">;

function supervise(run: Run, workerd: Workerd, parts: AsyncDisposableStack): Assistant {
  const { promise: broken, resolve: breaks } = Promise.withResolvers<string>();
  let ending = false;
  void workerd.ended.then((what) => {
    if (!ending) breaks(`${what}; start again to go on where it stopped`);
  });
  return {
    ...run,
    broken,
    async stop() {
      ending = true;
      await parts.disposeAsync();
    },
    async kill() {
      ending = true;
      workerd.kill();
      if (run.aws) killAgents(run.aws);
      await parts.disposeAsync();
    },
  };
}

/** The laptop's AWS, unless both the runtime and the stores are elsewhere. */
async function startAws(
  { variables, log }: AssistantStart,
  { remote, stateDir, processMax }: Settings,
  state: StateDir,
  agentEntry: string,
): Promise<LocalAws | null> {
  if (remote.runtime && remote.stores) return null;
  return await startLaptopAws({
    port: 0,
    stateDir,
    region: region(variables),
    credentials: awsCredentials(variables, state.secrets),
    agentEntry,
    processMax,
    providers: modelProviders(variables),
    runsAgents: !remote.runtime,
    log,
  });
}

function wantsPolling(variables: Variables, settings: Settings): boolean {
  return variables["TELEGRAM_BOT_TOKEN"] !== undefined && isPollingWanted(pollingWish(variables, settings));
}

function wantsGateway(variables: Variables): boolean {
  return variables["DISCORD_GATEWAY"] === "on" && discordStanding(variables).kind === "complete";
}

function startPolling(
  start: AssistantStart,
  settings: Settings,
  workerVariables: Variables,
  { url, onProblem }: { readonly url: string } & Pick<TelegramPollingStart, "onProblem">,
): TelegramPolling | null {
  const { TELEGRAM_BOT_TOKEN: botToken, TELEGRAM_WEBHOOK_SECRET: webhookSecret = "" } = workerVariables;
  if (botToken === undefined) return null;
  return startTelegramPolling({
    ...pollingWish(start.variables, settings),
    botToken,
    webhookUrl: `${url}/telegram/webhook`,
    webhookSecret,
    stateDir: settings.stateDir,
    log: start.log,
    onProblem,
  });
}
