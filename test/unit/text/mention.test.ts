import { describe, expect, it } from "vitest";
import { isCalledBy } from "../../../protocol/mention-pattern.ts";
import { holdsName } from "../../../worker/channels/text/mention.ts";

describe("the name of somebody in a text", () => {
  it.each([
    ["Zoë", "frag zoë mal", true],
    ["Zoë", "frag zoëy mal", false],
    ["Краб", "привет, КРАБ!", true],
    ["Краб", "крабы", false],
    ["C++ (beta)", "ask c++ (beta) now", true],
    ["Big  Claw", "hey big\nclaw", true],
    ["a.c", "abc", false],
    ["🦞", "hello 🦞", true],
    ["claw*", "clawing", false],
    ["claw*", "a claw* here", true],
    [" Claw ", "claw", true],
    ["", "anything", false],
  ])("%j in %j is found: %j", (name, text, expected) => {
    expect(holdsName(text, name)).toBe(expected);
  });

  it("is looked for in the beginning of a text only", () => {
    expect(holdsName(`${" ".repeat(4_000)}claw`, "Claw")).toBe(true);
    expect(holdsName(`${" ".repeat(4_100)}claw`, "Claw")).toBe(false);
  });

  it("can hold any character that means something in a regular expression", () => {
    for (let code = 1; code < 128; code += 1) {
      const name = `x${String.fromCodePoint(code)}y`;
      expect(holdsName(`- ${name} -`, name), JSON.stringify(name)).toBe(true);
    }
  });
});

describe("the names of the configuration in a text", () => {
  const names = ["claw", "hey bot", "клав*", "c++", "crab*"];

  it.each(["Claw?", "hey  CLAW!", "so hey\nbot", "Клава, привет", "C++", "two crabs"])("are found in %j", (text) => {
    expect(isCalledBy(text, names)).toBe(true);
  });

  it.each(["clawing", "heybot", "enclave", "c+", "hermitcrab", ""])("are not found in %j", (text) => {
    expect(isCalledBy(text, names)).toBe(false);
  });

  it("take a star for letters of one word, at any place in it", () => {
    expect(isCalledBy("my bearclaws!", ["*claw*"])).toBe(true);
    expect(isCalledBy("hey old bot", ["hey*bot"])).toBe(false);
    expect(isCalledBy("heyhobot", ["hey*bot"])).toBe(true);
  });

  it("are no regular expressions", () => {
    expect(isCalledBy("aaab", ["(a|a)+b"])).toBe(false);
    expect(isCalledBy("so (a|a)+b it is", ["(a|a)+b"])).toBe(true);
  });

  it("never match with nothing but stars or with more than can be looked for in time", () => {
    for (const pattern of ["", " ", "*", "* *", "**", "c*l*a*w"])
      expect(isCalledBy("claw", [pattern]), pattern).toBe(false);
    expect(isCalledBy("claw", [])).toBe(false);
  });
});
