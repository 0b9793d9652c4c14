/**
 * Plays Telegram on the terminal: `node_modules/.bin/node test/emulators/telegram/play.ts [port] [token]`. Give the
 * assistant the printed variables; then each line that you type is a message, or something that goes wrong.
 */
import { createInterface } from "node:readline";
import { Command, InvalidArgumentError } from "commander";
import { assertNever } from "../../../protocol/assert.ts";
import { startTelegramEmulator, type TelegramEmulator } from "./index.ts";
import { type PlayLine, readPlayLine } from "./play-line.ts";

const PORT_MAX = 65_535;
const SYNTAX = `
Each line is a message of person 42 in their private chat. Others, and groups, are named in front:
  hello                          person 42 writes
  @7 hello                       person 7 writes
  #-100 @7 hello @claw_bot       person 7 writes in group -100

What goes wrong:
  !block 42                      person 42 blocks the bot: its calls are refused
  !unblock 42                    and no longer
  !cut 42                        the next message to 42 arrives, but the bot does not hear that it did
  !cut 42 2                      the next two

Exit codes: 0 ended, 2 wrong usage or the port cannot be had`;

await new Command("play")
  .description("Stands for Telegram on this machine, and lets you write to the bot.")
  .argument("[port]", "where it listens; 0: any free port", readPort, 8081)
  .argument("[token]", "the bot's token", readToken, "1000000:play")
  .addHelpText("after", SYNTAX)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(play)
  .parseAsync();

async function play(port: number, token: string): Promise<void> {
  const emulator = await startTelegramEmulator({ token, port }).catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? String(error.code) : "error";
    console.error(`play: port ${port} cannot be had (${code}); name another one`);
    process.exit(2);
  });
  console.log(`TELEGRAM_API_ROOT=${emulator.url} TELEGRAM_BOT_TOKEN=${token} TELEGRAM_POLLING=on`);
  show(emulator);
  for await (const line of createInterface({ input: process.stdin })) {
    const read = readPlayLine(line);
    if (read) carryOut(emulator, read);
  }
  await emulator.close();
}

function carryOut(emulator: TelegramEmulator, line: PlayLine): void {
  switch (line.kind) {
    case "say":
      return void emulator.say(line.said);
    case "block":
      return emulator.block(line.chat, line.isBlocked);
    case "cut":
      return emulator.fail({ kind: "cut_after", method: "sendMessage", chatId: line.chat, times: line.times });
    default:
      return assertNever(line);
  }
}

/** Prints what the bot does, except for its asking whether there is something new. */
function show(emulator: TelegramEmulator): void {
  emulator.onCall(({ method, params, status }) => {
    const chat = Number(params["chat_id"]);
    if (method === "sendMessage") {
      const shown = status === 200 || status === 0 ? emulator.answers(chat).at(-1)?.text : "not shown";
      console.log(`bot to ${chat} (${status || "cut"}): ${shown ?? ""}`);
    } else if (method !== "getUpdates") {
      console.log(`     ${method} ${status} ${JSON.stringify(params).slice(0, 200)}`);
    }
  });
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (port < 0 || port > PORT_MAX) throw new InvalidArgumentError(`It must be a whole number from 0 to ${PORT_MAX}.`);
  return port;
}

function readToken(text: string): string {
  if (!/^\d{1,20}:[\w-]{3,100}$/.test(text)) throw new InvalidArgumentError("It must look like 123456:ABC.");
  return text;
}
