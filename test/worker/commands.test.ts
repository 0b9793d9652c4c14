import { reset, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type AnswerContext, commitAnswer } from "../../durable-objects/channel-session/answer-rows.ts";
import { readSettings } from "../../durable-objects/channel-session/settings-rows.ts";
import { isTurnId } from "../../protocol/ids.ts";
import type { Inbound, Sender } from "../../protocol/inbound.ts";
import { formatConversationKey } from "../../protocol/session-key.ts";
import { answersTo, ask, directory, letIn, rows, said, says, sessionOf } from "./command-chats.ts";
import { ADA, BEN, groupKey, happening, mention } from "./group-inbound.ts";
import { webMessage } from "./inbound.ts";
import { beginSilentTurn } from "./running-turn.ts";

const MAIN = formatConversationKey({ kind: "main", agent: "main" });
const settings = (message: Pick<Inbound, "session">) =>
  runInDurableObject(sessionOf(message), (_object, { storage }) => readSettings(storage.sql));

/** The same said in the group, to us. */
let inGroup = 5_000;
function groupSays(text: string, sender: Sender = BEN): Inbound {
  const { command } = says(text);
  inGroup += 1;
  return mention(inGroup, text, { sender, ...(command && { command }) });
}

/** Sets the configuration, as the admin API does. */
async function configure(values: Readonly<Record<string, unknown>>): Promise<void> {
  const outcome = await directory().changeConfiguration({ by: "admin", kind: "set", values, unset: [] });
  expect(outcome).toMatchObject({ kind: "done" });
}

