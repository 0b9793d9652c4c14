/**
 * Plays Telegram on the terminal: `node_modules/.bin/node test/emulators/telegram/play.ts [port] [token]`. Give the
 * assistant the printed variables; then each line that you type is a message, or something that goes wrong.
 */
import { createInterface } from "node:readline";
import { Command, InvalidArgumentError } from "commander";
import { startTelegramEmulator } from "./index.ts";
import { PlayAct } from "./play-act.ts";
import { readPlayLine } from "./play-line.ts";
import { describeCall } from "./play-show.ts";

const PORT_MAX = 65_535;
const SYNTAX = `
Each line is a message of person 42 in their private chat. Others, and groups, are named in front:
  hello                          person 42 writes
  @7 hello                       person 7 writes
  #-100 @7 hello @claw_bot       person 7 writes in group -100

Or something else that people do, with the number that is printed below each message:
  !photo ./cat.jpg what is it?   person 42 sends that photo; without a file a red square
  !doc ./notes.txt read this     and that document; without a file a short text
  !album 3 which one?            three red squares as an album
  !reply 105 why?                answers message 105
  !react 105 👍                  person 42 reacts to message 105; without an emoji no longer
  !press 105 Yes                 person 42 presses the button Yes below it
  !edit 104 hello again          person 42 changes their message
  #-100 !join                    the bot is let into group -100; !leave: it is removed and hears nothing more
  #-100 @7 !join                 person 7 comes into it

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
  emulator.onCall((call) => {
    for (const line of describeCall(emulator, call)) console.log(line);
  });
  const act = new PlayAct(emulator, (line) => console.log(line));
  for await (const line of createInterface({ input: process.stdin })) {
    const read = readPlayLine(line);
    if (read) act.do(read);
  }
  await emulator.close();
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
