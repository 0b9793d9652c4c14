import { rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startTelegramEmulator, type TelegramEmulator } from "../emulators/telegram/index.ts";
import { cli, newStateDir, npmStart, type NpmStart, type Said } from "./npm-start.ts";

const TOKEN = "4711:a-very-secret-token";
const OURS = "https://claw.example.com/telegram/webhook";
const PATIENCE = { timeout: 30_000, interval: 10 } as const;

let stateDir: string;
let telegram: TelegramEmulator;
let running: NpmStart[];

beforeEach(async () => {
  stateDir = newStateDir();
  telegram = await startTelegramEmulator({ token: TOKEN });
  running = [];
});
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill("SIGTERM");
    await ended;
  }
  await telegram.close();
  rmSync(stateDir, { recursive: true, force: true });
});

/** `npm start` with a bot that it polls, once it is ready. */
async function start(variables: Readonly<Record<string, string>> = {}): Promise<NpmStart> {
  const started = npmStart(stateDir, {
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_API_ROOT: telegram.url,
    TELEGRAM_POLLING: "on",
    DM_POLICY: "open",
    ...variables,
  });
  running.push(started);
  await started.line("ready ");
  return started;
}
async function claw(...words: readonly string[]): Promise<Said> {
  const said = await cli(stateDir, "cli/claw.ts", ...words);
  expect(said.stdout + said.stderr).not.toContain("very-secret");
  return said;
}
const called = (method: string) => telegram.calls.filter((call) => call.method === method);
const plainLines = ({ lines }: NpmStart) => lines.filter((line) => line.startsWith("telegram: "));

