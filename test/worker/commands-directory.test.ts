import { reset, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ACCESS_BOUNDS } from "../../protocol/bounds.ts";
import { textsFor } from "../../protocol/texts/language.ts";
import { CODE_ALPHABET, CODE_LENGTH } from "../../protocol/pairing.ts";
import {
  answersTo,
  ask,
  breakWrites,
  directory,
  letIn,
  rows,
  said,
  says,
  sessionOf,
  strangerAsks,
} from "./command-chats.ts";
import { ADA, happening, mention } from "./group-inbound.ts";

const CODE = new RegExp(`[${CODE_ALPHABET}]{${CODE_LENGTH}}`, "u");
const texts = textsFor("en");
const NO_CODE = "ZZZZZZZZ";
const versions = async () => (await directory().listConfigurations()).map(({ version, note }) => [version, note]);
const peers = async () => (await directory().listPeople()).flatMap((person) => person.peers.map(({ peer }) => peer));

let warnings: string[];

beforeEach(() => {
  warnings = [];
  vi.spyOn(console, "log").mockReturnValue();
  vi.spyOn(console, "warn").mockImplementation((line) => void warnings.push(String(line)));
});

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

/** Wrong codes that are counted of a place. */
async function wrongCodes(place: string): Promise<number> {
  const found = await rows<{ wrong: number }>(directory(), "SELECT wrong FROM code_tries WHERE place = ?", place);
  return found[0]?.wrong ?? 0;
}

describe("/pair", () => {
  it("lists who asks, and lets in whoever's button is pressed", async () => {
    const code = await strangerAsks("8");
    const list = says("/pair");
    const { text, buttons } = await ask(list);
    expect(text).toContain(`\`Ada\` (\`telegram:8\`): \`${code}\`, good for another 60 minutes`);
    const [letThemIn] = buttons;
    const message = { ...says(""), session: list.session };
    const press = { kind: "pressed", pressId: "1", buttonId: letThemIn?.id ?? "", message } as const;
    await sessionOf(list).hear(happening<"pressed">(list, "press", press));
    expect(await answersTo(message)).toEqual([
      expect.objectContaining({ text: expect.stringMatching(/^✅ `Ada` \(`telegram:8`\) is in/u) }),
    ]);
    expect(await peers()).toContain("telegram:8");
  });

  it("lets in nobody at the word of who was the owner when the button was shown", async () => {
    await strangerAsks("8");
    const list = says("/pair");
    const [letThemIn] = (await ask(list)).buttons;
    const values = { "access.allowFrom": ["telegram:9", "telegram:7"] };
    await directory().changeConfiguration({ kind: "set", by: "admin", values, unset: [] });
    const message = { ...says(""), session: list.session };
    const press = { kind: "pressed", pressId: "1", buttonId: letThemIn?.id ?? "", message } as const;
    await sessionOf(list).hear(happening<"pressed">(list, "press", press));
    expect(await answersTo(message)).toEqual([expect.objectContaining({ text: texts.commands.ownerOnly })]);
    expect(await peers()).not.toContain("telegram:8");
  });

  it("takes a code in any case and in any of the owner's chats", async () => {
    const code = await strangerAsks("8");
    const group = mention(9_001, `/pair ${code}`, {
      sender: ADA,
      command: { name: "pair", rest: `${code.slice(0, 4).toLowerCase()}-${code.slice(4)}` },
    });
    expect(await said(group)).toMatch(/is in/);
    expect(await said(says("/pair"))).toMatch(/Nobody asks/);
  });

  it("turns somebody away", async () => {
    const code = await strangerAsks("8");
    expect(await said(says(`/pair dismiss ${code}`))).toMatch(/turned away/);
    expect(await said(says(`/pair ${code}`))).toMatch(/I do not know that code/);
    expect(await peers()).not.toContain("telegram:8");
  });

  it("looks at no code for a while after too many wrong ones, the right one included", async () => {
    const code = await strangerAsks("8");
    for (let wrong = 0; wrong < ACCESS_BOUNDS.codeTriesMax; wrong += 1) await ask(says(`/pair ${NO_CODE}`));
    expect(await said(says(`/pair ${code}`))).toMatch(/too many wrong codes.*10 minutes/);
    expect(await peers()).not.toContain("telegram:8");
  });
});

