import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { POLLING_FAILURE_BOUNDS } from "../../../local/telegram-failures.ts";
import {
  startTelegramPolling,
  type TelegramPolling,
  type TelegramPollingStart,
} from "../../../local/telegram-polling.ts";
import { realPause } from "../../../local/telegram-pause.ts";
import { TELEGRAM_UPDATE_KINDS } from "../../../protocol/telegram-updates.ts";
import { WAITING_MAX } from "../../../local/telegram-waiting-file.ts";
import { Fake, TOKEN } from "./fake-telegram.ts";

/** How much shorter every pause is here. */
const HASTE = 20;

const inChat = (update_id: number, id: number) => ({ update_id, message: { chat: { id } } });

let fake: Fake;
let url: string;
let polling: TelegramPolling | undefined;
let problems: (string | null)[];
let stateDir: string;

beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), "telegram-polling-"));
  fake = new Fake();
  problems = [];
  url = await fake.open();
});
afterEach(async () => {
  await polling?.stop();
  fake.close();
  rmSync(stateDir, { recursive: true, force: true });
});

function start(more: Partial<TelegramPollingStart> = {}): TelegramPolling {
  polling = startTelegramPolling({
    mode: "on",
    botToken: TOKEN,
    apiRoot: url,
    hasOwnSecret: false,
    webhookUrl: `${url}/telegram/webhook`,
    webhookSecret: "hook",
    stateDir,
    log: (line) => void fake.log.push(line),
    onProblem: (problem) => void problems.push(problem),
    pause: (ms, signal) => realPause(ms / HASTE, signal),
    ...more,
  });
  return polling;
}

const steps = () => fake.log.map(({ step }) => step);

