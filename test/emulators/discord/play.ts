/**
 * Plays Discord on the terminal: `node_modules/.bin/node test/emulators/discord/play.ts [port]`. Give the assistant the
 * printed variables; then each line that you type is a message, a command, or something else that people do.
 */
import { createInterface } from "node:readline";
import { Command, InvalidArgumentError } from "commander";
import { startDiscord } from "./gateway/whole.ts";
import { PlayAct } from "./play-act.ts";
import { readPlayLine } from "./play-line.ts";

const PORT_MAX = 65_535;
const SYNTAX = `
Each line is a message of person 42 in their conversation with the bot. Others, and channels, are named in front:
  hello                       person 42 writes
  @7 hello                    person 7 writes
  #general @7 hello @claw     person 7 writes in #general, where all are, and calls the bot

Or something else that people do, with the number that is printed before each message:
  /ask what is it?            a slash command; what follows is its first option
  ?model big                  what it suggests for what is typed so far
  !menu 3 Ask about this      a command of the menu of message 3
  !press 3 Yes                presses a button
  !reply 3 why?               answers message 3
  !react 3 👍                  !edit 3 text   !delete 3   !thread 3 name   !file ./cat.png what is it?

What goes wrong:
  !block                      person 42 takes no direct messages; !unblock: again
  !cut                        the next message of the bot arrives, but it does not hear that it did

Exit codes: 0 ended, 2 wrong usage or the port cannot be had`;

await new Command("play")
  .description("Stands for Discord on this machine, and lets you write to the bot.")
  .argument("[port]", "where its HTTP half listens; 0: any free port", readPort, 8082)
  .option("--content", "the privileged intent MESSAGE_CONTENT is switched on", false)
  .addHelpText("after", SYNTAX)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(play)
  .parseAsync();

async function play(port: number, { content }: { readonly content: boolean }): Promise<void> {
  const discord = await startDiscord({ http: { port, mayReadContent: content } }).catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? String(error.code) : "error";
    console.error(`play: port ${port} cannot be had (${code}); name another one`);
    process.exit(2);
  });
  const { http } = discord;
  const id = `DISCORD_APPLICATION_ID=${http.applicationId} DISCORD_PUBLIC_KEY=${http.publicKey}`;
  console.log(`DISCORD_API_ROOT=${http.apiRoot} ${id} DISCORD_BOT_TOKEN=${http.botToken} DISCORD_GATEWAY=on`);
  const act = new PlayAct(http, (line) => console.log(line));
  http.onCall(({ method, route, status, code }) => {
    if (status >= 400) console.log(`     ${method} ${route} ${status}${code === undefined ? "" : ` ${code}`}`);
    act.show();
  });
  for await (const line of createInterface({ input: process.stdin })) {
    const read = readPlayLine(line);
    // Not waited for: other lines can be typed while the bot thinks.
    if (read) void act.do(read);
  }
  await discord.close();
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (port < 0 || port > PORT_MAX) throw new InvalidArgumentError(`It must be a whole number from 0 to ${PORT_MAX}.`);
  return port;
}