describe("/link", () => {
  it("gives a code on one channel and takes it on another, which goes on with the same conversation", async () => {
    await letIn("8");
    const [code = ""] = CODE.exec(await said(says("/link"))) ?? [];
    expect(await said(says(`/link ${code}`, "8"))).toMatch(/Done: this channel belongs to/);
    expect(await said(says("/whoami", "8"))).toMatch(/You are my owner[\s\S]*`telegram-7`/);
    expect(await said(says("/status", "8"))).toContain("`agent:main:main`");
    expect(await said(says("/link", "8"))).toMatch(CODE);
  });

  it("knows no wrong code, and no code of the same person", async () => {
    await letIn("8");
    const [code = ""] = CODE.exec(await said(says("/link"))) ?? [];
    expect(await said(says(`/link ${code}`))).toMatch(/belongs to that person already/);
    expect(await said(says(`/link ${NO_CODE}`, "8"))).toMatch(/I do not know that code/);
    expect(await said(says("/link please", "8"))).toMatch(/A code has 8 letters/);
  });

  it("works in private only", async () => {
    const message = mention(9_002, "/link", { sender: ADA, command: { name: "link", rest: "" } });
    expect(await said(message)).toMatch(/works in our direct chat only/);
  });
});

describe("/config", () => {
  it("changes what is named, shows what counts, and goes back", async () => {
    expect(await said(says("/config set timezone Europe/Berlin"))).toMatch(/this is version 1 now/);
    expect(await said(says('/config set messages.mentionPatterns ["claw", "hey bot"]'))).toMatch(/version 2/);
    expect(await said(says("/config"))).toContain(
      'version 2. What is set:\n\n- `messages.mentionPatterns`: `["claw","hey bot"]`\n- `timezone`: `Europe/Berlin`',
    );
    expect(await said(says("/config get timezone"))).toMatch(/`timezone` is set to:\n\n```\n"Europe\/Berlin"\n```/);
    expect(await said(says("/config get access.dmPolicy"))).toMatch(/is not set; the default is:[\s\S]*"pairing"/);
    expect(await said(says("/config get models"))).toContain("- `models.default`: `null` (default)");
    expect(await said(says("/config diff"))).toContain('- `messages.mentionPatterns`: not set → `["claw","hey bot"]`');
    expect(await said(says("/config diff 0 1"))).toContain("- `timezone`: not set → `Europe/Berlin`");
    expect(await said(says("/config history"))).toMatch(
      /- `2`, .*`set messages.mentionPatterns` \(in `agent:main:telegram:direct:7`\)\n- `1`/,
    );
    expect(await said(says("/config rollback 1"))).toMatch(/version 3/);
    expect(await said(says("/config unset timezone"))).toMatch(/version 4/);
    expect((await directory().configuration()).document).toEqual({});
    expect(await said(says("/config unset timezone"))).toMatch(/was so already: version 4 stays/);
  });

  it("refuses what cannot be with every problem by name, and changes nothing", async () => {
    expect(await said(says("/config set access.dmPolicy everybody"))).toMatch(
      /Nothing was changed:\n\n- `access.dmPolicy`/,
    );
    expect(await said(says("/config set no.such.thing 1"))).toMatch(/Nothing was changed:\n\n- `no/);
    expect(await said(says('/config validate {"timezone": "Mars", "models": {"thinking": "hard"}}'))).toMatch(
      /(?=[\s\S]*`timezone`)(?=[\s\S]*`models.thinking`)/,
    );
    expect(await said(says("/config validate"))).toMatch(/No problems/);
    expect(await said(says("/config validate nonsense"))).toMatch(/must be a JSON document/);
    expect(await said(says("/config rollback 9"))).toMatch(/no such version/);
    expect(await said(says("/config diff 1 9"))).toMatch(/Nothing was ever set|no such version/);
    expect(await said(says("/config destroy"))).toMatch(/It is `\/config get/);
    expect(await versions()).toEqual([]);
  });

  it("counts in the chat at once: the next command knows it", async () => {
    await ask(says("/config set models.thinking high"));
    expect(await said(says("/think"))).toMatch(/`high`.*the default/);
  });

  it("is shown to nobody in a group", async () => {
    const message = mention(9_003, "/config", { sender: ADA, command: { name: "config", rest: "" } });
    expect(await said(message)).toMatch(/works in our direct chat only/);
  });
});