beforeEach(() => {
  vi.spyOn(console, "log").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

describe("what a command says", () => {
  it.each([
    ["/help", /fresh conversation/, /neues Gespräch/],
    ["/commands", /All commands here/, /Alle Befehle hier/],
    ["/whoami", /You are my owner/, /Ich gehöre dir/],
    ["/id", /You are `telegram:7`/, /Du bist `telegram:7`/],
    ["/status", /Conversation: `agent:main:main`/, /Gespräch: `agent:main:main`/],
    ["/model", /Models for this chat/, /Modelle für diesen Chat/],
    ["/think", /Thinking: `off`/, /Nachdenken: `off`/],
    ["/usage full", /Below my answers: `full`/, /Unter meinen Antworten: `full`/],
    ["/queue collect", /`collect`, it waits/, /`collect`, es wartet/],
    ["/activation always", /That is for groups/, /Das ist für Gruppen/],
    ["/pair", /Nobody asks/, /Niemand möchte/],
    ["/pair nonsense", /A code has 8 letters/, /Ein Code hat 8 Buchstaben/],
    ["/link", /Write this to me on your other channel/, /Schreib mir das auf deinem anderen Kanal/],
    ["/config", /Nothing is set/, /Nichts ist gesetzt/],
    ["/stop", /Nothing was running/, /Es lief gerade nichts/],
    ["/new", /New conversation/, /Neues Gespräch/],
    ["/reset", /New conversation/, /Neues Gespräch/],
  ])("is in the language of whoever gives it: %s", async (text, english, german) => {
    expect(await said(says(text, "7", "en-GB"))).toMatch(english);
    expect(await said(says(text, "7", "de-AT"))).toMatch(german);
  });

  it("is in the language of the configuration, whatever the app of its giver speaks", async () => {
    await configure({ "messages.language": "de" });
    expect(await said(says("/stop", "7", "en"))).toMatch(/Es lief gerade nichts/);
  });

  it("is in each one's own language in a group", async () => {
    expect(await said(groupSays("/new", { ...BEN, language: "de" }))).toMatch(/Neues Gespräch/);
    expect(await said(groupSays("/new", { ...ADA, language: "en" }))).toMatch(/New conversation/);
    expect(await said(groupSays("/queue", { ...BEN, language: "de" }))).toMatch(/während ich arbeite/);
  });

  it("says nothing of the owner's commands to a guest, and refuses them in one line", async () => {
    await letIn("8");
    expect(await said(says("/commands", "8"))).not.toMatch(/\/config|\/pair/);
    for (const text of ["/config", "/config set timezone UTC", "/pair", "/pair ABCDEFGH"]) {
      const answer = await said(says(text, "8"));
      expect(answer).toMatch(/Only my owner/);
      expect(answer).not.toContain("\n");
    }
    expect((await directory().configuration()).version).toBe(0);
    expect(await said(says("/whoami", "8"))).toMatch(/guest[\s\S]*telegram-8/);
  });

  it("leaves a slash word that is none of ours to the agent", async () => {
    const message = says("/weather tomorrow");
    await sessionOf(message).accept(message);
    expect(await rows(sessionOf(message), "SELECT kind FROM inbox")).toEqual([{ kind: "turn" }]);
  });
});

describe("a setting of a session", () => {
  it("is kept until it is set back, and shown by /status", async () => {
    for (const text of ["/think high", "/usage tokens", "/queue collect", "/model offline/offline"])
      await ask(says(text));
    expect(await settings(says(""))).toMatchObject({
      thinking: "high",
      usage: "tokens",
      queue: "collect",
      model: "offline/offline",
      activation: null,
    });
    const card = await said(says("/status"));
    for (const part of [
      "`offline/offline` (set here",
      "`high` (set here)",
      "`collect`",
      "Below my answers: `tokens`",
    ]) {
      expect(card).toContain(part);
    }
    for (const text of ["/think default", "/usage default", "/queue default", "/model default"]) await ask(says(text));
    expect(await settings(says(""))).toMatchObject({ thinking: null, usage: null, queue: null, model: null });
  });

  it("is not changed by what is none of the choices", async () => {
    expect(await said(says("/think hard"))).toMatch(/none of the choices.*`\/think off\|minimal/);
    expect(await said(says("/model openai/gpt-6"))).toMatch(/There is no key for `openai\/gpt-6`/);
    expect(await settings(says(""))).toMatchObject({ thinking: null, model: null });
  });

  it("is the owner's to change in a group, and everybody's to see", async () => {
    for (const text of [
      "/model offline/offline",
      "/think high",
      "/usage full",
      "/queue collect",
      "/activation always",
    ]) {
      expect(await said(groupSays(text))).toMatch(/Only my owner/);
    }
    expect(await settings(groupSays(""))).toMatchObject({ model: null, thinking: null, activation: null });
    const { text, buttons } = await ask(groupSays("/think"));
    expect([text, buttons]).toEqual([expect.stringMatching(/Thinking: `off`/), []]);
    expect(await said(groupSays("/think high", ADA))).toMatch(/`high`.*set here/);
    expect(await said(groupSays("/activation always", ADA))).toMatch(/`always`/);
    expect(await settings(groupSays(""))).toMatchObject({ thinking: "high", activation: "always" });
  });

  it("can be picked by a guest in their own chat, as far as it is on the list", async () => {
    await configure({ "models.choices": ["offline/offline"] });
    await letIn("8");
    expect(await said(says("/model offline/other", "8"))).toMatch(/I have no model/);
    expect(await said(says("/model 1", "8"))).toMatch(/I use `offline\/offline`/);
    expect(await settings(says("", "8"))).toMatchObject({ model: "offline/offline" });
    expect(await said(says("/model", "7"))).toMatch(/chosen by the keys that are set \(now/);
    expect(await settings(says("", "7"))).toMatchObject({ model: null });
  });

  it("follows the configuration where nothing is set, and /activation follows its group's rules", async () => {
    await configure({ "models.thinking": "medium", "access.groups.telegram:-100.activation": "always" });
    expect(await said(says("/think"))).toMatch(/`medium`.*the default/);
    expect(await said(groupSays("/activation"))).toMatch(/`always`.*the default/);
  });

  it("moves along with its group when that gets another id", async () => {
    for (const text of ["/think high", "/queue collect", "/activation always"]) await ask(groupSays(text, ADA));
    const to = groupKey("-200");
    await sessionOf(groupSays("")).hear(happening<"moved">(groupSays(""), "moved", { kind: "moved", to }));
    expect(await settings({ session: to })).toMatchObject({ thinking: "high", queue: "collect", activation: "always" });
  });

  it("that a later release has written counts as not set", async () => {
    await ask(says("/think high"));
    await rows(sessionOf(says("")), "UPDATE settings SET thinking = 'ultra', queue = 'interrupt'");
    expect(await said(says("/think"))).toMatch(/`off`.*the default/);
  });
});

describe("a button of the edge", () => {
  it("carries out its command when it is pressed, once and by whoever asked", async () => {
    const message = says("/think");
    const { buttons } = await ask(message);
    const high = buttons.find(({ label }) => label === "high");
    const press = (id: string, from: string, key: string) => {
      const pressed = { ...says("", from), session: message.session };
      return happening<"pressed">(message, key, { kind: "pressed", pressId: key, buttonId: id, message: pressed });
    };
    await sessionOf(message).hear(press(high?.id ?? "", "8", "not-mine"));
    expect(await settings(message)).toMatchObject({ thinking: null });
    await sessionOf(message).hear(press(high?.id ?? "", "7", "mine"));
    expect(await settings(message)).toMatchObject({ thinking: "high" });
    expect(await rows(sessionOf(message), "SELECT * FROM buttons")).toEqual([]);
  });

  it("is not there where the channel shows none, and nothing stands in for it", async () => {
    const message = { ...webMessage(1, "/think"), command: { name: "think", rest: "" } };
    const { text, buttons } = await ask(message);
    expect(buttons).toEqual([]);
    expect(text.split("\n").filter((line) => line.startsWith("- "))).toEqual([]);
    expect(text).toContain("`/think off|minimal|low|medium|high|xhigh|default`");
  });
});

describe("a word that stops", () => {
  const word = (text: string): Inbound => ({ ...says(text), command: { name: "stop", rest: "" } });

  it("stops what runs", async () => {
    await beginSilentTurn();
    expect(await said(word("stop"))).toMatch(/Stopped/);
  });

  it("goes to the agent when nothing runs, unlike /stop", async () => {
    const message = word("wait");
    await sessionOf(message).accept(message);
    await vi.waitFor(async () => {
      const [row] = await rows<{ kind: string; body: string }>(sessionOf(message), "SELECT kind, body FROM inbox");
      expect(row?.kind).toBe("turn");
      expect(JSON.parse(row?.body ?? "{}")).toMatchObject({ text: "wait" });
    });
    expect(await rows(sessionOf(message), "SELECT * FROM outbox")).toEqual([]);
  });
});

describe("the footer of an answer", () => {
  async function answered(text: string, footer: "off" | "tokens"): Promise<readonly string[]> {
    const message = says("hello");
    await sessionOf(message).accept(message);
    await runInDurableObject(sessionOf(message), (_object, { storage: { sql } }) => {
      const turnId = "turn-00000001";
      if (!isTurnId(turnId)) throw new Error(turnId);
      const usage = {
        model: "x/y",
        inputTokens: 12,
        outputTokens: 3,
        cacheReadTokens: 0,
        cacheWriteTokens: 0,
        costUsd: 0,
      };
      const context: AnswerContext = {
        now: Date.now(),
        limits: {
          textMax: 4_096,
          linesMax: null,
          captionMax: 1_024,
          filesMax: 10,
          fileMaxBytes: 1_000,
          showsButtons: true,
        },
        mayStaySilent: true,
        isTask: false,
        newButtonId: () => crypto.randomUUID(),
        contextUse: null,
        usage,
        usageFooter: () => footer,
        languageOf: () => "en",
      };
      commitAnswer(sql, { turnId, ids: [message.id], conversation: MAIN, text }, context);
    });
    const found = await rows<{ markdown: string }>(sessionOf(message), "SELECT markdown FROM outbox");
    return found.map(({ markdown }) => markdown);
  }

  it("stands below what the agent says, if it is wanted", async () => {
    expect(await answered("Done.", "tokens")).toEqual(["Done.\n\n🧮 12 in, 3 out"]);
  });

  it("is not there by default, nor below nothing", async () => {
    expect(await answered("Done.", "off")).toEqual(["Done."]);
    expect(await answered("NO_REPLY", "tokens")).toEqual(["Done."]);
  });
});

describe("/stop from somewhere else in the conversation", () => {
  it("is told in the language of whoever is stopped", async () => {
    vi.spyOn(globalThis, "fetch").mockImplementation(() => Promise.withResolvers<Response>().promise);
    const prompt = says("hello", "7", "de");
    await sessionOf(prompt).accept(prompt);
    await vi.waitFor(async () => {
      const [turn] = await rows<{ state: string }>(sessionOf(prompt), "SELECT state FROM turn");
      expect(JSON.parse(turn?.state ?? "{}")).toMatchObject({ phase: "running" });
    });
    await ask({ ...webMessage(1, "/stop"), command: { name: "stop", rest: "" } });
    expect(await answersTo(prompt)).toMatchObject([{ text: "⚙️ Angehalten." }]);
  });
});
