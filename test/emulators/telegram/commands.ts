/** The lists of commands that a bot has set, one for each scope and language ("setMyCommands"). */
import { badRequest } from "./failure.ts";
import { fieldsOf, stringOf } from "./values.ts";

export type BotCommand = { readonly command: string; readonly description: string };

const COMMANDS_MAX = 100;
const NAME = /^[a-z0-9_]{1,32}$/u;
const DESCRIPTION_MAX = 256;
/** The scopes, with the fields that each of them has besides its type. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  default: [],
  all_private_chats: [],
  all_group_chats: [],
  all_chat_administrators: [],
  chat: ["chat_id"],
  chat_administrators: ["chat_id"],
  chat_member: ["chat_id", "user_id"],
};

export class Commands {
  readonly #lists = new Map<string, readonly BotCommand[]>();

  get(scope: unknown, language: unknown): readonly BotCommand[] {
    return this.#lists.get(keyOf(scope, language)) ?? [];
  }

  set(commands: readonly BotCommand[], scope: unknown, language: unknown): void {
    const key = keyOf(scope, language);
    if (commands.length > COMMANDS_MAX) throw badRequest("BOT_COMMANDS_TOO_MUCH");
    for (const { command, description } of commands) {
      if (!NAME.test(command)) throw badRequest("BOT_COMMAND_INVALID");
      const length = Array.from(description).length;
      if (length < 1 || length > DESCRIPTION_MAX) throw badRequest("BOT_COMMAND_DESCRIPTION_INVALID");
    }
    this.#lists.set(key, commands);
  }

  delete(scope: unknown, language: unknown): void {
    this.#lists.delete(keyOf(scope, language));
  }
}

/** Throws a 400 for what is no scope. */
function keyOf(scope: unknown, language: unknown): string {
  const fields = fieldsOf(scope);
  const type = stringOf(fields["type"] ?? "default");
  const wanted = SCOPES[type];
  if (!wanted) throw badRequest("can't parse BotCommandScope: unsupported type specified");
  const missing = wanted.find((name) => fields[name] === undefined);
  if (missing) throw badRequest(`can't parse BotCommandScope: Can't find field "${missing}"`);
  const code = stringOf(language);
  if (!/^(?:[a-z]{2})?$/u.test(code)) throw badRequest("LANG_CODE_INVALID");
  return JSON.stringify([type, ...wanted.map((name) => fields[name]), code]);
}