describe("a command whose session dies when the directory has done its part", () => {
  /** Gives the command while the session cannot store its answer; then all is well again, and the alarm comes. */
  async function askTwice(text: string, from = "7"): Promise<string> {
    const message = says(text, from);
    await ask(says("/whoami", from)); // so that there is a database
    const heal = await breakWrites(sessionOf(message), "outbox");
    await sessionOf(message).accept(message);
    await vi.waitFor(() => expect(warnings.join()).toContain('"step":"command_failed"'));
    expect(await rows(sessionOf(message), "SELECT state FROM inbox WHERE inbound_id = ?", message.id)).toEqual([
      { state: "accepted" },
    ]);
    await heal();
    await runDurableObjectAlarm(sessionOf(message));
    const answers = await answersTo(message);
    expect(answers).toHaveLength(1);
    return answers[0]?.text ?? "";
  }

  it("has changed the configuration once, and says so", async () => {
    expect(await askTwice("/config set timezone Europe/Berlin")).toMatch(/this is version 1 now/);
    expect(await versions()).toEqual([[1, expect.stringContaining("timezone")]]);
  });

  it("does not undo what somebody else has changed meanwhile", async () => {
    const message = says("/config set timezone Europe/Berlin");
    await ask(says("/whoami"));
    const heal = await breakWrites(sessionOf(message), "outbox");
    await sessionOf(message).accept(message);
    await vi.waitFor(() => expect(warnings.join()).toContain('"step":"command_failed"'));
    const change = { kind: "set", values: { timezone: "Asia/Tokyo" }, unset: [] } as const;
    await directory().changeConfiguration({ by: "admin", ...change });
    await heal();
    await runDurableObjectAlarm(sessionOf(message));
    expect(await answersTo(message)).toMatchObject([{ text: expect.stringMatching(/this is version 1 now/) }]);
    expect((await directory().configuration()).document).toEqual({ timezone: "Asia/Tokyo" });
  });

  it("has let somebody in once, and says whom", async () => {
    const code = await strangerAsks("8");
    expect(await askTwice(`/pair ${code}`)).toMatch(/^✅ `Ada` \(`telegram:8`\) is in/u);
    expect(await wrongCodes(says("").session)).toBe(0);
  });

  it("has turned somebody away once, and says whom", async () => {
    const code = await strangerAsks("8");
    expect(await askTwice(`/pair dismiss ${code}`)).toMatch(/`telegram:8`.*turned away/);
    expect(await wrongCodes(says("").session)).toBe(0);
  });

  it.each([`/pair ${NO_CODE}`, `/pair dismiss ${NO_CODE}`])("has tried a wrong code once: %s", async (text) => {
    expect(await askTwice(text)).toMatch(/I do not know that code/);
    expect(await wrongCodes(says("").session)).toBe(1);
  });

  it("has joined the channel once, and says to whom", async () => {
    await letIn("8");
    const [code = ""] = CODE.exec(await said(says("/link"))) ?? [];
    expect(await askTwice(`/link ${code}`, "8")).toMatch(/Done: this channel belongs to/);
    expect(await wrongCodes(says("", "8").session)).toBe(0);
  });

  it("has tried a wrong link code once, and asks for it again", async () => {
    await letIn("8");
    expect(await askTwice(`/link ${NO_CODE}`, "8")).toMatch(/interrupted/);
    expect(await wrongCodes(says("", "8").session)).toBe(1);
  });
});

describe("a command while the directory cannot be reached", () => {
  it("waits, and is carried out once it is there again", async () => {
    const message = says("/config set timezone Europe/Berlin");
    await ask(says("/whoami"));
    const heal = await breakWrites(directory(), "config_versions");
    await sessionOf(message).accept(message);
    await vi.waitFor(() => expect(warnings.join()).toContain('"step":"command_failed"'));
    await heal();
    await runDurableObjectAlarm(sessionOf(message));
    expect(await answersTo(message)).toMatchObject([{ text: expect.stringMatching(/this is version 1 now/) }]);
    expect(await versions()).toHaveLength(1);
  });
});
