/**
 * Plays Telegram on the terminal: `node test/emulators/telegram/play.ts [port] [token]`. Give the assistant the printed
 * `TELEGRAM_API_ROOT` and `TELEGRAM_BOT_TOKEN`; then each line that you type is a message of person 42.
 */
import { createInterface } from "node:readline";
import { startTelegramEmulator } from "./index.ts";

const PERSON = 42;
const [port = "8081", token = "1000000:play"] = process.argv.slice(2);
const emulator = await startTelegramEmulator({ token, port: Number(port) });
console.log(`TELEGRAM_API_ROOT=${emulator.url} TELEGRAM_BOT_TOKEN=${token} TELEGRAM_POLLING=on`);
emulator.onCall(({ method, params, status }) => {
  if (method === "sendMessage") console.log(`bot (${status}): ${emulator.answers(PERSON).at(-1)?.text ?? ""}`);
  else if (method !== "getUpdates") console.log(`     ${method} ${status} ${JSON.stringify(params).slice(0, 200)}`);
});
for await (const text of createInterface({ input: process.stdin })) emulator.say({ from: PERSON, text });
await emulator.close();
