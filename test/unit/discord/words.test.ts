import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readable, withoutAddress } from "../../../worker/channels/discord/words.ts";
import { ann, bob } from "./payloads.ts";

const people = [ann, bob];
const BOB = `<@${bob.id}>`;

describe("readable", () => {
  it.each([
    ["nothing", "", ""],
    ["a person", `hi ${BOB}`, "hi @bob"],
    ["a person by the old mark", `hi <@!${ann.id}>`, "hi @Ann Example"],
    ["a person whom nobody named", "hi <@999999999999999999>", "hi <@999999999999999999>"],
    ["a role", "hi <@&1400000000000000001>", "hi @role"],
    ["a channel", "in <#1300000000000000001>", "in #channel 1300000000000000001"],
    ["an emoji", "yes <:crab:1900000000000000001>!", "yes :crab:!"],
    ["a moving emoji", "<a:party_crab:1900000000000000001>", ":party_crab:"],
    ["a command", "try </config set:1600000000000000001>", "try /config set"],
    ["a time", "at <t:1771289283>", "at 2026-02-17T00:48:03Z"],
    ["a time in a style", "at <t:1771289283:R>.", "at 2026-02-17T00:48:03Z."],
    ["a time before 1970", "<t:-1:F>", "1969-12-31T23:59:59Z"],
    ["a time that no date has", "<t:99999999999999>", "<t:99999999999999>"],
    ["several", `${BOB}${BOB}`, "@bob@bob"],
    [
      "what is no mark",
      "<@bob> <#general> <:crab> a < b > c <https://a.b>",
      "<@bob> <#general> <:crab> a < b > c <https://a.b>",
    ],
    ["a short id", "<@12>", "<@12>"],
    ["a code span", `run \`${BOB}\` for ${BOB}`, `run \`${BOB}\` for @bob`],
    ["a code span with backticks", `\`\`a \` ${BOB}\`\``, `\`\`a \` ${BOB}\`\``],
    ["a fence", `\`\`\`js\n${BOB}\n\`\`\`\n${BOB}`, `\`\`\`js\n${BOB}\n\`\`\`\n@bob`],
    ["a fence that is not closed", `\`\`\`js\n${BOB}`, "```js\n@bob"],
    ["a backtick alone", `it\`s ${BOB}`, "it`s @bob"],
    ["spans of another length inside", `\` \`\` ${BOB} \`\` ${BOB} \``, `\` \`\` ${BOB} \`\` ${BOB} \``],
  ])("shows %s as people see it", (_what, content, text) => {
    expect(readable(content, people)).toBe(text);
  });

  it("replaces a mark once: a name that looks like one stays", () => {
    const tricky = { ...ann, global_name: BOB };
    expect(readable(`<@${ann.id}>`, [tricky, bob])).toBe(`@${BOB}`);
  });

  const plain = fc.string({ unit: fc.constantFrom("a", " ", "\n", "é", "😀", "*", "_", ">", "@", "#", ":") });
  const mark = fc.constantFrom(BOB, `<@!${ann.id}>`, "<t:1771289283:R>", "<:crab:1900000000000000001>");
  const fence = fc.constantFrom("`", "``", "```");

  it("leaves a text without marks as it is", () => {
    fc.assert(
      fc.property(fc.oneof(plain, fc.string()), (text) => {
        fc.pre(!/<[@#:at/]/u.test(text));
        expect(readable(text, people)).toBe(text);
      }),
    );
  });

  it("leaves no mark of a known kind outside of code", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(plain, mark)), (parts) => {
        fc.pre(!parts.join("").includes("`"));
        expect(readable(parts.join(" "), people)).not.toMatch(/<(?:@!?|t:|:crab:)\d+/u);
      }),
    );
  });

  it("never changes what is in code, and always what is not", () => {
    fc.assert(
      fc.property(
        plain,
        fence,
        fc.array(fc.oneof(plain, mark), { minLength: 1 }),
        mark,
        (before, ticks, code, after) => {
          const span = `${ticks}${code.join(" ")}x${ticks}`;
          const text = readable(`${before}${span}${after}`, people);
          expect(text).toBe(`${before}${span}${readable(after, people)}`);
          expect(text.endsWith(">")).toBe(false);
        },
      ),
    );
  });

  it("changes nothing that it has changed", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(plain, mark, fence)), (parts) => {
        const once = readable(parts.join(" "), people);
        expect(readable(once, people)).toBe(once);
      }),
    );
  });
});

describe("withoutAddress", () => {
  const ours = ["<@1>", "<@!1>", "<@&2>"];

  it.each([
    ["<@1> hi", "hi"],
    ["  <@!1>hi", "hi"],
    ["<@1>, hi", "hi"],
    ["<@1>: hi", "hi"],
    ["<@&2> <@1> hi", "hi"],
    ["<@1>", ""],
    ["hi <@1>", "hi <@1>"],
    ["<@3> hi", "<@3> hi"],
    ["  hi", "  hi"],
  ])("makes %j to %j", (content, text) => {
    expect(withoutAddress(content, ours)).toBe(text);
  });

  it("never goes on for ever, however often we are called", () => {
    expect(withoutAddress("<@1>".repeat(25_000), ours)).toBe("");
  });
});
