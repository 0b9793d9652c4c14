/** A bot as the emulator's tests play it: raw calls, and grammY's client for what it writes in its own way. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Api } from "grammy";
import { expect } from "vitest";
import { readSchema, type TelegramEmulator } from "../../../emulators/telegram/index.ts";

export const TOKEN = "77:token";

const OFFICIAL = resolve(import.meta.dirname, "../../../../../shared/fixtures/schemas/telegram-bot-api-10.1.json");
/** The official schema, where it is at hand. */
export const officialSchema = existsSync(OFFICIAL) ? readSchema(OFFICIAL) : null;

export type Reply = { readonly status: number; readonly body: { readonly [key: string]: unknown } };
export type Bot = {
  /** Calls a method with JSON, or with a form that holds files. */
  call(method: string, params?: object | FormData): Promise<Reply>;
  readonly api: Api;
};

export function botOf(emulator: TelegramEmulator, token = TOKEN): Bot {
  return {
    api: new Api(token, { apiRoot: emulator.url }),
    async call(method, params = {}) {
      const isForm = params instanceof FormData;
      const response = await fetch(`${emulator.url}/bot${token}/${method}`, {
        method: "POST",
        ...(!isForm && { headers: { "content-type": "application/json" } }),
        body: isForm ? params : JSON.stringify(params),
      });
      return { status: response.status, body: (await response.json()) as Reply["body"] };
    },
  };
}

/** What a refused call answers. */
export function refused(code: number, description: RegExp): unknown {
  return {
    status: code,
    body: { ok: false, error_code: code, description: expect.stringMatching(description) as unknown },
  };
}

/** Waits for nothing: takes the updates that are there, and confirms them. */
export async function updatesOf(bot: Bot): Promise<readonly { readonly [key: string]: unknown }[]> {
  const { body } = await bot.call("getUpdates");
  const updates = body["result"] as { update_id: number; [key: string]: unknown }[];
  const last = updates.at(-1);
  if (last) await bot.call("getUpdates", { offset: last.update_id + 1 });
  return updates;
}