describe("startTelegramPolling", () => {
  it("takes updates to the Worker in order, with the secret, and confirms them only afterwards", async () => {
    fake.queue = [{ update_id: 7 }, { update_id: 8 }];
    start();
    await vi.waitFor(() => expect(fake.offsets).toEqual([0, 9]));
    expect(fake.delivered).toEqual([
      { id: 7, secret: "hook", status: 200 },
      { id: 8, secret: "hook", status: 200 },
    ]);
  });

  it("brings an update again until the Worker has stored it, and confirms nothing meanwhile", async () => {
    fake.queue = [{ update_id: 7 }];
    fake.statuses = [503, 401];
    start();
    await vi.waitFor(() => expect(fake.offsets).toEqual([0, 8]), { timeout: 5_000 });
    expect(fake.delivered.map(({ status }) => status)).toEqual([503, 401, 200]);
    expect(steps()).toEqual(["telegram_polling_started", "telegram_update_waits"]);
  });

  it("skips an update that the Worker keeps calling malformed, with a line in the log", async () => {
    fake.queue = [{ update_id: 7 }, { update_id: 8 }];
    fake.statuses = [400, 400, 400];
    start();
    await vi.waitFor(() => expect(fake.offsets).toEqual([0, 9]), { timeout: 5_000 });
    expect(fake.delivered.map(({ id }) => id)).toEqual([7, 7, 7, 8]);
    expect(fake.log).toContainEqual({ level: "error", step: "telegram_update_skipped", update: 7, status: 400 });
  });

  it("says in one plain line that Telegram keeps refusing the token, and goes on all the same", async () => {
    fake.refusals = Array.from({ length: POLLING_FAILURE_BOUNDS.refusalsMax }, () => ({ error_code: 401 }));
    start();
    await vi.waitFor(() => expect(steps()).toContain("telegram_polling_waits"), { timeout: 5_000 });
    expect(fake.log).toEqual([
      {
        level: "error",
        step: "telegram_polling_waits",
        message: "does not know this TELEGRAM_BOT_TOKEN (copy it again from @BotFather)",
        plain: "telegram: does not know this TELEGRAM_BOT_TOKEN (copy it again from @BotFather), trying again",
      },
    ]);
    expect(problems).toEqual(["does not know this TELEGRAM_BOT_TOKEN (copy it again from @BotFather)"]);
    expect(await Promise.race([polling?.ended, Promise.resolve("going on")])).toBe("going on");
  });

  it("gets over a refusal that passes without a word", async () => {
    fake.refusals = [{ error_code: 404 }, { error_code: 401 }];
    start();
    await vi.waitFor(() => expect(fake.offsets).toEqual([0, 0]), { timeout: 5_000 });
    expect(steps()).toEqual(["telegram_polling_started"]);
    expect(problems).toEqual([]);
  });

  it("gets over pages that are not Telegram's, whatever they say", async () => {
    fake.pages = [404, 404, 404];
    start();
    await vi.waitFor(() => expect(fake.offsets).toEqual([0, 0]), { timeout: 5_000 });
    expect(steps()).toEqual(["telegram_polling_waits", "telegram_polling_started", "telegram_polling_works"]);
    expect(problems).toEqual(["cannot be reached (a page with status 404 that is not Telegram's)", null]);
  });

  it("waits as long as Telegram asks for, and then goes on", async () => {
    fake.refusals = [{ error_code: 429, parameters: { retry_after: 0.2 } }];
    start();
    await vi.waitFor(() => expect(fake.offsets).toEqual([0, 0]));
    expect(fake.calls).toEqual(["getWebhookInfo", "getWebhookInfo", "getUpdates", "getUpdates"]);
    expect(steps()).toEqual(["telegram_polling_waits", "telegram_polling_started", "telegram_polling_works"]);
  });

  it("says once in plain words that Telegram fails, and once that it is back, however many tries that took", async () => {
    fake.refusals = [{ error_code: 502 }, { error_code: 502 }, { error_code: 502 }];
    start();
    await vi.waitFor(() => expect(steps()).toContain("telegram_polling_works"), { timeout: 5_000 });
    expect(fake.log.flatMap(({ plain }) => plain ?? [])).toEqual([
      "telegram: refuses (502 no 17), trying again",
      "telegram: messages come again",
    ]);
    expect(problems).toEqual(["refuses (502 no 17)", null]);
  });

  it("says in one line that another program keeps polling the same bot", async () => {
    fake.refusals = Array.from({ length: POLLING_FAILURE_BOUNDS.refusalsMax }, () => ({ error_code: 409 }));
    start();
    await vi.waitFor(() => expect(steps()).toEqual(["telegram_polling_waits"]), { timeout: 5_000 });
    expect(fake.log[0]?.["message"]).toMatch(/another program/);
  });

  it("leaves a bot alone that has a webhook, and says so once, however often it looks", async () => {
    fake.webhook = "https://example.com/hook";
    start({ webhookLookMs: 5 });
    await vi.waitFor(() => expect(fake.calls.length).toBeGreaterThan(3));
    expect(new Set(fake.calls)).toEqual(new Set(["getWebhookInfo"]));
    expect(steps()).toEqual(["telegram_polling_off"]);
    expect(fake.log[0]?.["plain"]).toMatch(/^telegram: this bot has a webhook, .* claw -- telegram webhook delete$/);
    expect(problems).toEqual([expect.stringMatching(/has a webhook/)]);
  });

  it("begins by itself when the webhook is gone, and says so", async () => {
    fake.webhook = "https://example.com/hook";
    fake.queue = [{ update_id: 7 }];
    start({ webhookLookMs: 5 });
    await vi.waitFor(() => expect(steps()).toEqual(["telegram_polling_off"]));
    fake.webhook = "";
    await vi.waitFor(() => expect(fake.offsets).toEqual([0, 8]));
    expect(steps()).toEqual(["telegram_polling_off", "telegram_polling_started", "telegram_polling_works"]);
    expect(fake.log.at(-1)?.["plain"]).toBe("telegram: its webhook is gone, messages are fetched from here");
    expect(problems.at(-1)).toBe(null);
  });

  it("gives way to a webhook that is set while it polls, and takes over again when that is gone", async () => {
    start({ webhookLookMs: 5 });
    await vi.waitFor(() => expect(fake.offsets).toEqual([0]));
    fake.webhook = "https://example.com/hook";
    fake.wake();
    await vi.waitFor(() => expect(steps()).toEqual(["telegram_polling_started", "telegram_polling_off"]), {
      timeout: 5_000,
    });
    fake.queue = [{ update_id: 7 }];
    fake.webhook = "";
    await vi.waitFor(() => expect(fake.delivered.map(({ id }) => id)).toEqual([7]));
    expect(steps().slice(2)).toEqual(["telegram_polling_started", "telegram_polling_works"]);
  });

  it("delivers what an earlier run could not, also when a webhook brings the rest", async () => {
    writeFileSync(join(stateDir, "telegram-waiting-4711.json"), JSON.stringify([inChat(7, 1)]));
    fake.webhook = "https://example.com/hook";
    start();
    await vi.waitFor(() => expect(fake.delivered.map(({ id }) => id)).toEqual([7]));
  });

  it("asks for exactly the kinds of updates that a webhook would get", async () => {
    start();
    await vi.waitFor(() => expect(fake.kinds).toEqual([TELEGRAM_UPDATE_KINDS]));
    expect(TELEGRAM_UPDATE_KINDS).toEqual(expect.arrayContaining(["message_reaction", "chat_member"]));
  });

  it("gets an update again that was on its way to the Worker when it ended", async () => {
    fake.queue = [{ update_id: 7 }];
    fake.isDeaf = true;
    start();
    await vi.waitFor(() => expect(fake.delivered).toHaveLength(1));
    await polling?.stop();
    expect(fake.offsets).toEqual([0]);
    expect(readdirSync(stateDir)).toEqual([]);
    fake.isDeaf = false;
    start();
    await vi.waitFor(() => expect(fake.offsets).toEqual([0, 0, 8]));
    expect(fake.delivered.map(({ id, status }) => [id, status])).toEqual([
      [7, 0],
      [7, 200],
    ]);
  });

  it("polls by itself only at Telegram's own address and without a secret of the user", async () => {
    await start({ mode: "auto" }).ended;
    await start({ mode: "auto", apiRoot: "https://api.telegram.org", hasOwnSecret: true }).ended;
    await start({ mode: "off" }).ended;
    expect(fake.calls).toEqual([]);
  });

  it("never shows the token, not even in the error of a dead connection", async () => {
    fake.close();
    start();
    await vi.waitFor(() => expect(steps()).toEqual(["telegram_polling_waits"]));
    expect(fake.log[0]?.["plain"]).toBe("telegram: cannot be reached (ECONNREFUSED), trying again");
    expect(JSON.stringify([fake.log, problems])).not.toContain("SECRET");
  });

  it("stops at once in the middle of a long poll", async () => {
    start();
    await vi.waitFor(() => expect(fake.offsets).toEqual([0]));
    await polling?.stop();
  });
});

