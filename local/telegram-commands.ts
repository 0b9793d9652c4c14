/** Has the running Worker set the menus of commands in Telegram: once a start, and worth no more than a line if it fails. */
import * as v from "valibot";
import { errorText, type Log } from "./log.ts";
import { printableLine } from "./terminal-text.ts";

export type TelegramCommandsStart = {
  readonly url: string;
  readonly adminToken: string;
  readonly log: Log;
};

/** The Worker asks Telegram for all menus at once, each for up to 5 s. */
const ANSWER_MAX_MS = 15_000;
const refused = v.object({ message: v.string() });

/** Never throws; the menus of before stay when it fails. */
export async function setTelegramCommands({ url, adminToken, log }: TelegramCommandsStart): Promise<void> {
  const said = await ask(url, adminToken).catch((error: unknown) => errorText(error));
  if (said === null) return;
  const problem = printableLine(said);
  const plain = `telegram: the menus of commands are not set (${problem}); again with: npm run claw -- telegram commands`;
  log({ level: "warn", step: "telegram_commands_not_set", message: problem, plain });
}

/** Null when they are set, or why not. */
async function ask(url: string, adminToken: string): Promise<string | null> {
  const response = await fetch(`${url}/admin/api/telegram/commands`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminToken}` },
    signal: AbortSignal.timeout(ANSWER_MAX_MS),
  });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return null;
  const said = v.safeParse(refused, body);
  return said.success ? said.output.message : `status ${response.status}`;
}
