import { describe, expect, it } from "vitest";
import {
  renderCommands,
  renderHelp,
  renderStart,
  renderWhoami,
} from "../../../durable-objects/channel-session/command-about.ts";
import { renderStatus } from "../../../durable-objects/channel-session/command-status.ts";
import { DEFAULT_SETTINGS } from "../../../durable-objects/channel-session/settings.ts";
import { renderUsage } from "../../../durable-objects/channel-session/usage-footer.ts";

import { CLASS_OF_TOOL, TOOL_CLASSES } from "../../../protocol/policy.ts";
import { textsFor } from "../../../protocol/texts/language.ts";
import { MAIN } from "./names.ts";

import { ABOUT, asker, BEHAVIOUR, facts, GROUP, IN_GROUP, POLICY, SESSION, USAGE } from "./command-facts.ts";

describe("/help and /commands", () => {
  it("are short, and long: a guest is offered nothing that is the owner's", () => {
    expect(
      renderHelp(asker("en"))
        .split("\n")
        .filter((line) => line.startsWith("- ")),
    ).toHaveLength(7);
    expect(renderCommands(asker("en"))).toMatch(/`\/config \[get.*\(owner only\)/);
    expect(renderCommands(asker("en"))).toContain(
      "`/new [text]` starts a fresh conversation; text after it is its first message (also `/reset`)",
    );
    const guest = renderCommands(asker("en", "person"));
    for (const name of ["/pair", "/config", "/activation"]) expect(guest).not.toContain(name);
    expect(guest).toContain("/link");
  });

  it("fit the place", () => {
    expect(renderCommands(asker("de", "owner", "group"))).toContain("/activation");
    expect(renderCommands(asker("de", "owner", "group"))).not.toContain("/link");
    expect(renderStart(asker("de"))).toMatch(/^👋 Hallo.*\n\n- `\/new \[text\]` beginnt/su);
  });
});

describe("/whoami", () => {
  it("says the id, the role, the person and the session", () => {
    const text = renderWhoami(asker("en"), SESSION, POLICY);
    for (const part of ["`telegram:7`", "on Telegram", "my owner", "`telegram-7`", `\`${SESSION}\``])
      expect(text).toContain(part);
    const german = renderWhoami(asker("de", "person", "group"), SESSION, { access: IN_GROUP });
    expect(german).toContain("Du bist Gast");
    expect(german).not.toContain("Person:");
  });
});

describe("/status", () => {
  it("shows what counts here, and where it comes from", () => {
    const settings = { ...DEFAULT_SETTINGS, model: "openai/gpt-6", queue: "collect" } as const;
    const text = renderStatus(facts({ settings, lastUsage: USAGE }), "en");
    expect(text).toContain("release `0123456789ab`");
    expect(text).toContain("Model: `openai/gpt-6` (set here; the default is `anthropic/claude-sonnet-5`)");
    expect(text).not.toContain("If it fails"); // who has picked a model wants that one
    expect(text).toContain("Thinking: `low` (the default)");
    expect(text).toContain("12,345 in, 67 out, 💵 $0.0123 (last turn, `anthropic/claude-sonnet-5`)");
    expect(text).toContain("`collect`, it waits, and I answer all that came in one go");
    expect(text).toContain("Turn: idle, 0 waiting");
    expect(text).toContain("Language: English");
    expect(text).toContain(`Conversation: \`${MAIN}\``);
  });

  it("shows how full the window is, and how much of the input came from the cache", () => {
    const use = { tokens: 12_345, windowTokens: 200_000, compactions: 3 };
    const lastContext = { use, endedAt: ABOUT.beganAt ?? 0 };
    const text = renderStatus(facts({ lastUsage: USAGE, lastContext }), "en");
    expect(text).toContain("📚 Context: 12,345 of 200,000 tokens (6%), 🧹 summed up: 3 times");
    expect(text).toContain("🗄️ Read from the cache: 45% of the input");
    const german = renderStatus(facts({ lastUsage: USAGE, lastContext }), "de");
    expect(german).toContain("📚 Kontext: 12.345 von 200.000 Tokens");
    expect(german).toContain("🧹 zusammengefasst: 3 Mal");
    // Of a conversation that began anew since, the window is empty.
    for (const about of [
      { ...ABOUT, isFresh: true },
      { ...ABOUT, beganAt: lastContext.endedAt + 1 },
    ]) {
      expect(renderStatus(facts({ lastContext, about }), "en")).not.toContain("📚");
    }
    expect(renderStatus(facts({ lastContext, about: null }), "en")).toContain("📚");
    expect(renderStatus(facts(), "en")).not.toMatch(/📚|🗄️/u);
  });

  it("shows what the conversation is called and since when it goes on, in the time zone of the agent", () => {
    const named = renderStatus(facts({ about: { ...ABOUT, name: "`Lisbon`" } }), "en");
    expect(named).toContain("🏷️ Name: `'Lisbon'` (set here)");
    expect(named).toMatch(/Began: Nov 22, 2026, 1:00\s?PM/u);
    expect(renderStatus(facts(), "de")).toMatch(/Heißt: `main` \(der Standard\)\n- 🕰️ Begonnen: 22\.11\.2026, 13:00/u);
    const fresh = renderStatus(facts({ about: { ...ABOUT, beganAt: null, isFresh: true } }), "en");
    expect(fresh).toContain("nothing was said in it yet");
    expect(renderStatus(facts({ about: null }), "en")).not.toMatch(/🏷️|🕰️/u);
  });

  it("shows the fallbacks of the default, and the model that the keys have chosen", () => {
    expect(renderStatus(facts(), "de")).toContain("Falls es ausfällt: `openai/gpt-6`");
    const free = { ...POLICY, behaviour: { ...BEHAVIOUR, model: null, fallbacks: [] } };
    expect(renderStatus(facts({ policy: free }), "en")).toContain("Model: chosen by the keys that are set");
    expect(renderStatus(facts({ policy: free, lastUsage: USAGE }), "en")).toContain(
      "Model: `anthropic/claude-sonnet-5`",
    );
  });

  it("shows what may be done here, by the table of the policy", () => {
    const owner = renderStatus(facts(), "en");
    expect(owner).toMatch(/Here I may: .*read and write files/u);
    expect(owner).not.toContain("Not here");
    const group = renderStatus(
      facts({ conversation: GROUP, policy: { ...POLICY, access: IN_GROUP }, role: "person" }),
      "en",
    );
    expect(group).toMatch(/Not here: use a browser; run commands; message others/u);
    expect(group).toContain("In this group: `mention`");
    // What no tool does yet is promised nowhere.
    const built = TOOL_CLASSES.filter((tools) => Object.values(CLASS_OF_TOOL).includes(tools));
    for (const tools of TOOL_CLASSES) {
      const isShown = owner.includes(textsFor("en").status.does[tools]);
      expect([tools, isShown]).toEqual([tools, built.includes(tools)]);
    }
  });
});

describe("the footer of an answer", () => {
  it("shows nothing, the tokens, or all of it", () => {
    expect(renderUsage(USAGE, "off", "en")).toBeNull();
    expect(renderUsage(USAGE, "tokens", "en")).toBe("🧮 12,345 in, 67 out");
    expect(renderUsage(USAGE, "full", "de")).toBe(
      "🧮 12.345 rein, 67 raus, 10.000 aus dem Cache · 💵 $0,0123 · 🧠 `anthropic/claude-sonnet-5`",
    );
  });
});
