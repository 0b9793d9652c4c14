import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandWords } from "../../../agent-container/src/agent/command-words.ts";
import { checklistText } from "../../../agent-container/src/turn/checklist-command.ts";
import {
  cleanItem,
  readItems,
  withDone,
  withItem,
  withoutItems,
} from "../../../agent-container/src/workspace/checklist.ts";
import { heartbeatHash, isEffectivelyEmpty } from "../../../agent-container/src/workspace/heartbeat-checklist.ts";
import { WorkspaceRefusal } from "../../../agent-container/src/workspace/refusal.ts";
import { seedContent, seedManifest } from "../../../agent-container/src/workspace/seeds.ts";
import { workspacePath } from "../../../agent-container/src/workspace/path.ts";

const words = commandWords("en");
const seed = new TextDecoder().decode(
  seedContent(seedManifest("space", "owner").get(workspacePath("HEARTBEAT.md"))?.hash ?? ""),
);

/** A space with one file. */
function space(text: string | null) {
  const files = {
    text,
    readText: () => Promise.resolve(files.text),
    write: (_path: string, next: string) => {
      files.text = next;
      return Promise.resolve();
    },
    say: (rest: string, language: "en" | "de" = "en") => checklistText(files, { rest }, commandWords(language)),
  };
  return files;
}

describe("the items of a checklist", () => {
  it("are lines of lists, with a box or without; what is commented out or code is none", () => {
    const text =
      "# List\n- [ ] one\n* two\n+ [x] three\n<!-- - [ ] no -->\n<!--\n- no\n-->\n```\n- no\n```\n-\n- [ ]\n";
    expect(readItems(text).map((item) => [item.text, item.isDone])).toEqual([
      ["one", false],
      ["two", false],
      ["three", true],
    ]);
  });

  it("are found again when they were added, done when they were done, and gone when they were removed", () => {
    // Of `[x]` and the like nothing is left that could be an item.
    const item = fc.string({ minLength: 1, maxLength: 40 }).filter((text) => /[\p{L}\p{N}]/u.test(cleanItem(text)));
    fc.assert(
      fc.property(
        fc.constantFrom(null, "", seed, "Watch the news."),
        fc.uniqueArray(item, { maxLength: 5 }),
        (start, all) => {
          let text: string | null = start;
          for (const one of all) text = withItem(text, one) ?? text;
          const items = readItems(text ?? "");
          const said = all.map(cleanItem);
          expect(items.map((one) => one.text)).toEqual([...new Set(said)]);
          const [first] = items;
          if (!first || text === null) return;
          expect(readItems(withDone(text, first))[0]).toEqual({ ...first, isDone: true });
          expect(readItems(withoutItems(text))).toEqual([]);
        },
      ),
    );
  });

  it("ask for nothing once they are done", () => {
    expect(isEffectivelyEmpty("- [x] water the plants\n* [X] call Bo\n")).toBe(true);
    expect(heartbeatHash("- [x] water the plants\n- call Bo")).not.toBeNull();
  });
});

describe("/checklist", () => {
  it("adds, shows, ticks off and clears", async () => {
    const files = space(seed);
    expect(await files.say("")).toBe(words.checklist.empty);
    expect(await files.say("add  water the\n plants")).toContain("1. ⬜ water the plants");
    expect(await files.say("add call Bo")).toContain("2. ⬜ call Bo");
    expect(await files.say("done 1")).toContain("1. ✅ water the plants\n2. ⬜ call Bo");
    expect(files.text).toContain(seed.trim());
    expect(await files.say("clear")).toContain(words.checklist.empty);
    expect(heartbeatHash(files.text)).toBeNull();
  });

  it("takes no mark of a list for words, and says before which day an item is not due", async () => {
    const files = space(null);
    expect(await files.say("add - [ ] 2026-12-01 dentist")).toContain("1. ⬜ dentist (not before 2026-12-01)");
    expect(files.text).toContain("\n- [ ] 2026-12-01 dentist\n");
  });

  it("changes the list once, though a crash lets it be carried out twice", async () => {
    for (const command of ["add water the plants", "done 1", "clear"]) {
      const files = space("- [ ] call Bo\n- [ ] call Ada\n");
      await files.say(command);
      const once = files.text;
      await files.say(command);
      expect([command, files.text]).toEqual([command, once]);
    }
  });

  it("says what is wrong: no such number, no text, a list that is too long, a file that is none", async () => {
    const files = space("- [ ] one\n");
    expect(await files.say("done 2")).toContain(words.checklist.unknownItem);
    expect(await files.say("done one")).toContain(words.checklist.unknownItem);
    expect(await files.say("add")).toBe(words.checklist.usage);
    expect(await files.say("drop 1")).toBe(words.checklist.usage);
    expect(await space(`Notes ${"x".repeat(10_000)}`).say("add one")).toBe(words.checklist.full);
    expect(files.text).toBe("- [ ] one\n");
    const readText = () => Promise.reject(new WorkspaceRefusal("workspace_not_text", "not a text"));
    const broken = { readText, write: () => Promise.resolve() };
    expect(await checklistText(broken, { rest: "" }, words)).toBe(words.checklist.unreadable);
  });

  it("shows what else the file says, and speaks German", async () => {
    expect(await space("Watch the news.\n- [ ] one\n").say("")).toContain("> Watch the news.");
    expect(await space(null).say("", "de")).toBe(commandWords("de").checklist.empty);
  });
});