describe("claw telegram", () => {
  it("shows the bot, sets a webhook, gives way to it while it is there, and takes it away again", async () => {
    const assistant = await start();
    await vi.waitFor(
      () => expect(called("setMyCommands").map(({ status }) => status)).toEqual([200, 200, 200, 200]),
      PATIENCE,
    );

    const info = await claw("telegram", "info");
    expect(info).toMatchObject({ code: 0, stderr: "" });
    expect(info.stdout).toMatch(/^bot +@claw_bot \(Claw\), id 4711\ngroups +.*\nwebhook +none; npm start fetches/);

    const here = await claw("telegram", "webhook", "set");
    expect(here).toMatchObject({ code: 1, stdout: "" });
    expect(here.stderr).toMatch(
      /^claw telegram webhook set: Telegram cannot reach http:\/\/127\.0\.0\.1:\d+\/telegram\/webhook: .*npm start.*\n$/,
    );
    expect(called("setWebhook")).toEqual([]);

    const set = await claw("telegram", "webhook", "set", "--to", "https://claw.example.com");
    expect(set).toMatchObject({ code: 0, stderr: "" });
    expect(set.stdout).toMatch(
      /^Telegram sends messages to https:\/\/claw\.example\.com\/telegram\/webhook from now on\.\n/,
    );
    await assistant.line("telegram: this bot has a webhook");

    const hook = await claw("telegram", "webhook", "info", "--json");
    expect(JSON.parse(hook.stdout)).toMatchObject({ webhook: { url: OURS, isOurs: null, maxConnections: 40 } });
    const doctor = await claw("doctor", "--json");
    expect(doctor.code).toBe(1);
    expect(JSON.parse(doctor.stdout).findings).toEqual(
      expect.arrayContaining([
        { what: "telegram", state: "wrong", detail: expect.stringContaining("this bot has a webhook") },
        { what: "telegram bot", state: "ok", detail: "@claw_bot (Claw)" },
        { what: "telegram messages", state: "note", detail: expect.stringContaining(OURS) },
      ]),
    );

    const deleted = await claw("telegram", "webhook", "delete");
    expect(deleted).toEqual({
      code: 0,
      stderr: "",
      stdout: "The webhook is gone; nothing waits at Telegram.\nnpm start begins to fetch them within ten seconds.\n",
    });
    expect((await claw("telegram", "webhook", "info")).stdout).toMatch(/^webhook +none; npm start fetches/);
    expect(plainLines(assistant)).toHaveLength(1);
  });

  it("works for a deployment by its address and token, and only with the right one", async () => {
    const assistant = await start({ PUBLIC_URL: "https://claw.example.com", ADMIN_TOKEN: "the-admin-token" });
    const [, url = ""] = (await assistant.line("ready ")).split(" ");
    const there = (token: string) => claw("telegram", "webhook", "set", "--url", url, "--token", token);
    expect(await there("wrong-token")).toEqual({
      code: 2,
      stdout: "",
      stderr: "claw telegram webhook set: the admin token is wrong\n",
    });
    expect(called("setWebhook")).toEqual([]);
    expect((await there("the-admin-token")).stdout).toContain(`Telegram sends messages to ${OURS} from now on.`);
    const doctor = await claw("doctor", "--url", url, "--token", "the-admin-token");
    expect(doctor.code).toBe(0);
    expect(doctor.stdout).toMatch(/ok +telegram messages +webhook https:\/\/claw\.example\.com\/telegram\/webhook\n/);
    expect(doctor.stdout).toMatch(/off +telegram groups +none is let in/);
  });

  it("says in one line that there is no bot, and doctor has nothing to say of one", async () => {
    await start({ TELEGRAM_BOT_TOKEN: "", TELEGRAM_POLLING: "off" });
    for (const words of [["info"], ["commands"], ["webhook", "set"], ["webhook", "delete"]]) {
      const said = await claw("telegram", ...words);
      expect(said).toMatchObject({ code: 1, stdout: "" });
      expect(said.stderr).toMatch(
        /^claw telegram [a-z ]+: this assistant has no Telegram bot: set TELEGRAM_BOT_TOKEN.*\n$/,
      );
    }
    const doctor = await claw("doctor");
    expect(doctor).toMatchObject({ code: 0, stderr: "" });
    expect(doctor.stdout).toMatch(/off +telegram +/);
    expect(doctor.stdout).not.toContain("telegram bot");
  });

  it("says what is wrong with the token wherever somebody looks, in one line each", async () => {
    const assistant = await start({ TELEGRAM_BOT_TOKEN: "4711:another-very-secret" });
    const wrong = "Telegram does not know this TELEGRAM_BOT_TOKEN; copy it again from @BotFather";
    expect(await claw("telegram", "info")).toEqual({
      code: 1,
      stdout: "",
      stderr: `claw telegram info: ${wrong}\n`,
    });
    await vi.waitFor(() => expect(plainLines(assistant)).toHaveLength(2), PATIENCE);
    expect(plainLines(assistant).toSorted()).toEqual([
      "telegram: does not know this TELEGRAM_BOT_TOKEN (copy it again from @BotFather), trying again",
      `telegram: the menus of commands are not set (${wrong}); again with: npm run claw -- telegram commands`,
    ]);
    const doctor = await claw("doctor");
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toContain(wrong);
    expect(assistant.lines.join("\n")).not.toContain("very-secret");
  });
});

describe("npm start with a bot", () => {
  it("is ready although Telegram does not answer about the menus, and says so in one line", async () => {
    telegram.fail({ kind: "hang", method: "setMyCommands", times: 3 });
    const assistant = await start();
    expect(plainLines(assistant)).toEqual([]);
    const line = await assistant.line("telegram: the menus");
    expect(line).toMatch(/did not answer .*; again with: npm run claw -- telegram commands$/);
    expect((await claw("telegram", "commands")).stdout).toBe("the menus are set\n");
  });

  it("answers once what it has fetched, although it is killed as soon as Telegram forgets it", async () => {
    const first = await start();
    await first.line("telegram_polling_started");
    const { update_id: id } = telegram.say({ from: 42, text: "hello" });
    await vi.waitFor(() => {
      telegram.push({ poll: {} }); // nothing to anybody, but it ends a poll that is held open
      expect(called("getUpdates").some(({ params }) => Number(params["offset"]) > id)).toBe(true);
    }, PATIENCE);
    first.child.kill("SIGKILL");
    await first.ended;
    await start();
    await vi.waitFor(() => expect(telegram.answers(42)).toHaveLength(1), PATIENCE);
    telegram.say({ from: 42, text: "hello again" });
    await vi.waitFor(() => expect(telegram.answers(42)).toHaveLength(2), PATIENCE);
  });
});
