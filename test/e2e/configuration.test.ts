import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { ConfigurationView } from "../../protocol/configuration.ts";
import { askIn, settle, turnAllAway } from "./strangers.ts";
import { OWNER, PATIENCE, World } from "./world.ts";

const GUEST = 8;
const TEAM = -6001;
/** More groups that are let in: a group takes one answer each four seconds, after a few at once. */
const TEAMS = [TEAM, -6003, -6004] as const;

let world: World;
let files: string;
beforeAll(async () => {
  files = mkdtempSync(join(tmpdir(), "agent-claw-config-"));
  world = await World.open({
    ALLOW_FROM: `telegram:${OWNER},telegram:${GUEST}`,
    GROUP_ALLOW_FROM: TEAMS.map((team) => `telegram:${team}`).join(),
    MENTION_PATTERNS: "crab",
    ACK_REACTION: "👍",
    AGENT_TIMEZONE: "Asia/Tokyo",
  });
});
afterAll(async () => {
  await world?.close();
  rmSync(files, { recursive: true });
});
afterEach(async () => {
  expect((await world.ask("PUT", "config", { document: {} })).status).toBe(200);
});

const view = async () => (await world.admin("config")) as ConfigurationView;
const set = (values: object, more: object = {}) => world.ask("PATCH", "config", { values, ...more });
/** Sets what must be right. */
async function mustSet(values: object): Promise<void> {
  expect(await set(values)).toMatchObject({ status: 200, answer: { changed: true } });
}

/** What somebody is answered last. */
async function says(from: number, text: string, chat: number = from): Promise<string> {
  const before = world.telegram.answers(chat).length;
  world.telegram.say({ from, chat, text });
  return (await world.answers(chat, before + 1)).at(-1) ?? "";
}

/** The model that answers the owner now. */
async function modelInUse(): Promise<unknown> {
  await says(OWNER, "who are you?");
  return JSON.parse(world.model.lastBody).model;
}

