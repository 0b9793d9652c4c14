/** `npm start`: runs the assistant until it is told to stop. Exit codes: 0 stopped, 1 could not start or broke, 2 usage. */
import { resolve } from "node:path";
import { Command } from "commander";
import { discordStanding } from "../protocol/discord-variables.ts";
import { type Assistant, startAssistant } from "./assistant.ts";
import { banner, type ChannelNews } from "./banner.ts";
import { BuildError } from "./build-step.ts";
import { type ChatChannel, describeChatAccess, readChatAccess } from "./chat-access.ts";
import { createGatedLog, errorText, logToTerminal, outliveReaders } from "./log.ts";
import { LogFile } from "./log-file.ts";
import { setTelegramCommands } from "./telegram-commands.ts";
import { loadVariables, type Variables } from "./variables.ts";
import { SettingsRejected } from "./worker-health.ts";

const root = resolve(import.meta.dirname, "..");
/** Shorter than a start waits for the state directory (`state-dir.ts`). */
const PARENT_CHECK_MS = 250;

new Command("start")
  .description("Runs the assistant on this machine until Ctrl-C. Its settings: the environment, .dev.vars, README.md.")
  .addHelpText("after", "\nExit codes: 0 stopped, 1 could not start or broke, 2 wrong usage")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .parse();

/** The lines of the terminal once more, for `claw logs`. */
const kept = new LogFile();

// The banner comes before what the parts have to say.
const gate = createGatedLog((line) => {
  logToTerminal(line);
  kept.log(line);
});

/** Stopping takes a few seconds at most, so a second signal changes nothing: npm passes Ctrl-C on although we got it. */
const stopped = new Promise<"stop">((stop) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      // From here on parts end because we want it, or because the terminal sent them the same signal.
      gate.close();
      stop("stop");
    });
  }
});

// Whoever kills npm means us; without this we would live on, and the next start would find the port in use.
if (process.env["npm_lifecycle_event"] !== undefined) endWithParent(process.ppid);

try {
  outliveReaders();
  const variables = loadVariables(root);
  const onStateDir = (path: string) => kept.keepIn(path);
  const starting = startAssistant({ variables, root, log: gate.log, onStateDir });
  const early = await Promise.race([starting, stopped]);
  // Whatever had been started by then ends with us.
  if (early === "stop") endStopped();
  const news = await readNews(variables, early);
  for (const line of banner(variables, early.settings, early.url, process.cwd(), news)) console.log(line);
  console.log(`ready ${early.url}`);
  kept.log({ level: "info", step: "assistant_ready", url: early.url, pid: process.pid });
  gate.open();
  if (variables["TELEGRAM_BOT_TOKEN"] !== undefined) void setTelegramCommands({ ...early, log: gate.log });
  await runToItsEnd(early);
} catch (error) {
  // What the parts said may explain a failure, but not one that explains itself.
  if (!(error instanceof SettingsRejected)) gate.open();
  console.error(`agent-claw cannot start: ${errorText(error)}`);
  kept.log({ level: "error", step: "assistant_not_started", message: errorText(error) });
  if (error instanceof BuildError) console.error(error.output);
  process.exit(1);
}

async function readNews(variables: Variables, { url, adminToken, discord }: Assistant): Promise<ChannelNews> {
  const hasTelegram = variables["TELEGRAM_BOT_TOKEN"] !== undefined;
  const hasDiscord = discordStanding(variables).kind === "complete";
  const [access, gateway] = await Promise.all([
    hasTelegram || hasDiscord ? readChatAccess(url, adminToken) : null,
    discord?.first ?? null,
  ]);
  const toDo = (channel: ChatChannel, isOn: boolean) => (isOn && access ? describeChatAccess(access, channel) : []);
  return { telegram: toDo("telegram", hasTelegram), discord: toDo("discord", hasDiscord), gateway };
}

async function runToItsEnd(assistant: Assistant): Promise<never> {
  const end = await Promise.race([assistant.broken, stopped]);
  if (end !== "stop") {
    console.error(`agent-claw broke: ${end}`);
    kept.log({ level: "error", step: "assistant_broke", message: end });
  }
  await assistant.stop();
  return end === "stop" ? endStopped() : process.exit(1);
}

function endStopped(): never {
  console.log("stopped");
  kept.log({ level: "info", step: "assistant_stopped" });
  process.exit(0);
}

function endWithParent(parent: number): void {
  const look = () => {
    if (process.ppid !== parent) process.exit(1);
  };
  setInterval(look, PARENT_CHECK_MS).unref();
}