describe("startTelegramPolling with a chat that the Worker refuses", () => {
  const taken = () => fake.delivered.filter(({ status }) => status === 200).map(({ id }) => id);
  const waitingFile = () => join(stateDir, "telegram-waiting-4711.json");
  const soon = { timeout: 8_000 };

  it("delivers everybody else's messages, old and new", async () => {
    fake.broken.add(1);
    fake.queue = [inChat(7, 1), inChat(8, 2), inChat(9, 1)];
    start();
    await vi.waitFor(() => expect(fake.offsets).toEqual([0, 10]), soon);
    expect(taken()).toEqual([8]);
    fake.queue = [inChat(10, 1), inChat(11, 2)];
    fake.wake();
    await vi.waitFor(() => expect(taken()).toEqual([8, 11]), soon);
  });

  it("says which chat it is, and that it works again, and delivers what waited in order", async () => {
    fake.broken.add(1);
    fake.queue = [inChat(7, 1), inChat(8, 1)];
    start();
    await vi.waitFor(() => expect(steps()).toContain("telegram_chat_refused"), soon);
    fake.broken.clear();
    await vi.waitFor(() => expect(taken()).toEqual([7, 8]), soon);
    await vi.waitFor(() => expect(readdirSync(stateDir)).toEqual([]));
    expect(problems).toEqual(["chat 1 cannot be delivered to (status 503); other chats go on", null]);
    expect(fake.log.flatMap(({ plain }) => plain ?? [])).toEqual([
      "telegram: chat 1 cannot be delivered to (status 503); other chats go on",
      "telegram: chat 1 can be delivered to again",
    ]);
  });

  it("loses nothing of it when it ends meanwhile, and keeps the order with what comes later", async () => {
    fake.broken.add(1);
    fake.queue = [inChat(7, 1), inChat(8, 1)];
    // It ends while it pauses: what is on its way then comes again.
    start({ pause: realPause });
    await vi.waitFor(() => expect(fake.offsets).toEqual([0, 9]), soon);
    await polling?.stop();
    fake.broken.clear();
    fake.queue = [inChat(9, 1)];
    start();
    await vi.waitFor(() => expect(taken()).toEqual([7, 8, 9]), soon);
    await vi.waitFor(() => expect(readdirSync(stateDir)).toEqual([]));
  });

  it("stays below what it can neither deliver nor save, and goes on within what Telegram shows", async () => {
    fake.broken.add(1);
    start();
    await vi.waitFor(() => expect(fake.offsets).toEqual([0]));
    rmSync(stateDir, { recursive: true });
    fake.queue = [inChat(8, 2), inChat(9, 1), inChat(10, 2)];
    fake.wake();
    await vi.waitFor(() => expect(steps()).toContain("telegram_waiting_not_saved"), soon);
    fake.queue.push(inChat(11, 2));
    await vi.waitFor(() => expect(taken()).toEqual([8, 10, 11]), soon);
    expect(Math.max(...fake.offsets)).toBe(9);
    mkdirSync(stateDir);
    await vi.waitFor(() => expect(fake.offsets.at(-1)).toBe(12), soon);
    expect(problems.at(-1)).toBe("chat 1 cannot be delivered to (status 503); other chats go on");
    expect(taken()).toEqual([8, 10, 11]);
  });

  it("leaves with Telegram what is too much to save, and says so until it is less", async () => {
    fake.broken.add(1);
    const saved = Array.from({ length: WAITING_MAX }, (_, index) => inChat(index + 1, 1));
    writeFileSync(waitingFile(), JSON.stringify(saved));
    fake.queue = [inChat(WAITING_MAX + 1, 1)];
    start();
    await vi.waitFor(() => expect(steps()).toContain("telegram_waiting_not_saved"), soon);
    expect(problems.at(-1)).toMatch(/1000 updates are saved already/);
    fake.broken.clear();
    await vi.waitFor(() => expect(problems.at(-1)).toBe(null), { timeout: 12_000 });
    await vi.waitFor(() => expect(fake.offsets.at(-1)).toBe(WAITING_MAX + 2), soon);
    const all = [...saved, inChat(WAITING_MAX + 1, 1)].map(({ update_id }) => update_id);
    await vi.waitFor(() => expect(taken()).toEqual(all), soon);
  }, 25_000);

  it("keeps a file that it cannot read beside, and says so", async () => {
    writeFileSync(waitingFile(), "{");
    start();
    await vi.waitFor(() => expect(fake.offsets).toEqual([0]));
    expect(steps()).toEqual(["telegram_waiting_unreadable", "telegram_polling_started"]);
    expect(readdirSync(stateDir)).toEqual(["telegram-waiting-4711.json.unreadable"]);
  });
});