describe("the configuration", () => {
  it("is what the environment says until something is set, and again when that is unset", async () => {
    const { effective, ...rest } = await view();
    expect(rest).toMatchObject({ document: {} });
    expect(effective).toMatchObject({
      access: {
        dmPolicy: "pairing",
        allowFrom: [`telegram:${OWNER}`, `telegram:${GUEST}`],
        groupAllowFrom: TEAMS.map((team) => `telegram:${team}`),
      },
      models: { default: "anthropic/claude-sonnet-5" },
      messages: { mentionPatterns: ["crab"], ackReaction: "👍", language: "auto" },
      timezone: "Asia/Tokyo",
    });
    await mustSet({ timezone: "Pacific/Chatham", "access.dmPolicy": "open" });
    expect(await view()).toMatchObject({ effective: { timezone: "Pacific/Chatham", access: { dmPolicy: "open" } } });
    expect(await set({}, { unset: ["timezone", "access.dmPolicy"] })).toMatchObject({ status: 200 });
    expect((await view()).effective).toEqual(effective);
  });

  it("decides the model and the time zone of the next turn", async () => {
    expect(await modelInUse()).toBe("claude-sonnet-5");
    expect(world.model.lastRequest + world.model.lastBody).toContain("Asia/Tokyo");
    await mustSet({ "models.default": "anthropic/claude-haiku-4-5", timezone: "Pacific/Chatham" });
    expect(await modelInUse()).toBe("claude-haiku-4-5");
    expect(world.model.lastBody).toContain("Pacific/Chatham");
  });

  it("decides by which names a group can call, and which reaction says that it is heard", async () => {
    const [first, second, third] = TEAMS;
    const reaction = async (text: string, team: number) => {
      await says(31, text, team);
      const message = world.telegram.messages(team).findLast((other) => other.text === text);
      const shown = () => world.telegram.messages(team).find(({ message_id: id }) => id === message?.message_id);
      return { shown: () => shown()?.botReactions ?? [] };
    };
    const thumb = await reaction("@claw_bot hello", first);
    await vi.waitFor(() => expect(thumb.shown()).toEqual(["👍"]), PATIENCE);
    world.telegram.say({ from: 31, chat: first, text: "hey Claw, not you" });
    expect(await says(31, "hey Crab, it is you", first)).toContain("it is you");
    expect(world.model.hasHeard("not you")).toBe(true); // as context of what was for us
    await mustSet({ "messages.mentionPatterns": null, "messages.ackReaction": "🔥" });
    const fire = await reaction("Claw, and now?", second);
    await vi.waitFor(() => expect(fire.shown()).toEqual(["🔥"]), PATIENCE);
    await mustSet({ "messages.mentionPatterns": ["lobster*"], "messages.ackReaction": null });
    world.telegram.say({ from: 31, chat: third, text: "Claw and Crab are two others" });
    const none = await reaction("two lobsters?", third);
    await settle(world);
    expect(none.shown()).toEqual([]);
    expect(world.telegram.answers(third)).toHaveLength(1);
  });

  it("decides which groups and which strangers are heard, from the next message on", async () => {
    const other = -6002;
    world.telegram.say({ from: 31, chat: other, text: "@claw_bot is it open?" });
    await askIn(world, 41);
    await settle(world);
    expect(world.telegram.answers(other)).toEqual([]);
    await mustSet({ "access.groupAllowFrom": [`telegram:${other}`], "access.dmPolicy": "open" });
    expect(await says(31, "@claw_bot and now?", other)).toContain("and now?");
    expect(await says(41, "may I?")).toContain("may I?");
    const before = world.telegram.answers(TEAM).length;
    world.telegram.say({ from: 31, chat: TEAM, text: "@claw_bot are you gone?" });
    await settle(world);
    expect(world.telegram.answers(TEAM)).toHaveLength(before);
    await turnAllAway(world);
  });

  it("decides the language", async () => {
    const english = await says(OWNER, "/help");
    await mustSet({ "messages.language": "de" });
    const german = await says(OWNER, "/help");
    expect(german).not.toBe(english);
    expect(german).toMatch(/[äöüß]/u);
  });

  it("is refused with every problem named when it is invalid, and nothing is changed", async () => {
    await mustSet({ timezone: "Pacific/Chatham" });
    const before = await view();
    const wrong = {
      "access.dmPolicy": "maybe",
      "access.allowFrom": ["ada"],
      "models.default": "nobody/has-it",
      "messages.ackReaction": "hello",
      "messages.mentionPatterns": ["a*b*c*d"],
      "messages.quiet": true,
      timezone: "Mars/Olympus",
    };
    const refused = await set(wrong);
    expect(refused).toMatchObject({ status: 422, answer: { error: "invalid" } });
    const { problems } = refused.answer as { problems: { path: string; problem: string }[] };
    for (const path of Object.keys(wrong)) {
      expect(
        problems.filter((one) => one.path.startsWith(path) || path.startsWith(one.path)),
        path,
      ).not.toEqual([]);
    }
    expect(await view()).toEqual(before);
    const document = { access: { dmPolicy: "open", groupPolicy: 5 }, timezone: "UTC", colour: "red" };
    expect(await world.ask("PUT", "config", { document })).toMatchObject({ status: 422 });
    expect(await world.ask("POST", "config/validate", { document })).toMatchObject({
      status: 200,
      answer: { problems: expect.arrayContaining([expect.objectContaining({ path: "access.groupPolicy" })]) },
    });
    for (const body of [{}, { values: [] }, { document: {}, values: {} }, { document: {}, ifVersion: "1" }]) {
      expect((await world.ask("PUT", "config", body)).status, JSON.stringify(body)).toBe(
        "document" in body && !("values" in body) && !("ifVersion" in body) ? 200 : 400,
      );
    }
    expect(await view()).toEqual(before);
  });

  it("goes back to an earlier version for the next turn, and keeps it when everything is killed", async () => {
    await mustSet({ "models.default": "anthropic/claude-haiku-4-5" });
    const { version } = await view();
    await mustSet({ "models.default": "anthropic/claude-sonnet-5", "messages.language": "de" });
    expect(await modelInUse()).toBe("claude-sonnet-5");
    expect(await world.ask("POST", "config/rollback", { to: version })).toMatchObject({
      status: 200,
      answer: { version: version + 2, changed: true },
    });
    expect(await modelInUse()).toBe("claude-haiku-4-5");
    const kept = await view();
    await world.assistant.kill();
    await world.start();
    expect(await view()).toEqual(kept);
    expect(await modelInUse()).toBe("claude-haiku-4-5");
    expect(await world.ask("POST", "config/rollback", { to: 9_999 })).toMatchObject({
      status: 404,
      answer: { error: "unknown_version" },
    });
  });

  it("is not changed by somebody who has not seen the last change", async () => {
    const { version } = await view();
    await mustSet({ timezone: "Pacific/Chatham" });
    expect(await set({ timezone: "UTC" }, { ifVersion: version })).toMatchObject({
      status: 409,
      answer: { error: "other_version" },
    });
    expect(await set({ timezone: "UTC" }, { ifVersion: version + 1 })).toMatchObject({ status: 200 });
  });

  it("is read and changed by the owner in chat, and by nobody else", async () => {
    expect(await says(OWNER, "/config get timezone")).toContain("Asia/Tokyo");
    await says(OWNER, "/config set timezone Pacific/Chatham");
    expect((await view()).effective.timezone).toBe("Pacific/Chatham");
    await modelInUse();
    expect(world.model.lastBody).toContain("Pacific/Chatham");
    expect(await says(OWNER, "/config set timezone Mars/Olympus")).toContain("timezone");
    expect((await view()).effective.timezone).toBe("Pacific/Chatham");
    const { version } = await view();
    await says(GUEST, "/config set timezone UTC");
    world.telegram.say({ from: 31, chat: TEAM, text: "/config@claw_bot set timezone UTC" });
    await settle(world);
    expect((await view()).version).toBe(version);
    expect(await says(OWNER, "/config history")).toContain(String(version));
    await says(OWNER, `/config rollback ${version - 1}`);
    expect((await view()).effective.timezone).toBe("Asia/Tokyo");
  });

  it("is read and changed by the command line", async () => {
    const claw = async (...words: readonly string[]) => await world.claw("config", ...words);
    expect((await claw("get", "timezone")).stdout).toContain("Asia/Tokyo");
    expect(await claw("set", "timezone", "Pacific/Chatham", "access.groups", "{}")).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect((await view()).effective.timezone).toBe("Pacific/Chatham");
    const { version } = await view();
    const wrong = await claw("set", "timezone", "Mars/Olympus", "access.dmPolicy", "maybe");
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    for (const path of ["timezone", "access.dmPolicy"]) expect(wrong.stderr).toContain(path);
    expect((await claw("history")).stdout).toContain(String(version));
    expect((await claw("diff")).stdout).toContain("Pacific/Chatham");
    const file = join(files, "document.json");
    writeFileSync(file, JSON.stringify({ timezone: 5 }));
    const { stdout, stderr } = await claw("validate", file);
    expect(stdout + stderr).toContain("timezone");
    expect(await claw("rollback", String(version - 1))).toMatchObject({ code: 0, stderr: "" });
    expect((await view()).effective.timezone).toBe("Asia/Tokyo");
    expect(JSON.parse((await claw("schema")).stdout)).toMatchObject({ type: "object" });
  });

  it("holds no secret, and takes none", async () => {
    const all = JSON.stringify(await view());
    expect(all).not.toContain("test-model-key");
    expect(all).not.toContain("test-bot-token");
    expect((await set({ "models.anthropicApiKey": "sk-other" })).status).toBe(422);
  });
});
